import Pairwise

/// How datasets and what was done to them are shown to people.
enum DataView {
  /// `data  toy.h5, 4.1 MiB`
  static func written(_ path: String) -> String {
    let size = FileAccess.size(path).map { ", " + Terminal.bytes($0) } ?? ""
    return "\ndata  \(path)\(size)"
  }

  // MARK: Ledgers

  static func ledger(_ ledger: Ledger) -> String {
    func note(_ entry: Ledger.Entry) -> String {
      let lines = entry.firstLines.map(String.init).joined(separator: ", ")
      let more = entry.count > entry.firstLines.count ? ", …" : ""
      return (entry.count == 1 ? "line " : "lines ") + lines + more
    }
    var rows = [["rows read", Terminal.grouped(ledger.read), ledger.shape ?? ""]]
    rows.append(["imported", Terminal.grouped(ledger.imported), ""])
    for entry in ledger.kept {
      rows.append(["kept: " + entry.name, Terminal.grouped(entry.count), note(entry)])
    }
    for entry in ledger.dropped {
      rows.append(["dropped: " + entry.name, Terminal.grouped(entry.count), note(entry)])
    }
    for entry in ledger.warnings {
      rows.append([
        "note: " + Terminal.cut(entry.name, 40), Terminal.grouped(entry.count), note(entry),
      ])
    }
    for entry in ledger.unknownColumns {
      let name = "column " + Terminal.cut(entry.name, 30)
      rows.append([name, Terminal.grouped(entry.count), "not known, carried along"])
    }
    let examples = ledger.dropped.compactMap { entry in
      entry.example.map { "\nline \(entry.firstLines.first ?? 0): \($0)" }
    }
    return Terminal.table(["import", "rows", ""], rows, left: [0, 2]) + examples.joined()
  }

  static func ledger(_ file: DataFile) -> String {
    Terminal.table(
      ["import", "rows"],
      file.ledger.filter { $0.value > 0 }.map { [$0.name, Terminal.grouped($0.value)] })
  }

  // MARK: Files

  static func storage(_ file: PreferenceFile) -> String {
    let summary = file.summary
    var parts: [String] = []
    let about = summary.attributes.filter { attribute in
      attribute.owner.isEmpty
        && ["format", "schema_version", "generator", "source", "license", "created_utc"].contains(
          attribute.name)
        && !attribute.value.isEmpty
    }
    if !about.isEmpty {
      let width = about.map(\.name.count).max() ?? 0
      let lines = about.map { attribute in
        let padding = String(repeating: " ", count: width - attribute.name.count + 2)
        return attribute.name + padding + Terminal.cut(attribute.value, Terminal.width - width - 3)
      }
      parts.append(lines.joined(separator: "\n"))
    }
    let rows = summary.datasets.map { dataset in
      [
        dataset.path, dataset.type, shape(dataset.extents), dataset.chunk.map(shape) ?? "–",
        Terminal.bytes(dataset.bytes), Terminal.bytes(dataset.storedBytes),
      ]
    }
    parts.append(
      Terminal.table(["dataset", "type", "shape", "chunk", "bytes", "stored"], rows, left: [0, 1]))
    if !file.warnings.isEmpty {
      parts.append(file.warnings.map { "note: \($0)" }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  private static func shape(_ extents: [Int]) -> String {
    extents.map(String.init).joined(separator: "×")
  }

  static func json(
    _ summary: DatasetSummary, _ file: DataFile, _ stored: PreferenceFile?
  ) -> ConfigNode {
    guard case .table(var entries) = summary.json.value else { return summary.json }
    entries.insert(.init(key: "file", value: file.path.configNode), at: 0)
    if let stored {
      let found = stored.summary
      let datasets = found.datasets.map { dataset in
        ConfigNode(
          .table([
            .init(key: "path", value: dataset.path.configNode),
            .init(key: "type", value: dataset.type.configNode),
            .init(key: "shape", value: dataset.extents.configNode),
            .init(key: "chunk", value: dataset.chunk?.configNode ?? ConfigNode(.null)),
            .init(key: "filters", value: dataset.filters.configNode),
            .init(key: "stored_bytes", value: dataset.storedBytes.configNode),
          ]))
      }
      let attributes = found.attributes.map { attribute in
        ConfigNode.Entry(
          key: attribute.owner.isEmpty ? attribute.name : attribute.owner + "/" + attribute.name,
          value: attribute.value.configNode)
      }
      entries.append(.init(key: "datasets", value: ConfigNode(.list(datasets))))
      entries.append(.init(key: "attributes", value: ConfigNode(.table(attributes))))
      entries.append(.init(key: "warnings", value: stored.warnings.configNode))
    } else {
      let ledger = file.ledger.map { ConfigNode.Entry(key: $0.name, value: $0.value.configNode) }
      entries.append(.init(key: "ledger", value: ConfigNode(.table(ledger))))
    }
    return ConfigNode(.table(entries))
  }

  // MARK: Checks

  static func findings(_ check: DatasetCheck) -> String {
    let exceeding = Set(check.exceeding.map(\.kind))
    var rows = [["rows checked", Terminal.grouped(check.report.rows), "", "", ""]]
    for finding in check.report.findings {
      let shown = finding.rows.prefix(5).map(String.init).joined(separator: ", ")
      let limit = check.limits[finding.kind].map { $0 == 0 ? "none" : percent($0) } ?? ""
      rows.append([
        (exceeding.contains(finding.kind) ? "✗ " : "  ") + finding.kind.words,
        Terminal.grouped(finding.count), percent(finding.share), limit,
        shown + (finding.count > 5 ? ", …" : ""),
      ])
    }
    var parts = [
      Terminal.table(
        ["check", "\(check.unit)s", "share", "limit", "first \(check.unit)s"], rows, left: [0, 4])
    ]
    let examples = check.report.findings.compactMap { finding in
      finding.example.map { "\(check.unit) \(finding.rows.first ?? 0): \($0)" }
    }
    if !examples.isEmpty { parts.append(examples.joined(separator: "\n")) }
    if let bias = check.report.lengthBias {
      parts.append(
        "chosen is longer in \(percent(bias.chosenLonger)) of pairs\n"
          + "always preferring the longer side is right in \(percent(bias.longerWinsAccuracy))")
    }
    if check.exceeding.isEmpty {
      parts.append(check.report.isClean ? "no defects found" : "within the limits")
    }
    return parts.joined(separator: "\n\n")
  }

  /// What is wrong, in one sentence.
  static func sentence(_ check: DatasetCheck) -> String {
    check.exceeding.map { finding in
      let limit = check.limits[finding.kind] ?? 0
      return "\(finding.kind.words) in \(percent(finding.share)) of \(check.unit)s, "
        + (limit == 0 ? "none allowed" : "at most \(percent(limit)) allowed")
    }.joined(separator: "; ")
  }

  /// A share that is not 0 never reads as 0.
  private static func percent(_ share: Double) -> String {
    share > 0 && share < 0.0005 ? "< 0.1 %" : Terminal.fixed(share * 100, 1) + " %"
  }

  // MARK: Synthesis

  static func synthesis(_ result: Synthesizer.Result) -> String {
    let rows = result.splits.map { split in
      var flipped = ""
      if case .int(let count)? = result.truth[split.name]?["flipped_rows"]?.value {
        flipped = Terminal.grouped(count)
      }
      return [split.name, Terminal.grouped(split.rows.count), flipped]
    }
    var parts = [Terminal.table(["split", "pairs", "labels turned around"], rows)]
    if let bayes = result.truth["bayes"], case .string(let split)? = bayes["split"]?.value,
      case .number(let accuracy)? = bayes["accuracy"]?.value,
      case .number(let loss)? = bayes["log_loss"]?.value
    {
      parts.append(
        "the true reward has accuracy \(Terminal.fixed(accuracy, 4)) and log loss "
          + "\(Terminal.fixed(loss, 4)) on \(split)")
    }
    return parts.joined(separator: "\n\n")
  }
}
