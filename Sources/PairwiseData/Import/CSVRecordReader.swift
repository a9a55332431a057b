/// The records of a CSV file as lists of cells (RFC 4180), in bounded memory.
///
/// Our own reader because the one Swift library for it, SwiftCSV, needs Foundation and the whole file as
/// one string; it would neither stream, nor say in which line a cell is wrong.
struct CSVRecordReader: ~Copyable {
  private var lines: LineReader
  private var splitter = CSVSplitter()
  /// The line on which the current record begins, from 1.
  private(set) var recordLine = 0

  init(path: String, maxLength: Int) throws(DataError) {
    lines = try LineReader(path: path, maxLength: maxLength)
  }

  var path: String { lines.path }

  enum Event {
    case cells([String])
    case refused(RowError)
  }

  /// The next record; nil at the end. Blank lines are passed over.
  mutating func next() throws(DataError) -> Event? {
    switch try nextBytes() {
    case nil: nil
    case .some(.some(let error)): .refused(error)
    case .some(nil): decoded()
    }
  }

  /// The bytes of all cells of the current record, one after the other, and where each ends.
  var bytes: [UInt8] { splitter.bytes }
  var ends: [Int] { splitter.ends }

  /// Moves on to the next record without making strings of it; nil at the end, else what is wrong with it, if
  /// anything.
  mutating func nextBytes() throws(DataError) -> RowError?? {
    while let event = try lines.next() {
      recordLine = lines.number
      if event == .tooLong { return .some(tooLong()) }
      if lines.line.isEmpty { continue }
      return .some(try readRecord())
    }
    return nil
  }

  private func tooLong() -> RowError {
    RowError(
      .lineTooLong, line: recordLine, "record is longer than the \(lines.maxLength) bytes allowed")
  }

  /// Splits the current line, fetching more lines while a quoted cell is open.
  private mutating func readRecord() throws(DataError) -> RowError? {
    splitter.reset()
    var length = 0
    while true {
      length += lines.line.count + 1
      if length > lines.maxLength + 1 { return tooLong() }
      if let message = splitter.take(lines.line) {
        return RowError(
          .malformed, line: lines.number, column: .byte(splitter.column), message)
      }
      if !splitter.isInsideQuotes {
        splitter.endCell()
        return nil
      }
      switch try lines.next() {
      case .line: splitter.takeLineBreak()
      case .tooLong: return tooLong()
      case nil:
        return RowError(
          .malformed, line: recordLine, "a quoted cell is not closed by the end of the file")
      }
    }
  }

  private func decoded() -> Event {
    var texts: [String] = []
    texts.reserveCapacity(splitter.ends.count)
    var start = 0
    for end in splitter.ends {
      guard let text = String(validating: splitter.bytes[start..<end], as: UTF8.self) else {
        return .refused(
          RowError(
            .malformed, line: recordLine, "cell \(texts.count + 1) is not valid UTF-8"))
      }
      texts.append(text)
      start = end
    }
    return .cells(texts)
  }
}

/// Cuts one CSV record into cells, fed line by line.
struct CSVSplitter {
  private(set) var isInsideQuotes = false
  /// Byte of the current line, from 1.
  private(set) var column = 1
  /// The bytes of all cells, one after the other, and where each ends.
  private(set) var bytes: [UInt8] = []
  private(set) var ends: [Int] = []
  /// True behind the closing quote of a cell: only a comma or the end may follow.
  private var isClosed = false

  /// Takes one line without its line break; returns what is wrong with it, if anything.
  mutating func take(_ line: ArraySlice<UInt8>) -> String? {
    column = 1
    var index = line.startIndex
    while index < line.endIndex {
      column = index - line.startIndex + 1
      let byte = line[index]
      index += 1
      if isInsideQuotes {
        if byte != UInt8(ascii: "\"") {
          bytes.append(byte)
        } else if index < line.endIndex, line[index] == UInt8(ascii: "\"") {
          bytes.append(byte)
          index += 1
        } else {
          isInsideQuotes = false
          isClosed = true
        }
      } else if byte == UInt8(ascii: ",") {
        endCell()
      } else if isClosed {
        return "expected a comma behind a quoted cell"
      } else if byte == UInt8(ascii: "\"") {
        if bytes.count > ends.last ?? 0 {
          return "a quote inside a cell that does not begin with one"
        }
        isInsideQuotes = true
      } else {
        bytes.append(byte)
      }
    }
    return nil
  }

  /// The line break inside a quoted cell, whatever form it had in the file.
  mutating func takeLineBreak() { bytes.append(0x0A) }

  mutating func endCell() {
    ends.append(bytes.count)
    isClosed = false
  }

  /// Makes ready for the next record and keeps the memory.
  mutating func reset() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    isInsideQuotes = false
    isClosed = false
  }
}
