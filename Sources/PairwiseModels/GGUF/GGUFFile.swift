public import PairwiseData
public import PairwiseTensor
internal import SystemPackage

/// A GGUF file (version 2 or 3, little-endian) opened for reading: llama.cpp's format, with metadata and
/// tensors that may be quantised. Tensors are dequantised as ggml's reference code does, to the bit.
///
/// The whole head is checked before any tensor is read: counts and lengths against the file, unique names,
/// known types, and tensors that lie aligned inside the file without overlap. Names are ggml's, shapes
/// are given outermost axis first.
///
/// - Source: `docs/gguf.md` of ggml.
public struct GGUFFile: WeightSource {
  public let path: String
  public let version: Int
  /// Metadata in file order; keys are unique.
  public let metadata: [(key: String, value: GGUFValue)]
  private let entries: [StoredTensor]
  private let indices: [String: Int]

  /// Opens a file and checks its head.
  public init(_ path: String) throws(DataError) {
    self.path = path
    let file = try FileAccess.open(path)
    defer { try? file.close() }
    var cursor = try GGUFCursor(file, path)
    guard cursor.size >= 24, try cursor.integer(UInt32.self) == 0x4655_4747 else {
      throw cursor.failure("expected a GGUF file")
    }
    let version = try cursor.integer(UInt32.self)
    guard version == 2 || version == 3 else {
      let isSwapped = (1...3).contains(version.byteSwapped)
      throw cursor.failure(
        isSwapped
          ? "big-endian GGUF is not supported" : "GGUF version \(version), expected 2 or 3")
    }
    self.version = Int(version)
    // The least a tensor's entry and a metadata pair can take.
    let tensors = try cursor.length("tensors", limit: cursor.size / 24)
    let pairs = try cursor.length("metadata keys", limit: cursor.size / 13)
    metadata = try GGUFFile.metadata(pairs, &cursor)
    let alignment = try GGUFFile.alignment(metadata, cursor)
    (entries, indices) = try GGUFFile.entries(tensors, alignment, &cursor)
    try GGUFFile.checkOverlap(entries, path)
  }

  public var names: [String] { entries.map(\.name) }

  public func shape(of name: String) -> [Int]? { indices[name].map { entries[$0].shape } }

  public func encoding(of name: String) -> TensorEncoding? {
    indices[name].map { entries[$0].encoding }
  }

  public func tensor(_ name: String) throws(DataError) -> Tensor {
    guard let index = indices[name] else {
      throw DataError(.invalid, file: path, "tensor '\(name)' is missing")
    }
    return try entries[index].read(from: path)
  }

  /// The metadata value under `key`. Linear in the number of keys, of which there are dozens.
  public subscript(key: String) -> GGUFValue? { metadata.first { $0.key == key }?.value }

  // MARK: Head

  private static func metadata(_ count: Int, _ cursor: inout GGUFCursor)
    throws(DataError) -> [(key: String, value: GGUFValue)]
  {
    var result: [(key: String, value: GGUFValue)] = []
    var seen: Set<String> = []
    for _ in 0..<count {
      cursor.place = "metadata"
      let key = try cursor.name()
      cursor.place = "metadata '\(key)'"
      guard seen.insert(key).inserted else { throw cursor.failure("the key appears twice") }
      let type = try cursor.type()
      result.append((key, try cursor.value(type)))
    }
    cursor.place = nil
    return result
  }

  private static func alignment(
    _ metadata: [(key: String, value: GGUFValue)], _ cursor: GGUFCursor
  ) throws(DataError) -> Int {
    guard let value = metadata.first(where: { $0.key == "general.alignment" })?.value else {
      return 32
    }
    guard let alignment = value.integer, (1...1 << 20).contains(alignment),
      alignment & (alignment - 1) == 0
    else { throw cursor.failure("expected general.alignment to be a power of two up to 1048576") }
    return alignment
  }

  private static func entries(_ count: Int, _ alignment: Int, _ cursor: inout GGUFCursor)
    throws(DataError) -> ([StoredTensor], [String: Int])
  {
    var entries: [StoredTensor] = []
    var indices: [String: Int] = [:]
    for _ in 0..<count {
      cursor.place = "tensors"
      let name = try cursor.name()
      cursor.place = "tensor '\(name)'"
      guard indices.updateValue(entries.count, forKey: name) == nil else {
        throw cursor.failure("the name appears twice")
      }
      entries.append(try entry(name, alignment, &cursor))
    }
    // Offsets count from the first aligned byte after the head.
    cursor.place = nil
    let start = (cursor.position + alignment - 1) / alignment * alignment
    for index in entries.indices {
      cursor.place = "tensor '\(entries[index].name)'"
      let range = entries[index].range
      let (end, overflow) = range.upperBound.addingReportingOverflow(start)
      guard !overflow, end <= cursor.size else {
        throw cursor.failure(
          "needs bytes \(range.lowerBound) to \(range.upperBound) of the data, the file has "
            + "\(max(0, cursor.size - start))")
      }
      entries[index].range = range.lowerBound + start..<end
    }
    return (entries, indices)
  }

  /// One tensor's entry, its range still counted from the start of the data.
  private static func entry(_ name: String, _ alignment: Int, _ cursor: inout GGUFCursor)
    throws(DataError) -> StoredTensor
  {
    let axes = try cursor.integer(UInt32.self)
    guard axes <= 4 else { throw cursor.failure("\(axes) axes, expected at most 4") }
    var shape: [Int] = []
    for _ in 0..<axes { shape.append(try cursor.length("rows or columns", limit: Int(Int32.max))) }
    shape.reverse()
    let number = try cursor.integer(UInt32.self)
    guard let encoding = encoding(number) else {
      let readable =
        [TensorEncoding.float32]
        + TensorEncoding.allCases.filter {
          $0.isReadable && $0 != .float32
        }
      throw cursor.failure(
        "stored as \(typeNames[number] ?? "type \(number)"), expected one of "
          + readable.map(\.rawValue).joined(separator: ", "))
    }
    guard let bytes = StoredTensor.bytes(shape, encoding) else {
      throw cursor.failure(
        "shape \(shape) is too large or no multiple of \(encoding.block.elements) columns, as "
          + "\(encoding.rawValue) asks")
    }
    let offset = try cursor.length("bytes before the data", limit: cursor.size)
    guard offset % alignment == 0 else {
      throw cursor.failure("starts at byte \(offset) of the data, no multiple of \(alignment)")
    }
    let (end, overflow) = offset.addingReportingOverflow(bytes)
    if overflow { throw cursor.failure("shape \(shape) is too large") }
    return StoredTensor(name: name, encoding: encoding, shape: shape, range: offset..<end)
  }

  private static func checkOverlap(_ entries: [StoredTensor], _ path: String) throws(DataError) {
    let sorted = entries.filter { !$0.range.isEmpty }.sorted {
      $0.range.lowerBound < $1.range.lowerBound
    }
    for (first, second) in zip(sorted, sorted.dropFirst())
    where second.range.lowerBound < first.range.upperBound {
      throw DataError(
        .invalid, file: path, place: "tensor '\(second.name)'",
        "its bytes overlap those of '\(first.name)'")
    }
  }
}
