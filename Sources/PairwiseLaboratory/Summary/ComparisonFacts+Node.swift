public import PairwiseConfig
internal import PairwiseTraining

extension ComparisonFacts {
  /// The facts in a `summary.json`; nil where there are none, or others than this program writes.
  public init?(summaryDocument document: ConfigNode) {
    guard let node = document["comparison"] else { return nil }
    self.init(node)
  }

  /// As `summary.json` holds it.
  var node: ConfigNode {
    .table([
      ("name", name.configNode), ("subject", subject.configNode),
      (
        "objectives",
        .list(
          objectives.map {
            .table([
              ("label", $0.label.configNode), ("name", $0.name.configNode),
              ("parameters", $0.parameters.configNode),
            ])
          })
      ),
      ("baseline", baseline.configNode),
      (
        "measures",
        .list(
          measures.map {
            .table([
              ("name", $0.name.configNode), ("summary", $0.summary.configNode),
              ("better", $0.better.rawValue.configNode),
            ])
          })
      ),
      ("primary", primary.configNode),
      (
        "grid",
        .list(grid.map { .table([("key", $0.key.configNode), ("values", $0.values.configNode)]) })
      ),
      ("level", level.configNode),
      (
        "config_differences",
        .list(
          differences.map { row in
            .table([
              ("key", row.key.configNode),
              ("values", row.values.configNode),
            ])
          })
      ),
    ])
  }

  /// What `node` wrote; nil for anything else.
  init?(_ node: ConfigNode) {
    func items(_ key: String) -> [ConfigNode]? { node[key]?.listItems }
    guard let name = node["name"]?.string, let subject = node["subject"]?.string,
      let baseline = node["baseline"]?.string, let primary = node["primary"]?.string,
      let level = node["level"]?.double, let objectives = items("objectives"),
      let measures = items("measures"), let grid = items("grid")
    else { return nil }
    self.init(
      name: name, subject: subject,
      objectives: objectives.compactMap { item in
        guard let label = item["label"]?.string, let name = item["name"]?.string else { return nil }
        return Objective(label: label, name: name, parameters: item["parameters"]?.string ?? "")
      },
      baseline: baseline,
      measures: measures.compactMap { item in
        guard let name = item["name"]?.string, let summary = item["summary"]?.string,
          let better = item["better"]?.string.flatMap(Measure.Direction.init)
        else { return nil }
        return Measure(name, summary, better: better)
      },
      primary: primary,
      grid: grid.compactMap { item in
        guard let key = item["key"]?.string, let values = item["values"]?.listItems else {
          return nil
        }
        return GridKey(key: key, values: values.map(\.withoutPlaces))
      },
      level: level)
    differences = (items("config_differences") ?? []).compactMap { item in
      guard let key = item["key"]?.string,
        let values = item["values"]?.listItems?.compactMap(\.string),
        values.count == objectives.count
      else { return nil }
      return ConfigDifference.Row(key: key, values: values)
    }
    guard self.objectives.count == objectives.count, self.measures.count == measures.count,
      self.grid.count == grid.count
    else { return nil }
  }
}

extension ConfigNode {
  static func table(_ entries: [(key: String, value: ConfigNode)]) -> ConfigNode {
    ConfigNode(.table(entries.map { Entry(key: $0.key, value: $0.value) }))
  }

  static func list(_ items: [ConfigNode]) -> ConfigNode { ConfigNode(.list(items)) }

  var string: String? {
    if case .string(let text) = value { text } else { nil }
  }

  /// A finite number.
  var double: Double? {
    switch value {
    case .int(let number): Double(number)
    case .number(let number) where number.isFinite: number
    default: nil
    }
  }

  var integer: Int? {
    switch value {
    case .int(let number): number
    case .number(let number): Int(exactly: number)
    default: nil
    }
  }

  var listItems: [ConfigNode]? {
    if case .list(let items) = value { items } else { nil }
  }

  var tableEntries: [Entry]? {
    if case .table(let entries) = value { entries } else { nil }
  }

  /// The same value as if no file had held it.
  var withoutPlaces: ConfigNode {
    switch value {
    case .list(let items): ConfigNode(.list(items.map(\.withoutPlaces)))
    case .table(let entries):
      ConfigNode(.table(entries.map { Entry(key: $0.key, value: $0.value.withoutPlaces) }))
    default: ConfigNode(value)
    }
  }

  /// As a reader expects it: strings bare, whole numbers without a fraction.
  var plainText: String {
    if case .number(let number) = value, let whole = Int(exactly: number) { return "\(whole)" }
    return inline
  }

  /// Equal for equal values, also where one was written 1 and the other 1.0.
  var identity: String {
    if let number = double { return "#\(number)" }
    return inline
  }
}
