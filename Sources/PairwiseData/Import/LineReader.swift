/// The lines of a text file, one at a time in bounded memory.
///
/// A line ends at byte 0x0A and nothing else: texts may hold U+0085, U+2028 or a lone carriage return.
/// One carriage return before the 0x0A and a byte-order mark at the start of the file are taken off.
/// A line of more than `maxLength` bytes is passed over without being held.
struct LineReader: ~Copyable {
  enum Event {
    /// The line is in `line`.
    case line
    /// The line was longer than `maxLength` bytes.
    case tooLong
  }

  let maxLength: Int
  /// The number of the current line, from 1.
  private(set) var number = 0
  private let file: InputFile
  private var buffer: [UInt8]
  /// Bytes read but not yet passed, and the current line.
  private var pending = 0..<0
  private var current = 0..<0
  private var isAtEnd = false

  init(path: String, maxLength: Int, blockSize: Int = 1 << 18) throws(DataError) {
    precondition(maxLength > 0 && blockSize > 0, "line reader: sizes must be positive")
    file = try InputFile(path: path)
    self.maxLength = maxLength
    buffer = [UInt8](repeating: 0, count: min(blockSize, maxLength))
  }

  var path: String { file.path }

  /// The bytes of the current line. Let go of it before the next call of `next()`, or that one has to
  /// copy the whole buffer.
  var line: ArraySlice<UInt8> { buffer[current] }

  /// Moves on to the next line; nil at the end of the file.
  mutating func next() throws(DataError) -> Event? {
    var searched = 0
    while true {
      if let end = lineEnd(from: pending.lowerBound + searched) {
        finishLine(end: end, next: end + 1)
        return .line
      }
      searched = pending.count
      if isAtEnd {
        if pending.isEmpty { return nil }
        finishLine(end: pending.upperBound, next: pending.upperBound)
        return .line
      }
      if pending.count > maxLength {
        try skipLine()
        return .tooLong
      }
      try fill()
    }
  }

  private func lineEnd(from start: Int) -> Int? {
    let bytes = buffer.span
    var index = start
    while index < pending.upperBound {
      if bytes[index] == 0x0A { return index }
      index += 1
    }
    return nil
  }

  private mutating func finishLine(end: Int, next: Int) {
    number += 1
    var start = pending.lowerBound
    var stop = end
    if stop > start, buffer[stop - 1] == 0x0D { stop -= 1 }
    if number == 1, buffer[start..<stop].starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
    current = start..<stop
    pending = next..<pending.upperBound
  }

  /// Drops everything up to the end of the line the pending bytes belong to.
  private mutating func skipLine() throws(DataError) {
    number += 1
    current = 0..<0
    pending = 0..<0
    while !isAtEnd {
      try fill()
      if let end = lineEnd(from: pending.lowerBound) {
        pending = end + 1..<pending.upperBound
        return
      }
      pending = 0..<0
    }
  }

  /// Reads one block behind the pending bytes, moved to the front first; grows the buffer up to
  /// `maxLength` and one block.
  private mutating func fill() throws(DataError) {
    if pending.lowerBound > 0 {
      let count = pending.count
      for offset in 0..<count { buffer[offset] = buffer[pending.lowerBound + offset] }
      pending = 0..<count
    }
    if pending.upperBound == buffer.count {
      let size = min(buffer.count * 2, maxLength + 1)
      buffer.append(contentsOf: repeatElement(0, count: max(size - buffer.count, 1)))
    }
    let count = try file.read(into: &buffer, pending.upperBound..<buffer.count)
    if count == 0 { isAtEnd = true }
    pending = pending.lowerBound..<pending.upperBound + count
  }
}
