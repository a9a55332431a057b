import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// The format is `u64 header length, JSON header, data`; every way it can lie is refused in one sentence.
struct SafeTensorsTests {
  private let folder = TemporaryFolder()

  private func file(_ header: String, data: [UInt8] = []) throws -> String {
    let bytes = Array(header.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: bytes.count >> (8 * $0)) }
    return try raw(length + bytes + data)
  }

  private func raw(_ bytes: [UInt8]) throws -> String {
    let path = folder.path + "/x.safetensors"
    try FileAccess.write(bytes, to: path)
    return path
  }

  private func message(_ path: String) -> String {
    do {
      let file = try SafeTensorsFile(path)
      for name in file.names { _ = try file.tensor(name) }
      return "accepted"
    } catch {
      return error.message
    }
  }

  @Test func roundTrip() throws {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("a.weight", Tensor([2, 3], [1, -2, 3.5, .leastNonzeroMagnitude, -0.0, 1e30])),
      ("empty", .zeros([0, 4])), ("scalar", .scalar(7)),
    ]
    let path = folder.path + "/model.safetensors"
    try SafeTensorsFile.write(tensors, to: path)
    let file = try SafeTensorsFile(path)
    #expect(file.names == ["a.weight", "empty", "scalar"])
    for (name, tensor) in tensors {
      #expect(try file.tensor(name).array.map(\.bitPattern) == tensor.array.map(\.bitPattern))
      #expect(file.shape(of: name) == tensor.shape.array)
    }
    #expect(file.metadata == ["format": "pt"])
    let first = try FileAccess.read(path, limit: 1 << 20)
    try SafeTensorsFile.write(tensors, to: path)
    #expect(try FileAccess.read(path, limit: 1 << 20) == first)
  }

  /// 1.5 in every type: 3FF8… (F64), 3FC00000 (F32), 3E00 (F16), 3FC0 (BF16), little-endian; also the
  /// smallest half, 2⁻²⁴, and its infinity.
  @Test func elementTypes() throws {
    let header = """
      {"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"f":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},\
      "h":{"dtype":"F16","shape":[3],"data_offsets":[12,18]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[18,20]}}
      """
    let data: [UInt8] = [
      0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0xC0, 0x3F, 0, 0x3E, 1, 0, 0, 0xFC, 0xC0, 0x3F,
    ]
    let file = try SafeTensorsFile(try self.file(header, data: data))
    for name in ["d", "f", "b"] { #expect(try file.tensor(name).item == 1.5) }
    #expect(try file.tensor("h").array == [1.5, 0x1p-24, -.infinity])
  }

  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "accepted"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8,
      "tensors need 4 bytes of data, the file has 8"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4,
      "shape [2] needs 8 bytes, data_offsets give 4"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "starts at byte 4, expected 0"),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      4, "starts at byte 0, expected 4"
    ),
    (
      #"{"a":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, 1,
      "expected floating-point numbers, found I8"
    ),
    (
      #"{"a":{"dtype":"Q4_0","shape":[32],"data_offsets":[0,18]}}"#, 18,
      "expected dtype F64, F32, F16 or BF16"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]}}"#, 0,
      "shape [4611686018427387904, 4, 0] is too large"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}"#,
      0, "data_offsets reach beyond the file"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4,
      "expected a shape of whole numbers"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4,
      "expected two ascending data_offsets"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#, 4,
      "shape [4611686018427387904, 4] is too large"
    ),
    (#"[1]"#, 0, "expected a JSON object"),
    (#"{"__metadata__":{"a":1}}"#, 0, "expected texts, found an integer"),
  ])
  func headersAreChecked(header: String, bytes: Int, expected: String) throws {
    #expect(message(try file(header, data: [UInt8](repeating: 0, count: bytes))) == expected)
  }

  @Test func lengthsAreChecked() throws {
    #expect(message(try raw([1, 2, 3])) == "expected a safetensors file, found 3 bytes")
    #expect(
      message(try raw([UInt8](repeating: 0xFF, count: 16)))
        == "header length 18446744073709551615 does not fit a file of 16 bytes")
    #expect(
      message(try raw([200, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D]))
        == "header length 200 does not fit a file of 10 bytes")
  }

  /// Any single flipped bit either leaves a readable file or gives an error: never a trap.
  @Test func flippedBits() throws {
    let path = folder.path + "/flip.safetensors"
    try SafeTensorsFile.write(
      [("w", Tensor([2, 2], [1, 2, 3, 4])), ("b", Tensor([5]))], to: path)
    let bytes = try FileAccess.read(path, limit: 1 << 20)
    for position in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << UInt8(bit)
        #expect(!message(try raw(damaged)).isEmpty)
      }
    }
    for count in bytes.indices {
      #expect(message(try raw(Array(bytes.prefix(count)))) != "accepted")
    }
  }
}
