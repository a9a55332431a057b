import CKernels
import PairwiseTensor
import Testing

@Suite struct RandomTests {
  /// Known answers of Random123 1.14, `kat_vectors`, philox4x32 with 10 rounds.
  @Test(arguments: [
    KnownAnswer(0, 0, 0, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
    KnownAnswer(.max, .max, .max, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
    KnownAnswer(
      0x299f_31d0_a409_3822, 0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e,
      [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
  ])
  func philox(_ known: KnownAnswer) {
    var words = [UInt32](repeating: 0, count: 4)
    unsafe pw_philox(&words, known.key, known.low, known.high)
    #expect(words == known.words)
  }

  struct KnownAnswer: Sendable {
    let key: UInt64, low: UInt64, high: UInt64, words: [UInt32]
    init(_ key: UInt64, _ low: UInt64, _ high: UInt64, _ words: [UInt32]) {
      (self.key, self.low, self.high, self.words) = (key, low, high, words)
    }
  }

  private func uniform(_ key: UInt64, _ start: UInt64, _ count: Int) -> [Float] {
    var y = [Float](repeating: -1, count: count)
    unsafe pw_uniform(&y, key, start, count)
    return y
  }

  @Test func uniformNumbers() {
    let n = 1 << 20
    let y = uniform(3, 0, n)
    let inRange = y.allSatisfy { $0 >= 0 && $0 < 1 }
    #expect(inRange)
    let mean = y.reduce(0.0) { $0 + Double($1) } / Double(n)
    let variance = y.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(n)
    // Standard deviations: √(1/12n) = 2.8e-4 of the mean, √(1/180n) = 7.3e-5 of the variance; five each.
    #expect(abs(mean - 0.5) < 1.41e-3)
    #expect(abs(variance - 1.0 / 12) < 3.7e-4)
  }

  /// The first word of each counter, its upper 24 bits: a function of key and position alone.
  @Test func uniformIsAFunctionOfPosition() {
    for start in [0, 77, 1 << 40, .max - 20] as [UInt64] {
      let y = uniform(9, start, 50)
      for (i, value) in y.enumerated() {
        var words = [UInt32](repeating: 0, count: 4)
        unsafe pw_philox(&words, 9, start &+ UInt64(i), 0)
        #expect(value == Float(words[0] >> 8) * 0x1p-24)
      }
      #expect(uniform(9, start &+ 13, 37) == Array(y[13...]))
    }
    #expect(uniform(1, 0, 20) != uniform(2, 0, 20))
  }
}
