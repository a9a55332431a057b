import PairwiseModels
import PairwiseTensor

/// Writes GGUF files for tests, well-formed unless told otherwise.
struct GGUFBuilder {
  struct Entry {
    var name: String
    /// Innermost axis first, as the format has it.
    var extents: [UInt64]
    var type: UInt32
    var bytes: [UInt8]
    /// Where the data say they start; nil: behind those before.
    var offset: UInt64?
  }

  var version: UInt32 = 3
  var alignment = 32
  var metadata: [(key: String, type: UInt32, bytes: [UInt8])] = []
  var entries: [Entry] = []

  static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + text.utf8 }

  static func floats(_ values: [Float]) -> [UInt8] { values.flatMap { little($0.bitPattern) } }

  mutating func set(_ key: String, _ value: String) {
    metadata.append((key, 8, GGUFBuilder.text(value)))
  }

  mutating func set(_ key: String, _ value: Int) {
    metadata.append((key, 4, GGUFBuilder.little(UInt32(value))))
  }

  mutating func set(_ key: String, _ value: Float) {
    metadata.append((key, 6, GGUFBuilder.little(value.bitPattern)))
  }

  mutating func set(_ key: String, _ values: [String]) {
    let head = GGUFBuilder.little(UInt32(8)) + GGUFBuilder.little(UInt64(values.count))
    metadata.append((key, 9, head + values.flatMap { GGUFBuilder.text($0) }))
  }

  mutating func add(_ name: String, _ type: UInt32, _ extents: [Int], _ bytes: [UInt8]) {
    entries.append(
      Entry(name: name, extents: extents.map { UInt64($0) }, type: type, bytes: bytes))
  }

  /// A Float32 tensor as transformers has it: outermost axis first.
  mutating func add(_ name: String, _ tensor: Tensor) {
    add(name, 0, tensor.shape.array.reversed(), GGUFBuilder.floats(tensor.array))
  }

  /// The whole file.
  var bytes: [UInt8] {
    var head: [UInt8] = Array("GGUF".utf8) + GGUFBuilder.little(version)
    head += GGUFBuilder.little(UInt64(entries.count)) + GGUFBuilder.little(UInt64(metadata.count))
    for item in metadata {
      head += GGUFBuilder.text(item.key) + GGUFBuilder.little(item.type) + item.bytes
    }
    var data: [UInt8] = []
    for entry in entries {
      data += [UInt8](repeating: 0, count: padding(data.count))
      head += GGUFBuilder.text(entry.name) + GGUFBuilder.little(UInt32(entry.extents.count))
      head += entry.extents.flatMap { GGUFBuilder.little($0) }
      head += GGUFBuilder.little(entry.type)
      head += GGUFBuilder.little(entry.offset ?? UInt64(data.count))
      data += entry.bytes
    }
    return head + [UInt8](repeating: 0, count: padding(head.count)) + data
  }

  private func padding(_ count: Int) -> Int { (alignment - count % alignment) % alignment }
}
