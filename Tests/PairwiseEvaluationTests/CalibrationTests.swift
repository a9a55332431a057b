import PairwiseEvaluation
import Testing

struct CalibrationTests {
  // Methods reference, §8.2, worked example.
  private static let confidences = [
    0.95, 0.85, 0.75, 0.65, 0.55, 0.92, 0.81, 0.58, 0.99, 0.61,
  ]
  private static let correct = [
    true, true, false, true, false, true, true, true, true, false,
  ]

  /// The same pairs as scores: a wrong one has a negative margin.
  private static func scores() throws(EvaluationError) -> PairScores {
    let chosen = zip(confidences, correct).map { $1 ? Logistic.logit($0) : -Logistic.logit($0) }
    return try PairScores(chosen: chosen, rejected: chosen.map { _ in 0 })
  }

  @Test func workedExample() throws {
    let ten = try Calibration(confidences: Self.confidences, correct: Self.correct)
    #expect(distance(ten.expectedError, 0.162) < 1e-12)
    #expect(distance(ten.maximumError, 0.75) < 1e-12)
    let five = try Calibration(confidences: Self.confidences, correct: Self.correct, bins: 5)
    #expect(distance(five.expectedError, 0.162) < 1e-12)
    #expect(abs(five.maximumError - 0.3366666667) < 5e-11)  // ten printed digits
    #expect(distance(ten.brier, 0.16036) < 1e-12)
    #expect(abs(ten.logLoss - 0.4619885889) < 5e-11)
  }

  @Test func workedExampleFromScores() throws {
    let scores = try Self.scores()
    let before = try Calibration(scores)
    #expect(distance(before.expectedError, 0.162) < 1e-12)
    #expect(distance(before.brier, 0.16036) < 1e-12)
    let temperature = Temperature(fitting: scores)
    #expect(temperature.outcome == .optimum)
    #expect(abs(temperature.inverse - 1.0329689209) < 5e-11)
    #expect(abs(temperature.value - 0.9680833370) < 5e-11)
    let after = try Calibration(scores, at: temperature)
    #expect(abs(after.logLoss - 0.4618754683) < 5e-11)
  }

  @Test func binsAreOpenBelowAndClosedAbove() throws {
    // 0.7 · 10 and 0.6 · 10 are not what they look like in binary; edges decide.
    let edges = [0.6, 0.7, 0.7.nextUp, 0.8]
    let table = try Calibration(confidences: edges, correct: [true, true, true, true]).bins
    #expect(table.map(\.count) == [0, 0, 0, 0, 0, 1, 1, 2, 0, 0])
    #expect(table[6].low == 0.6 && table[6].high == 0.7)
    #expect(table[0].confidence == nil && table[0].accuracy == nil)
  }

  @Test func halfRangeIsNamedAndFiner() throws {
    let half = try Calibration(
      confidences: Self.confidences, correct: Self.correct, bins: 5, binning: .equalWidth(.half))
    // Five bins over (½, 1] are the upper five of ten over 0 … 1.
    #expect(distance(half.maximumError, 0.75) < 1e-12)
    #expect(half.bins.map(\.count) == [2, 2, 1, 2, 3])
    #expect(half.binning == .equalWidth(.half))
  }

  @Test func quantileBinsHoldEqualShares() throws {
    let quantile = try Calibration(
      confidences: Self.confidences, correct: Self.correct, bins: 5, binning: .quantile)
    #expect(quantile.bins.map(\.count) == [2, 2, 2, 2, 2])
    let ties = try Calibration(
      confidences: [0.9, 0.9, 0.9, 0.6], correct: [true, true, false, true], bins: 4,
      binning: .quantile)
    #expect(ties.bins.map(\.count) == [1, 3, 0, 0])
    #expect(ties.bins.map(\.count).reduce(0, +) == 4)
  }

  @Test(arguments: 0..<10) func laws(seed: UInt64) throws {
    let scores = try simulatedScores(300, seed: seed, sharpness: 2)
    for binning in [Calibration.Binning.equalWidth(.unit), .equalWidth(.half), .quantile] {
      let plain = try Calibration(scores, binning: binning)
      #expect(plain.expectedError <= plain.maximumError)
      let swapped = try PairScores(
        chosen: scores.rejected, rejected: scores.chosen, labels: scores.chosen.map { _ in 0 })
      #expect(try Calibration(swapped, binning: binning) == plain)
      let reversed = try PairScores(
        chosen: scores.chosen.reversed(), rejected: scores.rejected.reversed())
      #expect(try Calibration(reversed, binning: binning) == plain)
    }
    let scaled = try scores.scaled(by: 0.37)
    #expect(PairStatistics(scaled).accuracy == PairStatistics(scores).accuracy)
  }

  @Test func perfectlyCalibratedScoresHaveNoError() throws {
    // Labels are drawn from σ(Δ): a bin's share has a standard error of at most ½/√n_b, and with
    // 200,000 rows in five bins the mean of their absolute values stays below 0.003.
    let large = try Calibration(simulatedScores(200_000, seed: 1))
    #expect(large.expectedError < 0.005, "\(large.expectedError)")
    let small = try Calibration(simulatedScores(500, seed: 1))
    #expect(large.expectedError < small.expectedError)
  }

  @Test func refusesNonsense() {
    let bins = error { () throws(EvaluationError) in
      _ = try Calibration(confidences: [0.6], correct: [true], bins: 0)
    }
    #expect(bins?.description == "calibration bins: found 0, expected 1 … 10000")
    let one = error { () throws(EvaluationError) in
      _ = try Calibration(confidences: [0.6, 1], correct: [true, true])
    }
    #expect(
      one?.description == "confidence: row 1: found 1.0, expected a number between 0 and 1")
  }
}

struct TemperatureTests {
  @Test(arguments: [0.01, 0.5, 1, 3, 200]) func findsTheScaleThatWasApplied(sharpness: Double)
    throws
  {
    let reference = Temperature(fitting: try simulatedScores(4000, seed: 2))
    // Labels follow σ(Δ): b has a standard error of about 1/√(n · mean Δ²σσ') ≈ 0.03.
    #expect(abs(reference.inverse - 1) < 0.1)
    let fitted = Temperature(fitting: try simulatedScores(4000, seed: 2, sharpness: sharpness))
    #expect(fitted.outcome == .optimum)
    // The fit is equivariant, up to the rounding of the scaled scores.
    #expect(distance(fitted.inverse * sharpness, reference.inverse) < 1e-12)
  }

  @Test func neverWorsensTheLoss() throws {
    for seed in 0..<5 as Range<UInt64> {
      let scores = try simulatedScores(200, seed: seed, sharpness: 4)
      let temperature = Temperature(fitting: scores)
      let best = try Calibration(scores, at: temperature).logLoss
      for factor in [0.9, 0.99, 1.01, 1.1] {
        let other = Temperature(inverse: temperature.inverse * factor)
        #expect(try Calibration(scores, at: other).logLoss >= best)
      }
    }
  }

  @Test func edgeCases() throws {
    func fit(_ margins: [Double], labels: [Double]? = nil) throws -> Temperature {
      Temperature(
        fitting: try PairScores(
          chosen: margins, rejected: margins.map { _ in 0 }, labels: labels))
    }
    #expect(try fit([1, 2, 3]) == Temperature(inverse: 1e4, outcome: .separable))
    #expect(try fit([0, 2]) == Temperature(inverse: 1e4, outcome: .separable))
    #expect(try fit([-1, -2], labels: [0, 0]) == Temperature(inverse: 1e4, outcome: .separable))
    #expect(try fit([-1, 1]) == Temperature(inverse: 1e-4, outcome: .uninformative))
    #expect(try fit([-3, 1]) == Temperature(inverse: 1e-4, outcome: .uninformative))
    #expect(try fit([0, 0]) == Temperature(inverse: 1, outcome: .flat))
    #expect(try fit([1, 2], labels: [0.5, 0.5]).outcome == .uninformative)
    // Right twice as often as wrong with margin 1e-7: the best b is ln 2 · 1e7, beyond the end.
    #expect(try fit([1e-7, 1e-7, -1e-7]) == Temperature(inverse: 1e4, outcome: .clamped))
    #expect(try fit([1e7, 1e7, -1e7]) == Temperature(inverse: 1e-4, outcome: .clamped))
    // Soft labels have a finite optimum even when all agree: σ(b) = 0.9, b = ln 9.
    #expect(distance(try fit([1, 1], labels: [0.9, 0.9]).inverse, 2.1972245773362196) < 1e-14)
  }
}
