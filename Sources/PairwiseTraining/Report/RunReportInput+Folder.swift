package import PairwiseConfig
public import PairwiseData
internal import PairwiseObjectives
public import SystemPackage

extension RunReportInput {
  /// What a run's folder holds: `metrics.jsonl`, `evaluation.json` (there or in `final/`),
  /// `data-ledger.json`, `environment.json` and `config.yaml`, each if it is there.
  ///
  /// A file that cannot be read is left out with a remark in the report: a run that was killed has one,
  /// too.
  /// - Parameters:
  ///   - command: what to type to do the run again; by default as `environment.json` has it.
  /// - Throws: `DataError` when the folder has neither metrics nor an evaluation.
  public init(folder: FilePath, command: String? = nil) throws(DataError) {
    var files = ReportFiles(folder)
    self.init(name: folder.lastComponent?.string ?? folder.string)
    var metrics = MetricReader()
    let hasMetrics = files.lines(of: "metrics.jsonl") { metrics.add($0) }
    series = metrics.series
    let evaluation = files.json("evaluation.json", "final/evaluation.json")
    guard hasMetrics || evaluation != nil else {
      throw DataError(
        .missing, file: folder.string,
        "found neither metrics.jsonl nor evaluation.json, expected the folder of a run")
    }
    if let evaluation { take(evaluation) }
    if let ledger = files.json("data-ledger.json") { ledgers = Self.ledgers(in: ledger) }
    if let environment = files.json("environment.json") {
      self.environment = Self.flattened(environment)
      self.command = Self.command(environment["command"])
    }
    if let command { self.command = command }
    let config = files.bytes("config.yaml")
    configText = config.map { String(decoding: $0, as: UTF8.self) }
    undecidedLoss = config.flatMap(Self.undecidedLoss)
    summarise(metrics, evaluation)
    remarks = files.remarks
  }

  /// What the objective of a config says of a model that is undecided; nil if this program cannot read it.
  private static func undecidedLoss(_ config: [UInt8]) -> Double? {
    guard let document = try? ConfigFile.parse(config, file: "config.yaml"),
      let (config, _) = try? ConfigReader.read(RunConfig.self, from: document, file: "config.yaml")
    else { return nil }
    return config.objective.undecidedLoss
  }

  /// Every account in a tree, at any depth: tables that say what was read and imported, and tables of
  /// nothing but counts.
  private static func ledgers(in node: ConfigNode) -> [Ledger] {
    guard let read = node["read"]?.wholeNumber, let imported = node["imported"]?.wholeNumber else {
      let counts = node.entries.compactMap { entry in
        entry.value.wholeNumber.map { LedgerRow(name: entry.key, count: $0) }
      }
      if !counts.isEmpty, counts.count == node.entries.count {
        return [Ledger(source: "the data", rows: counts)]
      }
      let children = node.items + node.entries.map(\.value)
      return Array(children.lazy.flatMap { ledgers(in: $0) }.prefix(50))
    }
    var rows = [
      LedgerRow(name: "read", count: read, note: node["shape"]?.text ?? ""),
      LedgerRow(name: "imported", count: imported),
    ]
    if let truncated = node["truncated"]?.wholeNumber, truncated > 0 {
      rows.append(LedgerRow(name: "of these, shortened", count: truncated))
    }
    for (key, nameKey, prefix) in [
      ("dropped", "reason", "dropped: "), ("warnings", "warning", "warning: "),
      ("unknown_columns", "column", "unknown column: "),
    ] {
      for entry in node[key]?.items ?? [] {
        guard let count = entry["count"]?.wholeNumber else { continue }
        let lines = (entry["first_lines"]?.items ?? []).compactMap(\.wholeNumber)
        var note = lines.map(String.init).joined(separator: ", ")
        if !lines.isEmpty { note = (lines.count == 1 ? "line " : "lines ") + note }
        if lines.count < count, !lines.isEmpty { note += ", …" }
        rows.append(
          LedgerRow(name: prefix + (entry[nameKey]?.text ?? "?"), count: count, note: note))
      }
    }
    return [Ledger(source: node["source"]?.text ?? "the data", rows: rows)]
  }

  /// Leaves of a tree with their paths: `cpu.model`, `AMD …`.
  package static func flattened(
    _ node: ConfigNode, path: String = ""
  ) -> [(name: String, value: String)] {
    node.entries.filter { $0.key != "command" }.flatMap { entry in
      let name = path.isEmpty ? entry.key : "\(path).\(entry.key)"
      if case .table = entry.value.value { return flattened(entry.value, path: name) }
      return [(name, leaf(entry.value, isBytes: entry.key.hasSuffix("_bytes")))]
    }
  }

  private static func leaf(_ node: ConfigNode, isBytes: Bool) -> String {
    switch node.value {
    case .string(let text): text
    case .int(let number): isBytes ? NumberText.bytes(Double(number)) : "\(number)"
    case .number(let number): isBytes ? NumberText.bytes(number) : "\(number)"
    case .bool(let flag): flag ? "yes" : "no"
    case .null: "–"
    case .list(let items):
      items.prefix(50).map { leaf($0, isBytes: false) }.joined(separator: ", ")
    case .table: "…"
    }
  }

  /// A command as one line: a string as it is, a list of arguments quoted for a shell.
  package static func command(_ node: ConfigNode?) -> String? {
    guard let node else { return nil }
    if let text = node.text { return text }
    let words = node.items.compactMap(\.text)
    guard !words.isEmpty else { return nil }
    return words.map { word in
      let isPlain = word.utf8.allSatisfy { byte in
        let scalar = Character(UnicodeScalar(byte))
        return scalar.isASCII
          && (scalar.isLetter || scalar.isNumber || "-_./=:,+@%".contains(scalar))
      }
      return isPlain && !word.isEmpty
        ? word
        : "'"
          + word.split(separator: "'", omittingEmptySubsequences: false)
          .joined(separator: "'\\''") + "'"
    }.joined(separator: " ")
  }
}
