/// Writes JSON piece by piece into one byte buffer, keys in the order given.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.beginObject()
/// writer.key("loss")
/// writer.value(0.5)
/// writer.endObject()
/// ```
/// Numbers are the shortest text that reads back as the same `Double` or `Float`; NaN and the
/// infinities, which JSON lacks, are written as `null`. A call out of order (a value without its key, an
/// unmatched end) is a programmer's error and traps.
public struct JSONWriter: Sendable {
  public enum Style: Sendable, Equatable {
    /// No white space: one line of a JSON Lines file.
    case compact
    /// One entry or item a line, two spaces a level.
    case pretty
  }

  private enum Frame: Sendable, Equatable {
    case object
    case array
  }

  /// What was written so far, UTF-8.
  public private(set) var bytes: [UInt8] = []
  private let style: Style
  private var frames: [Frame] = []
  private var isFirst = true
  private var hasKey = false

  public init(_ style: Style = .compact) { self.style = style }

  /// What was written so far.
  public var string: String { String(decoding: bytes, as: UTF8.self) }

  // MARK: Structure

  public mutating func beginObject() { begin(.object, UInt8(ascii: "{")) }
  public mutating func endObject() { end(.object, UInt8(ascii: "}")) }
  public mutating func beginArray() { begin(.array, UInt8(ascii: "[")) }
  public mutating func endArray() { end(.array, UInt8(ascii: "]")) }

  /// Ends a document with a line break; another may follow, as in JSON Lines.
  public mutating func endLine() {
    precondition(frames.isEmpty, "JSON writer: a line can only end outside objects and arrays")
    bytes.append(0x0A)
    isFirst = true
  }

  /// Forgets what was written and keeps the memory for the next line.
  public mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    frames.removeAll(keepingCapacity: true)
    isFirst = true
    hasKey = false
  }

  public mutating func key(_ key: String) {
    precondition(frames.last == .object && !hasKey, "JSON writer: a key needs an open object")
    separate()
    append(quoted: key)
    bytes.append(UInt8(ascii: ":"))
    if style == .pretty { bytes.append(0x20) }
    hasKey = true
  }

  private mutating func begin(_ frame: Frame, _ byte: UInt8) {
    prepareValue()
    bytes.append(byte)
    frames.append(frame)
    isFirst = true
  }

  private mutating func end(_ frame: Frame, _ byte: UInt8) {
    precondition(frames.last == frame && !hasKey, "JSON writer: end does not match its begin")
    frames.removeLast()
    if !isFirst { breakLine() }
    bytes.append(byte)
    isFirst = false
  }

  /// Writes what has to stand before a value, and checks that one may stand here.
  private mutating func prepareValue() {
    switch frames.last {
    case .object:
      precondition(hasKey, "JSON writer: a value in an object needs a key")
      hasKey = false
    case .array:
      separate()
    case nil:
      precondition(isFirst, "JSON writer: a document is one value; end the line first")
      isFirst = false
    }
  }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    breakLine()
  }

  private mutating func breakLine() {
    guard style == .pretty else { return }
    bytes.append(0x0A)
    for _ in 0..<2 * frames.count { bytes.append(0x20) }
  }

  // MARK: Values

  public mutating func value(_ value: String) {
    prepareValue()
    append(quoted: value)
  }

  public mutating func value(_ value: Bool) {
    prepareValue()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  public mutating func value(_ value: some BinaryInteger) {
    prepareValue()
    bytes.append(contentsOf: value.description.utf8)
  }

  public mutating func value(_ value: Double) {
    prepareValue()
    bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
  }

  public mutating func value(_ value: Float) {
    prepareValue()
    bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
  }

  public mutating func null() {
    prepareValue()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a whole tree.
  public mutating func write(_ node: ConfigNode) {
    switch node.value {
    case .null: null()
    case .bool(let flag): value(flag)
    case .int(let integer): value(integer)
    case .number(let number): value(number)
    case .string(let text): value(text)
    case .list(let items):
      beginArray()
      for item in items { write(item) }
      endArray()
    case .table(let entries):
      beginObject()
      for entry in entries {
        key(entry.key)
        write(entry.value)
      }
      endObject()
    }
  }

  // MARK: Strings

  private mutating func append(quoted text: String) {
    bytes.append(0x22)
    let utf8 = text.utf8
    // Most text needs no escape: one look, then one copy.
    if utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }) {
      bytes.append(contentsOf: utf8)
    } else {
      for byte in utf8 { append(escaped: byte) }
    }
    bytes.append(0x22)
  }

  private mutating func append(escaped byte: UInt8) {
    switch byte {
    case 0x22, 0x5C:
      bytes.append(0x5C)
      bytes.append(byte)
    case 0x0A: bytes.append(contentsOf: "\\n".utf8)
    case 0x0D: bytes.append(contentsOf: "\\r".utf8)
    case 0x09: bytes.append(contentsOf: "\\t".utf8)
    case 0x00..<0x20:
      let digits = Array("0123456789abcdef".utf8)
      bytes.append(contentsOf: "\\u00".utf8)
      bytes.append(digits[Int(byte >> 4)])
      bytes.append(digits[Int(byte & 15)])
    default: bytes.append(byte)
    }
  }
}
