import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// The head of a GGUF file, and every way it can lie.
struct GGUFFileTests {
  private let folder = TemporaryFolder()

  private func write(_ bytes: [UInt8]) throws -> String {
    let path = folder.file("x.gguf")
    try FileAccess.write(bytes, to: path)
    return path
  }

  /// What is said about a file, after every tensor was read.
  private func message(_ bytes: [UInt8]) throws -> String {
    let path = try write(bytes)
    do throws(DataError) {
      let file = try GGUFFile(path)
      for name in file.names { _ = try file.tensor(name) }
      return "accepted"
    } catch {
      return (error.place.map { $0 + ": " } ?? "") + error.message
    }
  }

  private static var small: GGUFBuilder {
    var builder = GGUFBuilder()
    builder.set("general.architecture", "llama")
    builder.set("list", ["a", "b"])
    builder.add("w", Tensor([2, 3], [1, 2, 3, 4, 5, 6]))
    builder.add("q", 2, [32], [UInt8](repeating: 0, count: 18))
    return builder
  }

  @Test(arguments: [2, 3]) func reads(version: Int) throws {
    var builder = GGUFFileTests.small
    builder.version = UInt32(version)
    let file = try GGUFFile(write(builder.bytes))
    #expect(file.version == version)
    #expect(file.names == ["w", "q"])
    #expect(file.shape(of: "w") == [2, 3])
    #expect(try file.tensor("w") == Tensor([2, 3], [1, 2, 3, 4, 5, 6]))
    #expect(try file.tensor("q") == .zeros([32]))
    #expect(file.metadata.map(\.key) == ["general.architecture", "list"])
    #expect(file["list"] == .array([.string("a"), .string("b")]))
    #expect(file.shape(of: "x") == nil)
    #expect(throws: DataError.self) { try file.tensor("x") }
  }

  @Test func metadataTypes() throws {
    var builder = GGUFBuilder()
    builder.metadata = [
      ("u8", 0, [200]), ("i8", 1, [200]), ("u16", 2, [1, 255]), ("i16", 3, [1, 255]),
      ("u32", 4, [1, 0, 0, 255]), ("i32", 5, [1, 0, 0, 255]), ("f32", 6, [0, 0, 0x20, 0x40]),
      ("bool", 7, [1]), ("string", 8, GGUFBuilder.text("é")),
      ("u64", 10, [UInt8](repeating: 255, count: 8)),
      ("i64", 11, [UInt8](repeating: 255, count: 8)),
      ("f64", 12, [0, 0, 0, 0, 0, 0, 0x04, 0x40]),
      (
        "nested", 9,
        GGUFBuilder.little(UInt32(9)) + GGUFBuilder.little(UInt64(1))
          + GGUFBuilder.little(UInt32(7)) + GGUFBuilder.little(UInt64(2)) + [0, 1]
      ),
      ("cut", 8, GGUFBuilder.little(UInt64(2)) + [0x61, 0xC3]),
    ]
    let file = try GGUFFile(write(builder.bytes))
    let expected: [(String, GGUFValue)] = [
      ("u8", .unsigned(200)), ("i8", .signed(-56)), ("u16", .unsigned(65_281)),
      ("i16", .signed(-255)), ("u32", .unsigned(4_278_190_081)), ("i32", .signed(-16_777_215)),
      ("f32", .float(2.5)), ("bool", .bool(true)), ("string", .string("é")),
      ("u64", .unsigned(.max)), ("i64", .signed(-1)), ("f64", .double(2.5)),
      ("nested", .array([.array([.bool(false), .bool(true)])])), ("cut", .string("a\u{FFFD}")),
    ]
    for (key, value) in expected { #expect(file[key] == value, "\(key)") }
    #expect(file.metadata.count == expected.count)
    #expect(file["u64"]?.integer == nil)
    #expect(file["i8"]?.integer == -56)
  }

  @Test func alignment() throws {
    var builder = GGUFFileTests.small
    builder.set("general.alignment", 64)
    builder.alignment = 64
    #expect(try message(builder.bytes) == "accepted")
    builder.entries[1].offset = 32
    #expect(
      try message(builder.bytes) == "tensor 'q': starts at byte 32 of the data, no multiple of 64")
    builder.metadata[2].bytes = GGUFBuilder.little(UInt32(48))
    #expect(
      try message(builder.bytes)
        == "expected general.alignment to be a power of two up to 1048576")
  }

  @Test func tensorsAreChecked() throws {
    func changed(_ change: (inout GGUFBuilder) -> Void) throws -> String {
      var builder = GGUFFileTests.small
      change(&builder)
      return try message(builder.bytes)
    }
    #expect(try changed { $0.entries[1].name = "w" } == "tensor 'w': the name appears twice")
    #expect(
      try changed { $0.entries[1].offset = 0 } == "tensor 'q': its bytes overlap those of 'w'")
    #expect(
      try changed { $0.entries[0].extents = [3, 1 << 20] }
        == "tensor 'w': needs bytes 0 to 12582912 of the data, the file has 50")
    #expect(
      try changed { $0.entries[0].extents = [3, 1 << 40] }
        == "tensor 'w': 1099511627776 rows or columns, expected at most 2147483647")
    #expect(
      try changed { $0.entries[0].extents = [2_147_483_647, 2_147_483_647, 2_147_483_647, 0] }
        == "tensor 'w': shape [0, 2147483647, 2147483647, 2147483647] is too large or no multiple "
        + "of 1 columns, as F32 asks")
    #expect(
      try changed { $0.entries[1].extents = [16, 2] }
        == "tensor 'q': shape [2, 16] is too large or no multiple of 32 columns, as Q4_0 asks")
    #expect(
      try changed { $0.entries[0].extents = [1, 1, 1, 1, 1] }
        == "tensor 'w': 5 axes, expected at most 4")
    #expect(
      try changed { $0.entries[0].type = 11 }
        == "tensor 'w': stored as Q3_K, expected one of F32, F64, F16, BF16, Q4_0, Q4_1, Q5_0, "
        + "Q5_1, Q8_0, Q4_K, Q6_K")
    #expect(try changed { $0.entries[0].type = 4 }.hasPrefix("tensor 'w': stored as type 4, "))
    #expect(
      try changed { $0.entries[0].offset = .max }.hasPrefix(
        "tensor 'w': 18446744073709551615 bytes before the data, expected at most "))
    #expect(
      try changed { $0.entries[0].type = 24 }
        == "tensor 'w': expected floating-point numbers, found I8")
  }

  @Test func headsAreChecked() throws {
    let good = GGUFFileTests.small.bytes
    func patched(_ position: Int, _ bytes: [UInt8]) throws -> String {
      try message(Array(good[..<position]) + bytes + good[(position + bytes.count)...])
    }
    let many = [UInt8](repeating: 255, count: 8)
    let end = good.count
    #expect(try message([]) == "expected a GGUF file")
    #expect(try patched(0, [0x67]) == "expected a GGUF file")
    #expect(try patched(4, [1]) == "GGUF version 1, expected 2 or 3")
    #expect(try patched(4, [0, 0, 0, 3]) == "big-endian GGUF is not supported")
    #expect(
      try patched(8, many) == "18446744073709551615 tensors, expected at most \(end / 24)")
    #expect(
      try patched(16, many)
        == "18446744073709551615 metadata keys, expected at most \(end / 13)")
    #expect(try patched(16, [200]).hasPrefix("200 metadata keys, expected at most "))
    #expect(
      try patched(24, many).hasPrefix("metadata: 18446744073709551615 bytes of a name, expected"))
    #expect(try patched(32, [0xFF]) == "metadata: expected a name in UTF-8")
    #expect(
      try patched(52, [99]) == "metadata 'general.architecture': metadata type 99 is unknown")
    #expect(
      try patched(56, many).hasPrefix(
        "metadata 'general.architecture': 18446744073709551615 bytes of text, expected at most "))
    // The list: key at 69 ("list" after 8 bytes of length), type at 81, element type 85, count 89.
    #expect(
      try patched(89, many).hasPrefix(
        "metadata 'list': 18446744073709551615 values, expected at most "))
    #expect(try patched(85, [9]).hasPrefix("metadata 'list': "))
    var twice = GGUFFileTests.small
    twice.set("list", 1)
    #expect(try message(twice.bytes) == "metadata 'list': the key appears twice")
    var deep = GGUFBuilder()
    let level = GGUFBuilder.little(UInt32(9)) + GGUFBuilder.little(UInt64(1))
    deep.metadata = [("d", 9, (0..<1000).flatMap { _ in level })]
    #expect(try message(deep.bytes) == "metadata 'd': lists nested too deeply")
    var truth = GGUFBuilder()
    truth.metadata = [("t", 7, [2])]
    #expect(try message(truth.bytes + many) == "metadata 't': expected a truth value, found 2")
  }

  /// Any single flipped bit either leaves a readable file or gives an error, and no cut file is taken for
  /// whole: never a trap.
  @Test func flippedBitsAndCuts() throws {
    let bytes = GGUFFileTests.small.bytes
    for position in bytes.indices {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[position] ^= 1 << UInt8(bit)
        #expect(!(try message(damaged)).isEmpty)
      }
      #expect(try message(Array(bytes.prefix(position))) != "accepted")
    }
  }
}
