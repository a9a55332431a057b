internal import PairwiseConfig
public import PairwiseData
public import PairwiseTensor
internal import SystemPackage

extension SafeTensorsFile {
  /// Writes Float32 tensors to a new file, in the order given, and waits until it is on disk.
  ///
  /// The same tensors give the same bytes. The header is padded with spaces so that the data start at a
  /// multiple of 8, as the format asks.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = ["format": "pt"],
    to path: String
  ) throws(DataError) {
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
    for (name, tensor) in tensors {
      let bytes = tensor.count * MemoryLayout<Float>.stride
      writer.key(name)
      writer.write(
        ConfigNode(
          .table([
            .init(key: "dtype", value: ElementType.float32.rawValue.configNode),
            .init(key: "shape", value: tensor.shape.array.configNode),
            .init(key: "data_offsets", value: [offset, offset + bytes].configNode),
          ])))
      offset += bytes
    }
    writer.endObject()
    var header = writer.bytes
    while header.count % 8 != 0 { header.append(0x20) }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try FileAccess.write(to: path) { (file) throws(DataError) in
      try FileAccess.append(length + header, to: file, path)
      for (_, tensor) in tensors {
        let bytes = unsafe UnsafeRawBufferPointer(
          start: tensor.pointer, count: tensor.count * MemoryLayout<Float>.stride)
        unsafe try FileAccess.append(bytes, to: file, path)
      }
    }
  }
}
