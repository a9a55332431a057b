internal import PairwiseConfig

/// Reads pairs of dense features from CSV: a header, then one pair a record.
///
/// Columns `chosen_0 … chosen_{D−1}` and `rejected_0 … rejected_{D−1}` in any order, optionally `margin`,
/// `weight`, `label`, `label_prob`, `group`, `annotator`, `prompt`; others are carried as extra columns.
/// An empty cell of an optional column means "not given"; an empty feature is an error.
struct CSVReader: ~Copyable, RecordReader {
  private var records: CSVRecordReader
  private let header: CSVHeader
  private var decoder: RowDecoder

  init(path: String, options: ImportOptions) throws(DataError) {
    var records = try CSVRecordReader(path: path, maxLength: options.maxLineLength)
    let first = try records.next()
    header = try Self.header(first, line: records.recordLine, path: path, options)
    self.records = records
    decoder = RowDecoder(options: options)
  }

  private static func header(
    _ first: CSVRecordReader.Event?, line: Int, path: String, _ options: ImportOptions
  ) throws(DataError) -> CSVHeader {
    switch first {
    case nil: throw DataError(.invalid, file: path, "expected a header line, found an empty file")
    case .refused(let error): throw error.dataError(file: path)
    case .cells(let names):
      do {
        return try CSVHeader(names, line: line, options: options)
      } catch {
        throw error.dataError(file: path)
      }
    }
  }

  var shapeDescription: String? { "\(header.width) features a side, as CSV" }

  mutating func next() throws(DataError) -> RowOutcome? {
    switch try records.next() {
    case nil: return nil
    case .refused(let error): return .refused(error)
    case .cells(let cells):
      do {
        let record = try header.record(cells, line: records.recordLine, decoder)
        try decoder.checkNumbers(of: record)
        return .record(record, remarks: [])
      } catch {
        return .refused(error)
      }
    }
  }
}

/// What each column of a CSV file of features means.
struct CSVHeader {
  enum Meaning: Equatable {
    case chosen(Int)
    case rejected(Int)
    case known(RowFields.Name)
    case number
    case extra
    case ignored
  }

  /// D.
  let width: Int
  private let names: [String]
  /// The same as they are read, where another name was asked for.
  private let readNames: [String]
  private let meanings: [Meaning]
  private let headerLine: Int

  init(_ names: [String], line: Int, options: ImportOptions) throws(RowError) {
    var seen: Set<String> = []
    var meanings: [Meaning] = []
    for name in names {
      guard seen.insert(name).inserted else {
        throw RowError(
          .malformed, line: line, "column \(Wording.quoted(name)) appears twice in the header")
      }
      meanings.append(Self.meaning(name, options))
    }
    self.names = names
    readNames = names.map { options.renamedColumns[$0] ?? $0 }
    self.meanings = meanings
    headerLine = line
    width = try Self.checkedWidth(meanings, line: line)
  }

  private static func meaning(_ column: String, _ options: ImportOptions) -> Meaning {
    if options.ignoredColumns.contains(column) { return .ignored }
    let name = options.renamedColumns[column] ?? column
    if let index = index(of: name, after: "chosen_") { return .chosen(index) }
    if let index = index(of: name, after: "rejected_") { return .rejected(index) }
    switch RowFields.Name(rawValue: name) {
    case .some(let known)
    where [
      .margin, .weight, .label, .labelProbability, .group, .dataSubset, .annotator, .user, .prompt,
    ].contains(known):
      return .known(known)
    default: return options.numberColumns.contains(PairColumn(name)) ? .number : .extra
    }
  }

  /// The number behind the prefix, written plainly: `chosen_12`, not `chosen_012`.
  private static func index(of name: String, after prefix: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let digits = name.dropFirst(prefix.count)
    guard let index = Int(digits), String(index) == digits, index >= 0 else { return nil }
    return index
  }

  private static func checkedWidth(_ meanings: [Meaning], line: Int) throws(RowError) -> Int {
    var chosen: Set<Int> = []
    var rejected: Set<Int> = []
    for meaning in meanings {
      switch meaning {
      case .chosen(let index): chosen.insert(index)
      case .rejected(let index): rejected.insert(index)
      default: continue
      }
    }
    guard !chosen.isEmpty || !rejected.isEmpty else {
      throw RowError(
        .notAPair, line: line,
        "expected columns chosen_0, chosen_1, … and rejected_0, rejected_1, …, found none")
    }
    let width = max(chosen.count, rejected.count)
    for index in 0..<width {
      if !chosen.contains(index) {
        throw RowError(.notAPair, line: line, "column chosen_\(index) is missing in the header")
      }
      if !rejected.contains(index) {
        throw RowError(.notAPair, line: line, "column rejected_\(index) is missing in the header")
      }
    }
    return width
  }

  // MARK: Records

  func record(
    _ cells: [String], line: Int, _ decoder: RowDecoder
  ) throws(RowError) -> PreferenceRecord {
    guard cells.count == names.count else {
      throw RowError(
        .malformed, line: line,
        "expected \(names.count) cells as in the header, found \(cells.count)")
    }
    var chosen = [Float](repeating: 0, count: width)
    var rejected = chosen
    var entries: [ConfigNode.Entry] = []
    for (index, cell) in cells.enumerated() {
      switch meanings[index] {
      case .chosen(let feature): chosen[feature] = try float(cell, index, line: line)
      case .rejected(let feature): rejected[feature] = try float(cell, index, line: line)
      case .known(let name):
        guard !cell.isEmpty else { continue }
        let value = try value(cell, name, index, line: line)
        entries.append(ConfigNode.Entry(key: name.rawValue, value: ConfigNode(value)))
      case .number:
        guard !cell.isEmpty else { continue }
        let number = Double(try float(cell, index, line: line))
        entries.append(
          ConfigNode.Entry(key: readNames[index], value: ConfigNode(.number(number))))
      case .extra:
        entries.append(ConfigNode.Entry(key: names[index], value: ConfigNode(.string(cell))))
      case .ignored: continue
      }
    }
    return try decoder.assemble(entries, chosen: chosen, rejected: rejected, line: line)
  }

  private func value(
    _ cell: String, _ name: RowFields.Name, _ index: Int, line: Int
  ) throws(RowError) -> ConfigNode.Value {
    switch name {
    case .group, .dataSubset, .annotator, .user, .prompt: return .string(cell)
    default: return .number(Double(try float(cell, index, line: line)))
    }
  }

  /// A finite number in plain or scientific notation; nothing else `Float.init` would take.
  private func float(_ cell: String, _ index: Int, line: Int) throws(RowError) -> Float {
    let isPlain = cell.utf8.allSatisfy {
      ($0 >= 0x30 && $0 <= 0x39) || "+-.eE".utf8.contains($0)
    }
    guard isPlain, let number = Float(cell) else {
      throw RowError(
        .invalidValue, line: line, column: .name(Wording.printable(names[index])),
        "expected a number, found \(cell.isEmpty ? "nothing" : Wording.quoted(cell))")
    }
    guard number.isFinite else {
      throw RowError(
        .invalidValue, line: line, column: .name(Wording.printable(names[index])),
        "\(Wording.printable(cell)) does not fit a 32-bit float")
    }
    return number
  }
}

extension RowDecoder {
  /// A record of a CSV file: features already read, the other columns under their known names.
  func assemble(
    _ entries: [ConfigNode.Entry], chosen: [Float], rejected: [Float], line: Int
  ) throws(RowError) -> PreferenceRecord {
    var plain = ImportOptions()
    plain.maxLineLength = options.maxLineLength
    plain.numberColumns = options.numberColumns
    plain.textColumns = []
    let fields = try RowFields(entries, line: line, options: plain)
    var record = PreferenceRecord(origin: line)
    if case .string(let prompt)? = fields[.prompt]?.value { record.prompt = .plain(prompt) }
    record.chosenFeatures = chosen
    record.rejectedFeatures = rejected
    try readColumns(fields, into: &record)
    record.extra = fields.extra
    try checkContent(record)
    return record
  }
}
