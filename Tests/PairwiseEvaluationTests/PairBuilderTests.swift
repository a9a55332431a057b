import PairwiseEvaluation
import Testing

struct PairBuilderTests {
  private let scores = [0.2, 1.5, -0.7, 1.5, 0.6]

  @Test func bestAgainstWorst() throws {
    let builder = PairBuilder()
    #expect(try builder.pairs(of: scores) == [.init(chosen: 1, rejected: 2, gap: 2.2)])
    #expect(try builder.pairs(of: [1, 1]).isEmpty)
    #expect(try builder.pairs(of: []).isEmpty)
    #expect(try builder.pairs(of: [1]).isEmpty)
  }

  @Test func everyPairAboveAGap() throws {
    var builder = PairBuilder()
    builder.rule = .allAboveGap
    builder.smallestGap = 1
    let pairs = try builder.pairs(of: scores)
    // 1.5 twice over 0.2 and −0.7, 0.6 over −0.7; 1.5 − 0.6 = 0.9 is too close.
    #expect(
      pairs.map { [$0.chosen, $0.rejected] } == [[1, 0], [1, 2], [3, 0], [3, 2], [4, 2]])
  }

  @Test func bestAgainstOneThatIsWorse() throws {
    var builder = PairBuilder()
    builder.rule = .bestRandom
    var seen = Set<Int>()
    for prompt in 0..<200 {
      let pairs = try builder.pairs(of: scores, prompt: prompt)
      let again = try builder.pairs(of: scores, prompt: prompt)
      #expect(pairs.count == 1 && pairs[0].chosen == 1 && pairs == again)
      seen.insert(pairs[0].rejected)
    }
    // The other best is no rejected side.
    #expect(seen == [0, 2, 4])
  }

  @Test func refusals() {
    var builder = PairBuilder()
    #expect(throws: EvaluationError.self) { try builder.pairs(of: [1, .nan]) }
    builder.smallestGap = -1
    #expect(throws: EvaluationError.self) { try builder.pairs(of: [1, 2]) }
  }
}

/// Worked example of the methods reference, §3.3.
struct ContrastiveSpreadTests {
  private let first: [[Double]] = [[1, 0], [0.6, 0.8], [-1, 1]]
  private let second: [[Double]] = [[0.9, 0.1], [0.5, 1.0], [-0.8, 1.2]]

  @Test func workedExample() throws {
    let spread = try ContrastiveSpread(first, second, temperature: 0.5)
    for (found, expected) in zip(spread.losses, [0.3222807836, 0.5997463786, 0.2663211404]) {
      #expect(abs(found - expected) < 5e-11)
    }
    #expect(abs(spread.value - 0.3961161009) < 5e-11)
  }

  @Test func slopesAgreeWithDifferences() throws {
    let spread = try ContrastiveSpread(first, second, temperature: 0.5)
    for i in 0..<3 {
      for k in 0..<2 {
        func value(_ h: Double, inSecond: Bool) throws -> Double {
          var (a, b) = (first, second)
          if inSecond { b[i][k] += h } else { a[i][k] += h }
          return try ContrastiveSpread(a, b, temperature: 0.5).value
        }
        for inSecond in [false, true] {
          let slope =
            try (value(1e-6, inSecond: inSecond) - value(-1e-6, inSecond: inSecond)) / 2e-6
          let own = inSecond ? spread.secondSlopes[i][k] : spread.firstSlopes[i][k]
          #expect(abs(slope - own) < 1e-8)
        }
      }
    }
  }

  @Test func identities() throws {
    #expect(try ContrastiveSpread([[1, 2]], [[3, -1]]).losses == [0])
    let equal = try ContrastiveSpread([[1, 1], [1, 1], [1, 1]], [[1, 1], [1, 1], [1, 1]])
    #expect(equal.losses.allSatisfy { abs($0 - 1.0986122887) < 1e-10 })  // ln 3
    #expect(throws: EvaluationError.self) { try ContrastiveSpread([[0, 0]], [[1, 1]]) }
    #expect(throws: EvaluationError.self) { try ContrastiveSpread([[1]], [[1, 1]]) }
    #expect(throws: EvaluationError.self) { try ContrastiveSpread([[1]], [[1], [2]]) }
    #expect(throws: EvaluationError.self) { try ContrastiveSpread([[1]], [[1]], temperature: 0) }
  }
}
