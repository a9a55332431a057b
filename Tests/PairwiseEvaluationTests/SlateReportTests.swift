import Glibc
import PairwiseEvaluation
import Testing

@Suite("Reports on slates")
struct SlateReportTests {
  /// Rewards 1.0, 0.2, −0.5, 0.3 ranked 0, 3, 1, 2: the worked example of the methods reference, §1.5.
  @Test("the likelihood of the worked example")
  func likelihood() throws {
    let scores = [1.0, 0.3, 0.2, -0.5]
    for (known, loss) in [(3, 2.0336594507), (1, 0.7742867148), (2, 1.6304734018)] {
      let found = try #require(ScoredSlate(scores: scores, known: known).logLikelihood)
      #expect(abs(found + loss) < 1e-10)
    }
    #expect(ScoredSlate(scores: scores, tieLevels: [0, 1, 1, 2]).logLikelihood == nil)
    // Confident orders keep their digits: ln(1 + 3e⁻⁴⁰).
    let sure = try #require(ScoredSlate(scores: [40, 0, 0, 0], known: 1).logLikelihood)
    #expect(abs(sure / (3 * exp(-40.0)) + 1) < 1e-12)
    #expect(ScoredSlate(scores: [-800, 0], known: 1).logLikelihood == -800)
  }

  @Test("pairs, τ and the best, with ties on either side")
  func figures() {
    // Pairs in order: (3,1) (3,2) (1,2): two of three.
    let plain = ScoredSlate(scores: [3, 1, 2])
    #expect(plain.pairs == (3, 2, 0) && plain.tau.map { abs($0 - 1.0 / 3) < 1e-15 } == true)
    #expect(plain.findsBest)
    // What is only known of the first place: two pairs.
    #expect(ScoredSlate(scores: [3, 1, 2], known: 1).pairs == (2, 2, 0))
    // An open pair counts for neither.
    #expect(ScoredSlate(scores: [2, 2, 1]).pairs == (3, 2, 1))
    #expect(
      ScoredSlate(scores: [2, 2, 1]).tau == 2.0 / 3 && !ScoredSlate(scores: [2, 2, 1]).findsBest)
    // Two that are best together: either may lead.
    let tied = ScoredSlate(scores: [1, 3, 2], tieLevels: [0, 0, 1])
    #expect(tied.findsBest && tied.pairs == (2, 1, 0) && tied.tau == 0)
    let level = ScoredSlate(scores: [1, 3], tieLevels: [0, 0])
    #expect(level.tau == nil && level.findsBest)
  }

  @Test("means over slates, shares over pairs, intervals around them")
  func report() throws {
    let slates = (0..<200).map { row in
      row % 4 == 0
        ? ScoredSlate(scores: [0, 1, 2]) : ScoredSlate(scores: [Double(4 + row % 3), 3, 2, 1])
    }
    let report = try SlateReport(slates)
    #expect(report.count == 200 && report.completions == 750 && report.pairs == 150 + 900)
    #expect(report.topAccuracy == 0.75 && report.tau == 0.5)
    #expect(report.pairAccuracy == 900.0 / 1050)
    let pairs = try #require(report.pairInterval)
    #expect(pairs.low < 900.0 / 1050 && pairs.high > 900.0 / 1050)
    // Of slates, not of pairs: wider than Wilson's interval of 1,050 independent pairs.
    let naive = try Interval.wilson(successes: 900, of: 1050)
    #expect(pairs.high - pairs.low > 1.5 * (naive.high - naive.low))
    let top = try #require(report.topInterval)
    #expect(top == (try Interval.wilson(successes: 150, of: 200)))
    #expect(report.logLikelihood != nil && report.logLikelihoodInterval != nil)
    // Many slates take another way to an interval of the same width.
    let many = try SlateReport((0..<110).flatMap { _ in slates })
    let wide = (pairs.high - pairs.low) / 110.0.squareRoot()
    let found = try #require(many.pairInterval)
    #expect(found.method == .normal && abs((found.high - found.low) / wide - 1) < 0.15)
  }

  @Test("nothing, and scores that are no numbers, are refused")
  func refusals() {
    #expect(throws: EvaluationError.empty("slates")) { try SlateReport([]) }
    for bad in [Double.nan, .infinity, 1e300] {
      #expect(throws: EvaluationError.self) {
        try SlateReport([ScoredSlate(scores: [1, bad])])
      }
    }
  }
}
