public import PairwiseConfig
public import PairwiseData

/// Checks a whole data file against limits: what cannot be read, and what the rows together show.
public struct DatasetCheck: Sendable {
  /// The largest share of rows (0 … 1) that each kind of defect may touch.
  public struct Limits: Sendable, Equatable {
    /// Kinds without a limit of their own.
    public var share = 0.01
    /// Training stops at rows that cannot be read and at values that are not finite, so none may be.
    public var ofKind: [ValidationKind: Double] = [.unreadable: 0, .nonFinite: 0]

    public init() {}

    /// Nil for kinds that are for information only and have no limit of their own.
    public subscript(kind: ValidationKind) -> Double? {
      ofKind[kind] ?? (kind.isDefect ? share : nil)
    }
  }

  /// Findings count rows of HDF5 from 0, lines of JSONL and CSV from 1.
  public let report: ValidationReport
  /// `row` or `line`.
  public let unit: String
  public let limits: Limits

  /// The findings that touch more rows than they may.
  public var exceeding: [ValidationFinding] {
    report.findings.filter { finding in limits[finding.kind].map { finding.share > $0 } ?? false }
  }

  /// Reads and checks all rows of an HDF5, JSONL or CSV file. Rows that cannot be read are findings.
  ///
  /// - Throws: if the file cannot be read at all, or has no usable row.
  public init(_ path: String, limits: Limits = .init()) throws(DataError) {
    self.limits = limits
    guard DataFile.isText(path) else {
      report = try Validator.run(source: try PreferenceFile(path: path))
      unit = "row"
      return
    }
    var options = ImportOptions()
    options.onInvalid = .drop
    (options.keepEmptyCompletions, options.keepIdenticalCompletions) = (true, true)
    let imported = try Imported(path, options)
    let found = try Validator.run(source: imported.source)
    report = DatasetCheck.byLine(found, imported)
    unit = "line"
  }

  /// The same report with line numbers for rows, and the lines that were no rows at all.
  private static func byLine(_ report: ValidationReport, _ imported: Imported) -> ValidationReport {
    let read = max(1, imported.ledger.read)
    var report = report
    report.rows = imported.ledger.read
    for index in report.findings.indices {
      report.findings[index].rows = report.findings[index].rows.map { Int(imported.lines[$0]) }
      report.findings[index].share = Double(report.findings[index].count) / Double(read)
    }
    let dropped = imported.ledger.dropped
    guard let first = dropped.min(by: { ($0.firstLines.first ?? 0) < ($1.firstLines.first ?? 0) })
    else { return report }
    let earlier = report[.unreadable]
    let count = imported.ledger.droppedCount + (earlier?.count ?? 0)
    let lines = (dropped.flatMap(\.firstLines) + (earlier?.rows ?? [])).sorted()
    report.findings.removeAll { $0.kind == .unreadable }
    report.findings.insert(
      ValidationFinding(
        kind: .unreadable, count: count, share: Double(count) / Double(read),
        rows: Array(lines.prefix(ValidationFinding.rowsKept)), example: first.example ?? first.name),
      at: 0)
    return report
  }

  /// The report as a tree, with each limit and whether the file keeps them all.
  public var json: ConfigNode {
    guard case .table(var entries) = report.json.value else { return report.json }
    let limited = ValidationKind.allCases.compactMap { kind in
      limits[kind].map { ConfigNode.Entry(key: kind.rawValue, value: $0.configNode) }
    }
    entries.append(.init(key: "unit", value: unit.configNode))
    entries.append(.init(key: "limits", value: ConfigNode(.table(limited))))
    entries.append(
      .init(key: "exceeding", value: exceeding.map(\.kind.rawValue).configNode))
    entries.append(.init(key: "passed", value: exceeding.isEmpty.configNode))
    return ConfigNode(.table(entries))
  }
}
