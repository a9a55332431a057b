/// The entries of a JSON object that holds nothing difficult, as places in its line.
///
/// Takes objects of strings without escapes in printable ASCII, plain numbers, true, false and null. Everything else,
/// and whatever is wrong, is left to the JSON parser, which takes an object apart five times more slowly.
struct FlatObject {
  struct Entry {
    var key: Range<Int>
    /// Without the quotes of a string.
    var value: Range<Int>
    var isNull: Bool
  }

  private(set) var entries: [Entry] = []
  private var position = 0

  /// Whether the line could be read; then `entries` are its own.
  mutating func read(_ line: Span<UInt8>) -> Bool {
    entries.removeAll(keepingCapacity: true)
    position = 0
    skipSpace(line)
    guard take(UInt8(ascii: "{"), line) else { return false }
    while true {
      skipSpace(line)
      guard let key = string(line) else { return false }
      skipSpace(line)
      guard take(UInt8(ascii: ":"), line) else { return false }
      skipSpace(line)
      guard let (value, isNull) = value(line) else { return false }
      for entry in entries
      where ByteText.equal(line.extracting(entry.key), line.extracting(key)) {
        return false
      }
      entries.append(Entry(key: key, value: value, isNull: isNull))
      skipSpace(line)
      if take(UInt8(ascii: "}"), line) { break }
      guard take(UInt8(ascii: ","), line), entries.count < 16 else { return false }
    }
    skipSpace(line)
    return position == line.count
  }

  private mutating func skipSpace(_ line: Span<UInt8>) {
    while position < line.count, line[position] == 0x20 || line[position] == 0x09 { position += 1 }
  }

  private mutating func take(_ byte: UInt8, _ line: Span<UInt8>) -> Bool {
    guard position < line.count, line[position] == byte else { return false }
    position += 1
    return true
  }

  private mutating func string(_ line: Span<UInt8>) -> Range<Int>? {
    guard take(UInt8(ascii: "\""), line) else { return nil }
    let start = position
    while position < line.count {
      let byte = line[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return start..<(position - 1)
      }
      guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
      position += 1
    }
    return nil
  }

  private mutating func value(_ line: Span<UInt8>) -> (Range<Int>, isNull: Bool)? {
    guard position < line.count else { return nil }
    let start = position
    switch line[position] {
    case UInt8(ascii: "\""): return string(line).map { ($0, false) }
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return number(line) ? (start..<position, false) : nil
    default:
      for (word, isNull) in [("true", false), ("false", false), ("null", true)] {
        let end = position + word.utf8.count
        if end <= line.count, ByteText.equal(line.extracting(position..<end), word) {
          position = end
          return (start..<end, isNull)
        }
      }
      return nil
    }
  }

  /// −?digits(.digits)?, without leading zeros.
  private mutating func number(_ line: Span<UInt8>) -> Bool {
    _ = take(UInt8(ascii: "-"), line)
    let start = position
    let whole = digits(line)
    if whole == 0 || (whole > 1 && line[start] == UInt8(ascii: "0")) { return false }
    if take(UInt8(ascii: "."), line), digits(line) == 0 { return false }
    // What follows has to end the value; an exponent does not.
    return position < line.count
      && [UInt8(ascii: ","), UInt8(ascii: "}"), 0x20, 0x09].contains(line[position])
  }

  private mutating func digits(_ line: Span<UInt8>) -> Int {
    let start = position
    while position < line.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(line[position]) {
      position += 1
    }
    return position - start
  }
}
