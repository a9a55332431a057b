internal import PairwiseConfig

extension MatchBuilder {
  mutating func readLines() throws(DataError) {
    var lines = try LineReader(path: path, maxLength: ImportOptions().maxLineLength)
    var object = FlatObject()
    var cells = [Range<Int>?](repeating: nil, count: Column.allCases.count)
    while let event = try lines.next() {
      guard event == .line else {
        throw error(lines.number, "line is longer than the \(lines.maxLength) bytes allowed")
      }
      let line = lines.line
      if JSONLReader.isBlank(line) { continue }
      guard object.read(line.span) else {
        try addParsed(line, number: lines.number)
        continue
      }
      for index in cells.indices { cells[index] = nil }
      for entry in object.entries where !entry.isNull {
        guard let column = Column.named(line.span.extracting(entry.key)) else { continue }
        guard cells[column.rawValue] == nil else {
          throw error(lines.number, "has two columns for '\(Column.names[column.rawValue][0])'")
        }
        cells[column.rawValue] = entry.value
      }
      try add(line.span, cells, line: lines.number)
    }
  }

  /// A line with escapes, lists or anything else that needs the whole grammar.
  private mutating func addParsed(_ line: ArraySlice<UInt8>, number: Int) throws(DataError) {
    let node: ConfigNode
    do throws(JSONError) {
      node = try JSON.parse(line, line: number)
    } catch {
      throw DataError(
        .invalid, file: path, place: "line \(error.line), column \(error.column)", error.message)
    }
    guard case .table(let entries) = node.value else {
      throw error(number, "expected one object a line, found \(node.kind)")
    }
    var bytes: [UInt8] = []
    var cells = [Range<Int>?](repeating: nil, count: Column.allCases.count)
    for entry in entries {
      guard let column = Column.named(Array(entry.key.utf8).span) else { continue }
      let text: String
      switch entry.value.value {
      case .null: continue
      case .string(let value): text = value
      case .int(let value): text = "\(value)"
      case .number(let value): text = "\(value)"
      default:
        throw error(number, "\(entry.key): expected a text or a number, found \(entry.value.kind)")
      }
      guard cells[column.rawValue] == nil else {
        throw error(number, "has two columns for '\(Column.names[column.rawValue][0])'")
      }
      let start = bytes.count
      bytes += text.utf8
      cells[column.rawValue] = start..<bytes.count
    }
    try add(bytes.span, cells, line: number)
  }

  mutating func readCSV() throws(DataError) {
    var records = try CSVRecordReader(path: path, maxLength: ImportOptions().maxLineLength)
    var places = [Int?](repeating: nil, count: Column.allCases.count)
    var width = 0
    var cells = [Range<Int>?](repeating: nil, count: Column.allCases.count)
    while let refused = try records.nextBytes() {
      if case .some(let refused) = refused { throw refused.dataError(file: path) }
      if width == 0 {
        width = records.ends.count
        places = try header(records.bytes, records.ends, line: records.recordLine)
        continue
      }
      guard records.ends.count == width else {
        throw error(
          records.recordLine,
          "found \(records.ends.count) cells, expected \(width) as in the header")
      }
      for (column, place) in places.enumerated() {
        cells[column] = place.map { ($0 == 0 ? 0 : records.ends[$0 - 1])..<records.ends[$0] }
      }
      try add(records.bytes.span, cells, line: records.recordLine)
    }
  }

  /// Where each column stands.
  private func header(
    _ bytes: [UInt8], _ ends: [Int], line: Int
  ) throws(DataError) -> [Int?] {
    var places = [Int?](repeating: nil, count: Column.allCases.count)
    var start = 0
    for (place, end) in ends.enumerated() {
      if let column = Column.named(bytes.span.extracting(start..<end)) {
        guard places[column.rawValue] == nil else {
          throw error(line, "has two columns for '\(Column.names[column.rawValue][0])'")
        }
        places[column.rawValue] = place
      }
      start = end
    }
    return places
  }
}
