internal import PairwiseData
internal import SystemPackage

/// Reads the head of a GGUF file from front to back, a window at a time. Nothing is believed: every length
/// is held against the bytes that are left, before memory is taken.
struct GGUFCursor {
  private let file: FileDescriptor
  private let path: String
  /// Bytes of the file.
  let size: Int
  /// The next byte to read, from the start of the file.
  private(set) var position = 0
  /// What is being read, for messages.
  var place: String?

  private var window: [UInt8] = []
  private var windowStart = 0
  private var valuesLeft = GGUFCursor.valueLimit

  private static let windowBytes = 1 << 20
  /// A head is tens of megabytes at most: vocabulary and merges.
  private static let headLimit = 512 << 20
  private static let stringLimit = 64 << 20
  private static let valueLimit = 8_000_000

  init(_ file: FileDescriptor, _ path: String) throws(DataError) {
    self.file = file
    self.path = path
    size = try FileAccess.size(of: file, path)
  }

  func failure(_ message: String) -> DataError {
    DataError(.invalid, file: path, place: place, message)
  }

  /// Makes the next `count` bytes present and steps over them.
  ///
  /// - Returns: their place in the window.
  private mutating func take(_ count: Int) throws(DataError) -> Range<Int> {
    guard count <= size - position else {
      throw failure("the file ends at byte \(size), expected \(count) more at \(position)")
    }
    guard position + count <= GGUFCursor.headLimit else {
      throw failure("names and metadata take more than \(GGUFCursor.headLimit >> 20) MiB")
    }
    if position - windowStart + count > window.count {
      let wanted = min(size - position, max(count, GGUFCursor.windowBytes))
      window = try FileAccess.read(file, path, offset: position, count: wanted)
      windowStart = position
    }
    let start = position - windowStart
    position += count
    return start..<start + count
  }

  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self)
    throws(DataError) -> Value
  {
    var bits: UInt64 = 0
    for index in try take(Value.bitWidth / 8).reversed() {
      bits = bits << 8 | UInt64(window[index])
    }
    return Value(truncatingIfNeeded: bits)
  }

  /// A length that has to be at most `limit`.
  mutating func length(_ what: String, limit: Int) throws(DataError) -> Int {
    let value = try integer(UInt64.self)
    guard let length = Int(exactly: value), length <= limit else {
      throw failure("\(value) \(what), expected at most \(limit)")
    }
    return length
  }

  /// Text, with U+FFFD for what is no UTF-8: tokens may be cut anywhere.
  mutating func string() throws(DataError) -> String {
    let count = try length("bytes of text", limit: min(GGUFCursor.stringLimit, size - position))
    let range = try take(count)
    return String(decoding: window[range], as: UTF8.self)
  }

  /// A key or the name of a tensor.
  mutating func name() throws(DataError) -> String {
    let count = try length("bytes of a name", limit: min(65_535, size - position))
    let range = try take(count)
    guard let name = String(validating: window[range], as: UTF8.self) else {
      throw failure("expected a name in UTF-8")
    }
    return name
  }

  mutating func type() throws(DataError) -> GGUFType {
    let number = try integer(UInt32.self)
    guard let type = GGUFType(rawValue: number) else {
      throw failure("metadata type \(number) is unknown")
    }
    return type
  }

  mutating func value(_ type: GGUFType, depth: Int = 0) throws(DataError) -> GGUFValue {
    guard valuesLeft > 0 else {
      throw failure("more than \(GGUFCursor.valueLimit) metadata values")
    }
    valuesLeft -= 1
    switch type {
    case .uint8: return .unsigned(UInt64(try integer(UInt8.self)))
    case .uint16: return .unsigned(UInt64(try integer(UInt16.self)))
    case .uint32: return .unsigned(UInt64(try integer(UInt32.self)))
    case .uint64: return .unsigned(try integer())
    case .int8: return .signed(Int64(try integer(Int8.self)))
    case .int16: return .signed(Int64(try integer(Int16.self)))
    case .int32: return .signed(Int64(try integer(Int32.self)))
    case .int64: return .signed(try integer())
    case .float32: return .float(Float(bitPattern: try integer()))
    case .float64: return .double(Double(bitPattern: try integer()))
    case .string: return .string(try string())
    case .bool:
      let byte = try integer(UInt8.self)
      guard byte <= 1 else { throw failure("expected a truth value, found \(byte)") }
      return .bool(byte == 1)
    case .array: return try array(depth: depth)
    }
  }

  private mutating func array(depth: Int) throws(DataError) -> GGUFValue {
    guard depth < 4 else { throw failure("lists nested too deeply") }
    let element = try type()
    let limit = min(valuesLeft, (size - position) / element.leastBytes)
    let count = try length("values", limit: limit)
    var items: [GGUFValue] = []
    items.reserveCapacity(min(count, 1 << 16))
    for _ in 0..<count { items.append(try value(element, depth: depth + 1)) }
    return .array(items)
  }
}
