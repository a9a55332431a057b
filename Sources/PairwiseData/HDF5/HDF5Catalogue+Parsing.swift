extension HDF5Catalogue {
  /// The catalogue is not what the child process promises; says what was wrong with it.
  struct Malformed: Error {}

  /// Reads the records that `pw_hdf5_catalogue` documents, without believing them: the child parsed
  /// a file that may have taken it over, so every extent, offset and count is checked once more.
  init(records: [UInt8], fileSize: Int) throws(Malformed) {
    var cursor = RecordCursor(bytes: records)
    while true {
      switch try cursor.byte() {
      case UInt8(ascii: "G"): groups.append(try cursor.text())
      case UInt8(ascii: "A"): attributes.append(try HDF5Attribute(from: &cursor))
      case UInt8(ascii: "D"): datasets.append(try HDF5Dataset(from: &cursor, fileSize: fileSize))
      case UInt8(ascii: "Z"):
        guard cursor.remaining == 0 else { throw Malformed() }
        return
      default: throw Malformed()
      }
    }
  }

  /// The place and message of a refusal, if the records end with one.
  static func refusal(in records: [UInt8]) -> (place: String, message: String)? {
    guard records.last == UInt8(ascii: "E"), records.count >= 9 else { return nil }
    var tail = RecordCursor(bytes: Array(records.suffix(9)))
    guard let place = try? tail.count(), let message = try? tail.count() else { return nil }
    guard place + message <= records.count - 9 else { return nil }
    let end = records.count - 9
    let middle = end - message
    return (
      String(decoding: records[(middle - place)..<middle], as: UTF8.self),
      String(decoding: records[middle..<end], as: UTF8.self)
    )
  }
}

/// Takes fields off the front of the records; throws at their end.
struct RecordCursor {
  let bytes: [UInt8]
  private(set) var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var remaining: Int { bytes.count - position }

  mutating func byte() throws(HDF5Catalogue.Malformed) -> UInt8 {
    guard position < bytes.count else { throw .init() }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func bytes(_ count: Int) throws(HDF5Catalogue.Malformed) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw .init() }
    defer { position += count }
    return bytes[position..<(position + count)]
  }

  mutating func word() throws(HDF5Catalogue.Malformed) -> UInt64 {
    try bytes(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func halfWord() throws(HDF5Catalogue.Malformed) -> UInt32 {
    try bytes(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// A u32 that counts something the records hold.
  mutating func count() throws(HDF5Catalogue.Malformed) -> Int { Int(try halfWord()) }

  /// A u64 that is a size or an offset.
  mutating func size() throws(HDF5Catalogue.Malformed) -> Int {
    guard let size = Int(exactly: try word()) else { throw .init() }
    return size
  }

  mutating func text() throws(HDF5Catalogue.Malformed) -> String {
    String(decoding: try bytes(try count()), as: UTF8.self)
  }
}

extension HDF5Attribute {
  init(from cursor: inout RecordCursor) throws(HDF5Catalogue.Malformed) {
    owner = try cursor.text()
    name = try cursor.text()
    let kind = try cursor.byte()
    let count = try cursor.count()
    switch kind {
    case UInt8(ascii: "s"): value = .text(Array(try cursor.bytes(count)))
    case UInt8(ascii: "i"):
      guard count <= cursor.remaining / 8 else { throw .init() }
      var integers: [Int64] = []
      for _ in 0..<count { integers.append(Int64(bitPattern: try cursor.word())) }
      value = .integers(integers)
    case UInt8(ascii: "f"):
      guard count <= cursor.remaining / 8 else { throw .init() }
      var numbers: [Double] = []
      for _ in 0..<count { numbers.append(Double(bitPattern: try cursor.word())) }
      value = .numbers(numbers)
    default: throw .init()
    }
  }
}

extension HDF5Dataset {
  init(from cursor: inout RecordCursor, fileSize: Int) throws(HDF5Catalogue.Malformed) {
    path = try cursor.text()
    let kind = try cursor.byte()
    isBigEndian = try cursor.byte() != 0
    element = try Self.element(kind, size: try cursor.count())
    let rank = Int(try cursor.byte())
    guard rank <= 3 else { throw .init() }
    extents = []
    for _ in 0..<rank { extents.append(try cursor.size()) }
    filters = []
    for _ in 0..<Int(try cursor.byte()) {
      guard let filter = Filter(rawValue: try cursor.halfWord()) else { throw .init() }
      filters.append(filter)
    }
    let byteCount = try Self.product(extents + [element.size])
    storage = .compact([])
    storage = try readStorage(from: &cursor, byteCount: byteCount, fileSize: fileSize)
  }

  private static func element(
    _ kind: UInt8, size: Int
  ) throws(HDF5Catalogue.Malformed) -> Element {
    switch (kind, size) {
    case (UInt8(ascii: "i"), 1): .int8
    case (UInt8(ascii: "i"), 2): .int16
    case (UInt8(ascii: "i"), 4): .int32
    case (UInt8(ascii: "i"), 8): .int64
    case (UInt8(ascii: "u"), 1): .uint8
    case (UInt8(ascii: "u"), 2): .uint16
    case (UInt8(ascii: "u"), 4): .uint32
    case (UInt8(ascii: "u"), 8): .uint64
    case (UInt8(ascii: "f"), 4): .float32
    case (UInt8(ascii: "f"), 8): .float64
    case (UInt8(ascii: "s"), 1...4096): .text(size)
    default: throw .init()
    }
  }

  /// The product of sizes, refused where it passes 2^62.
  private static func product(_ factors: [Int]) throws(HDF5Catalogue.Malformed) -> Int {
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      guard !overflow, next <= 1 << 62 else { throw .init() }
      product = next
    }
    return product
  }

  private func readStorage(
    from cursor: inout RecordCursor, byteCount: Int, fileSize: Int
  ) throws(HDF5Catalogue.Malformed) -> Storage {
    switch try cursor.byte() {
    case UInt8(ascii: "c"):
      let bytes = Array(try cursor.bytes(try cursor.size()))
      guard bytes.count == byteCount else { throw .init() }
      return .compact(bytes)
    case UInt8(ascii: "l"):
      let address = try cursor.word()
      guard try cursor.size() == byteCount else { throw .init() }
      if byteCount == 0 { return .contiguous(offset: 0) }
      guard let offset = Int(exactly: address), offset <= fileSize, byteCount <= fileSize - offset
      else { throw .init() }
      return .contiguous(offset: offset)
    case UInt8(ascii: "k"): return try readChunks(from: &cursor, fileSize: fileSize)
    default: throw .init()
    }
  }

  private func readChunks(
    from cursor: inout RecordCursor, fileSize: Int
  ) throws(HDF5Catalogue.Malformed) -> Storage {
    var chunk: [Int] = []
    var grid: [Int] = []
    for extent in extents {
      let length = try cursor.size()
      guard length > 0 else { throw .init() }
      chunk.append(length)
      grid.append(extent / length + (extent % length == 0 ? 0 : 1))
    }
    guard try Self.product(chunk + [element.size]) <= 64 << 20 else { throw .init() }
    let count = try cursor.size()
    guard try Self.product(grid) == count, count <= cursor.remaining / 16 else { throw .init() }
    var table: [Chunk] = []
    table.reserveCapacity(count)
    for _ in 0..<count {
      let one = Chunk(
        offset: try cursor.word(), size: try cursor.halfWord(), filterMask: try cursor.halfWord())
      guard let offset = Int(exactly: one.offset), offset <= fileSize,
        Int(one.size) <= fileSize - offset
      else { throw .init() }
      table.append(one)
    }
    return .chunked(extents: chunk, table)
  }
}
