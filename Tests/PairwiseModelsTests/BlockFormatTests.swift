import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// Every stored format against its definition, one element at a time.
///
/// The definitions are those of `ggml-quants.c` (`dequantize_row_*`), written here by element instead of by
/// byte. Results must agree to the bit: each is one or two rounded operations.
struct BlockFormatTests {
  struct Format: CustomTestStringConvertible, Sendable {
    var name: String
    var type: UInt32
    var elements: Int
    var bytes: Int
    /// Where half-precision scales stand in a block.
    var halves: [Int]
    var value: @Sendable (_ block: [UInt8], _ element: Int) -> Float
    var testDescription: String { name }
  }

  /// IEEE half precision by its definition.
  static func half(_ block: [UInt8], _ at: Int) -> Float {
    let bits = UInt16(block[at]) | UInt16(block[at + 1]) << 8
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      let scale = Float(sign: .plus, exponent: exponent - 15, significand: 1)
      return sign * (1 + fraction * 0x1p-10) * scale
    }
  }

  /// Nibble of element `i` of 32: low halves first, then high halves.
  static func nibble(_ block: [UInt8], _ start: Int, _ i: Int) -> Int {
    let byte = block[start + i % 16]
    return Int(i < 16 ? byte & 15 : byte >> 4)
  }

  static func fifthBit(_ block: [UInt8], _ start: Int, _ i: Int) -> Int {
    Int(block[start + i / 8] >> UInt8(i % 8) & 1) << 4
  }

  /// Scale (or minimum) of part `j` of 8: six bits, spread over 12 bytes.
  static func six(_ block: [UInt8], _ j: Int, minimum: Bool) -> Int {
    let s = Array(block[4..<16])
    if j < 4 { return Int(s[minimum ? j + 4 : j] & 63) }
    let low = minimum ? s[j + 4] >> 4 : s[j + 4] & 15
    let high = s[minimum ? j : j - 4] >> 6
    return Int(low | high << 4)
  }

  static let formats: [Format] = [
    Format(name: "F32", type: 0, elements: 1, bytes: 4, halves: []) { b, _ in
      Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(b[$1]) << UInt32(8 * $1) })
    },
    Format(name: "F16", type: 1, elements: 1, bytes: 2, halves: [0]) { b, _ in half(b, 0) },
    Format(name: "BF16", type: 30, elements: 1, bytes: 2, halves: []) { b, _ in
      Float(bitPattern: UInt32(b[0]) << 16 | UInt32(b[1]) << 24)
    },
    Format(name: "F64", type: 28, elements: 1, bytes: 8, halves: []) { b, _ in
      Float(Double(bitPattern: (0..<8).reduce(0) { $0 | UInt64(b[$1]) << UInt64(8 * $1) }))
    },
    Format(name: "Q4_0", type: 2, elements: 32, bytes: 18, halves: [0]) { b, i in
      Float(nibble(b, 2, i) - 8) * half(b, 0)
    },
    Format(name: "Q4_1", type: 3, elements: 32, bytes: 20, halves: [0, 2]) { b, i in
      Float(nibble(b, 4, i)) * half(b, 0) + half(b, 2)
    },
    Format(name: "Q5_0", type: 6, elements: 32, bytes: 22, halves: [0]) { b, i in
      Float((nibble(b, 6, i) | fifthBit(b, 2, i)) - 16) * half(b, 0)
    },
    Format(name: "Q5_1", type: 7, elements: 32, bytes: 24, halves: [0, 2]) { b, i in
      Float(nibble(b, 8, i) | fifthBit(b, 4, i)) * half(b, 0) + half(b, 2)
    },
    Format(name: "Q8_0", type: 8, elements: 32, bytes: 34, halves: [0]) { b, i in
      Float(Int8(bitPattern: b[2 + i])) * half(b, 0)
    },
    Format(name: "Q4_K", type: 12, elements: 256, bytes: 144, halves: [0, 2]) { b, i in
      let part = i / 32
      let byte = b[16 + i / 64 * 32 + i % 32]
      let q = Float(part % 2 == 0 ? byte & 15 : byte >> 4)
      let scale = half(b, 0) * Float(six(b, part, minimum: false))
      return scale * q - half(b, 2) * Float(six(b, part, minimum: true))
    },
    Format(name: "Q6_K", type: 14, elements: 256, bytes: 210, halves: [208]) { b, i in
      let (side, run, l) = (i / 128, i % 128 / 32, i % 32)
      let low = b[64 * side + 32 * (run % 2) + l]
      let high = b[128 + 32 * side + l] >> UInt8(2 * run) & 3
      let q = Int(run < 2 ? low & 15 : low >> 4) | Int(high) << 4
      return half(b, 208) * Float(Int8(bitPattern: b[192 + i / 16])) * Float(q - 32)
    },
  ]

  private let folder = TemporaryFolder()

  /// Random blocks, enough for several tasks of the worker pool, with a ragged end.
  @Test(arguments: formats) func matchesItsDefinition(_ format: Format) throws {
    let blocks = max(3, 600_000 / format.elements)
    var numbers = SeededNumbers(UInt64(format.type) + 1)
    var bytes = [UInt8](repeating: 0, count: blocks * format.bytes)
    for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: numbers.next()) }
    var builder = GGUFBuilder()
    builder.add("t", format.type, [format.elements, blocks], bytes)
    let path = folder.file("x.gguf")
    try FileAccess.write(builder.bytes, to: path)
    let file = try GGUFFile(path)
    #expect(file.encoding(of: "t")?.rawValue == format.name)
    #expect(file.shape(of: "t") == [blocks, format.elements])
    let tensor = try file.tensor("t")
    var wrong = 0
    for block in 0..<blocks {
      let content = Array(bytes[block * format.bytes..<(block + 1) * format.bytes])
      for i in 0..<format.elements {
        let want = format.value(content, i)
        let got = tensor[flat: block * format.elements + i]
        if got.bitPattern != want.bitPattern && !(got.isNaN && want.isNaN) { wrong += 1 }
      }
    }
    #expect(wrong == 0, "\(wrong) of \(tensor.count) elements differ")
  }

  /// All 65,536 half-precision numbers, subnormals, infinities and NaN among them.
  @Test func everyHalf() throws {
    let bytes = (0..<65_536).flatMap { GGUFBuilder.little(UInt16($0)) }
    var builder = GGUFBuilder()
    builder.add("t", 1, [65_536], bytes)
    let path = folder.file("half.gguf")
    try FileAccess.write(builder.bytes, to: path)
    let tensor = try GGUFFile(path).tensor("t")
    for i in 0..<65_536 {
      let want = BlockFormatTests.half(Array(bytes[2 * i..<2 * i + 2]), 0)
      let got = tensor[flat: i]
      #expect(got.bitPattern == want.bitPattern || (got.isNaN && want.isNaN))
    }
  }
}
