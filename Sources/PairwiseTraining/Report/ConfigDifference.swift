public import PairwiseConfig

/// Keys that several configs do not agree on, with what each says.
public struct ConfigDifference: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    /// As on the command line, such as `objective.beta`.
    public var key: String
    /// By config; a dash where it has no such key.
    public var values: [String]

    public init(key: String, values: [String]) { (self.key, self.values) = (key, values) }
  }

  /// What the configs are called.
  public var names: [String]
  /// In the order of the first config that has the key.
  public var rows: [Row]

  public init(names: [String], rows: [Row]) { (self.names, self.rows) = (names, rows) }

  /// - Parameter ignored: keys that say where a run is kept rather than what it does.
  public init(
    _ configs: [(name: String, config: ConfigNode)], ignoring ignored: Set<String> = []
  ) {
    let leaves = configs.map { RunReportInput.flattened($0.config) }
    let values = leaves.map { leaves in
      Dictionary(leaves.map { ($0.name, $0.value) }) { first, _ in first }
    }
    var seen = ignored
    var rows: [Row] = []
    for key in leaves.joined().map(\.name) where seen.insert(key).inserted {
      let found = values.map { $0[key] ?? "–" }
      if Set(found).count > 1 { rows.append(Row(key: key, values: found)) }
    }
    self.init(names: configs.map(\.name), rows: rows)
  }

  /// Keys down, configs across; empty when they agree.
  package func table(caption: String) -> Markup {
    guard !rows.isEmpty else { return "" }
    let lines = rows.prefix(200).map { row -> Markup in
      let cells = row.values.map { value -> Markup in
        let text = value.isEmpty ? "none" : HTMLText.shortened(value, to: 120)
        return "<td class=\"words\"><bdi>\(text)</bdi></td>"
      }
      return "<tr><th scope=\"row\"><code>\(row.key)</code></th>\(cells)</tr>\n"
    }
    let head = ["Key"] + names.map { HTMLText.shortened($0, to: 60) }
    return ReportPart.table(caption: caption, head: head, words: Set(head), rows: lines)
  }
}
