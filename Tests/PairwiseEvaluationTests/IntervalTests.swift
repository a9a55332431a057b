import PairwiseEvaluation
import RealModule
import Testing

struct NormalTests {
  // mpmath: sqrt(2) * erfinv(2p − 1) with 60 digits.
  @Test(arguments: [
    (0.5, 0), (0.975, 1.959963984540054), (0.995, 2.5758293035489004), (0.9, 1.2815515655446004),
    (0.025, -1.959963984540054), (1e-10, -6.361340902404056), (1e-300, -37.0471),
  ])
  func quantile(p: Double, expected: Double) {
    let tolerance = p == 1e-300 ? 1e-5 : 4e-15  // the last one is known to six digits only
    #expect(distance(Normal.quantile(p), expected) < tolerance)
  }

  @Test func invertsTheDistribution() {
    var p = 1e-12
    while p < 0.9999 {
      let back = Normal.cumulative(Normal.quantile(p))
      // A relative error of one ulp in z is |z|·density/p ≈ z² ulps in p.
      #expect(abs(back - p) <= 1e-13 * p, "p = \(p)")
      p *= 1.37
    }
  }
}

struct WilsonTests {
  // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
  @Test(arguments: [
    (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
  ])
  func publishedValues(successes: Int, count: Int, low: Double, high: Double) throws {
    let interval = try Interval.wilson(successes: successes, of: count)
    #expect(abs(interval.low - low) <= 0.00005)  // four printed digits
    #expect(abs(interval.high - high) <= 0.00005)
    #expect(interval.method == .wilson)
    #expect(interval.level == 0.95)
  }

  @Test func isSymmetricAndStaysInside() throws {
    for count in [1, 2, 7, 100, 1_000_000_007] {
      for successes in Set([0, 1, count / 3, count - 1, count]) {
        for level in [0.5, 0.95, 0.999999] {
          let interval = try Interval.wilson(successes: successes, of: count, level: level)
          let mirror = try Interval.wilson(successes: count - successes, of: count, level: level)
          #expect(interval.low >= 0 && interval.high <= 1)
          #expect(interval.contains(Double(successes) / Double(count)))
          #expect(abs(interval.low - (1 - mirror.high)) < 1e-12)
          #expect(interval.width > 0)
        }
      }
    }
  }

  /// The exact coverage: the binomial probability of all outcomes whose interval holds p.
  @Test(arguments: [20, 50, 200], [0.1, 0.3, 0.5, 0.73, 0.9])
  func coverage(count: Int, p: Double) throws {
    var covered = 0.0
    var mass = Double.pow(1 - p, count)  // P(0)
    for successes in 0...count {
      if try Interval.wilson(successes: successes, of: count).contains(p) { covered += mass }
      mass *= Double(count - successes) / Double(successes + 1) * p / (1 - p)
    }
    // Wilson's coverage wavers around 0.95; Brown et al. 2001 show 0.92 … 0.98 for these.
    #expect((0.92...0.985).contains(covered), "\(covered)")
  }

  @Test func refusesNonsense() {
    #expect(
      error { () throws(EvaluationError) in _ = try Interval.wilson(successes: 0, of: 0) }
        == .empty("proportion"))
    let tooMany = error { () throws(EvaluationError) in
      _ = try Interval.wilson(successes: 3, of: 2)
    }
    #expect(tooMany?.description == "successes: found 3, expected 0 … 2")
    let level = error { () throws(EvaluationError) in
      _ = try Interval.wilson(successes: 1, of: 2, level: 1)
    }
    #expect(
      level?.description == "confidence level: found 1.0, expected a number between 0 and 1")
  }
}

struct BootstrapTests {
  @Test func generatorIsSplitMix64() {
    // Methods reference, §0.4: seed 0 and seed 42.
    var zero = BootstrapGenerator(seed: 0)
    #expect(zero.next() == 0xe220_a839_7b1d_cdaf)
    #expect(zero.next() == 0x6e78_9e6a_a1b9_65f4)
    #expect(zero.next() == 0x06c4_5d18_8009_454f)
    var answer = BootstrapGenerator(seed: 42)
    #expect(abs(answer.uniform() - 0.7415648788) < 5e-11)
  }

  @Test func theSameSeedGivesTheSameInterval() throws {
    let values = (0..<100).map { Double($0 % 7) }
    let first = try Bootstrap(seed: 3).mean(of: values)
    #expect(try first == Bootstrap(seed: 3).mean(of: values))
    #expect(try first != Bootstrap(seed: 4).mean(of: values))
    #expect(first.method == .bootstrapPercentile)
  }

  @Test func agreesWithTheNormalIntervalOnManyRows() throws {
    let values = try simulatedScores(5000, seed: 9).margins
    let bootstrap = try Interval.mean(of: values)
    let normal = try Interval.mean(of: values + values + values + values + values)
    #expect(bootstrap.method == .bootstrapPercentile)
    #expect(normal.method == .normal)
    // Five times the rows: √5 narrower. A percentile of 1000 resamples has a standard error of
    // about 1/√(1000) · 1.6 ≈ 5 % of the half width; three of them.
    #expect(abs(bootstrap.width / normal.width / 5.0.squareRoot() - 1) < 0.15)
    #expect(abs((bootstrap.low + bootstrap.high) / 2 - (normal.low + normal.high) / 2) < 0.02)
  }

  /// 400 samples of 60 skewed values: the share of intervals that hold the true mean.
  @Test func coverage() throws {
    var generator = BootstrapGenerator(seed: 77)
    var covered = 0
    for trial in 0..<400 {
      let values = (0..<60).map { _ in generator.uniform() * generator.uniform() }  // mean 1/4
      let interval = try Bootstrap(resamples: 300, seed: UInt64(trial)).mean(of: values)
      if interval.contains(0.25) { covered += 1 }
    }
    // The percentile interval is a little too narrow at n = 60 (about 0.94); four binomial standard
    // deviations of 400 trials are 0.047.
    #expect((0.89...0.985).contains(Double(covered) / 400), "\(covered)")
  }

  @Test func aConstantShiftMovesTheInterval() throws {
    let values = (0..<64).map { Double($0 * $0 % 17) }
    let plain = try Bootstrap(resamples: 200).mean(of: values)
    let shifted = try Bootstrap(resamples: 200).mean(of: values.map { $0 + 8 })  // exact sums
    #expect(shifted.low == plain.low + 8)
    #expect(shifted.high == plain.high + 8)
  }

  @Test func weightsOfOneChangeNothing() throws {
    let values = (0..<50).map { Double($0 % 3) }
    let ones = [Double](repeating: 1, count: 50)
    #expect(
      try Bootstrap().weightedMean(of: values, weights: ones) == Bootstrap().mean(of: values))
    // All weight on one row: its value, whenever it is drawn at all.
    var single = [Double](repeating: 0, count: 50)
    single[7] = 2
    let interval = try Bootstrap().weightedMean(of: values, weights: single)
    #expect(interval.low == values[7] && interval.high == values[7])
  }

  @Test func differencesOfUnequalSets() throws {
    let low = (0..<200).map { Double($0 % 10) }
    let high = (0..<300).map { Double($0 % 10) + 3 }
    let interval = try Bootstrap().difference(high, low)
    #expect(interval.contains(3))
    #expect(interval.low > 2 && interval.high < 4)  // its standard error is 0.26
  }

  @Test func refusesNonsense() {
    let empty = error { () throws(EvaluationError) in _ = try Bootstrap().mean(of: []) }
    #expect(empty?.description == "bootstrap: found no pairs, expected at least one")
    let none = error { () throws(EvaluationError) in
      _ = try Bootstrap(resamples: 0).mean(of: [1])
    }
    #expect(none?.description == "bootstrap resamples: found 0, expected 1 … 1000000")
    let bad = error { () throws(EvaluationError) in _ = try Bootstrap().mean(of: [1, .nan]) }
    #expect(bad?.description == "bootstrap: row 1: found nan, expected a finite number")
  }
}
