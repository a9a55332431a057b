internal import PairwiseConfig
public import PairwiseData
public import PairwiseTensor
internal import SystemPackage

extension SafeTensorsFile {
  /// Writes Float32 tensors to a new file, in the order given, and waits until it is on disk.
  ///
  /// The same tensors give the same bytes. The header is padded with spaces so that the data start at a
  /// multiple of 8, as the format asks. Traps if two tensors have the same name.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = ["format": "pt"],
    to path: String
  ) throws(DataError) {
    try write(TensorList(tensors), metadata: metadata, to: path)
  }

  /// Writes all tensors of a source as Float32. They are read one after the other, so that memory holds
  /// one at a time beside what the source itself keeps.
  ///
  /// - Throws: what reading the source or writing the file throws; `.invalid` for a tensor that has more
  ///   than four axes or is not made of floating-point numbers.
  public static func write(
    _ source: any WeightSource, metadata: [String: String] = ["format": "pt"], to path: String
  ) throws(DataError) {
    let head = try header(source, metadata)
    try FileAccess.write(to: path) { (file) throws(DataError) in
      try FileAccess.append(head, to: file, path)
      for name in source.names {
        let tensor = try source.tensor(name)
        let bytes = unsafe UnsafeRawBufferPointer(
          start: tensor.pointer, count: tensor.count * MemoryLayout<Float>.stride)
        unsafe try FileAccess.append(bytes, to: file, path)
      }
    }
  }

  /// Length and JSON: everything before the data.
  private static func header(_ source: any WeightSource, _ metadata: [String: String])
    throws(DataError) -> [UInt8]
  {
    var writer = JSONWriter()
    writer.beginObject()
    if !metadata.isEmpty {
      writer.key("__metadata__")
      writer.beginObject()
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        writer.key(key)
        writer.value(value)
      }
      writer.endObject()
    }
    var offset = 0
    for name in source.names {
      guard let shape = source.shape(of: name), let bytes = StoredTensor.bytes(shape, .float32)
      else { throw DataError(.invalid, file: source.path, "tensor '\(name)' is too large") }
      writer.key(name)
      writer.write(
        ConfigNode(
          .table([
            .init(key: "dtype", value: TensorEncoding.float32.rawValue.configNode),
            .init(key: "shape", value: shape.configNode),
            .init(key: "data_offsets", value: [offset, offset + bytes].configNode),
          ])))
      offset += bytes
    }
    writer.endObject()
    var header = writer.bytes
    while header.count % 8 != 0 { header.append(0x20) }
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
  }
}
