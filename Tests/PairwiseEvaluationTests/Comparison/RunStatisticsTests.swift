import PairwiseEvaluation
import RealModule
import Testing

struct StudentTests {
  // scipy.special.betainc 1.16.
  @Test(arguments: [
    (0.3, 2.0, 3.0, 0.3483), (0.01, 0.5, 0.5, 0.06376856085851985),
    (0.999, 10, 0.5, 0.8888967091248604), (0.5, 50, 60, 0.8309072939016693),
    (1e-6, 9.5, 0.5, 1.806557070987149e-58), (0, 2, 2, 0), (1, 2, 2, 1),
  ])
  func incompleteBeta(x: Double, a: Double, b: Double, expected: Double) {
    // The exponential of a sum of logarithms near 100 loses two digits.
    #expect(abs(IncompleteBeta.value(x, a, b) - expected) <= 1e-11 * expected)
  }

  // scipy.stats.t.isf.
  @Test(arguments: [
    (1.0, 0.05, 12.706204736174705), (2, 0.05, 4.302652729749464), (4, 0.05, 2.7764451051977943),
    (19, 0.05, 2.09302405440831), (4, 0.001, 8.610301581379275), (199, 0.1, 1.6525467461665635),
  ])
  func quantiles(freedom: Double, tail: Double, expected: Double) {
    let t = StudentT(freedom: freedom)
    #expect(abs(t.quantile(twoSidedTail: tail) - expected) <= 1e-10 * expected)
    #expect(abs(t.twoSidedTail(expected) - tail) <= 1e-10 * tail)
  }

  @Test func tailsAreExactFarOut() {
    #expect(distance(StudentT(freedom: 4).twoSidedTail(25) * 1e5, 1.5197525763315734) < 1e-10)
    #expect(StudentT(freedom: 3).twoSidedTail(.infinity) == 0)
    #expect(StudentT(freedom: 3).twoSidedTail(.nan) == 1)
  }

  @Test func meanOfAFewRuns() throws {
    // scipy.stats.t.interval of the same eight values.
    let values = [0.3, -0.1, 0.5, 0.8, 0.2, -0.4, 0.9, 0.6]
    let interval = try #require(try Interval.student(of: values))
    #expect(distance(interval.low, -0.021199744907466345) < 1e-12)
    #expect(distance(interval.high, 0.7211997449074663) < 1e-12)
    #expect(interval.method == .student)
    #expect(try Interval.student(of: [3]) == nil)
    #expect(error { () throws(EvaluationError) in _ = try Interval.student(of: []) } != nil)
  }

  /// Five runs: Student's interval covers as often as it says, the percentile bootstrap does not.
  @Test func coversWithFiveRuns() throws {
    var (student, bootstrap) = (0, 0)
    var noise = Noise(seed: 11)
    let repetitions = 2000
    for _ in 0..<repetitions {
      let values = (0..<5).map { _ in noise.normal() }
      if let interval = try Interval.student(of: values), interval.contains(0) { student += 1 }
      if try Bootstrap(resamples: 200).mean(of: values).contains(0) { bootstrap += 1 }
    }
    let wilson = try Interval.wilson(successes: student, of: repetitions, level: 0.999)
    #expect(wilson.contains(0.95), "covers \(student) of \(repetitions)")
    #expect(Double(bootstrap) < 0.88 * Double(repetitions), "\(bootstrap)")
  }
}

struct SignFlipTests {
  /// Every pattern, one by one.
  private func counted(_ differences: [Double]) -> Double {
    let sum = abs(differences.reduce(0, +))
    let hits = (0..<1 << differences.count).count { pattern in
      let flipped = differences.enumerated().reduce(0) { partial, item in
        partial + (pattern >> item.offset & 1 == 0 ? item.element : -item.element)
      }
      return abs(flipped) >= sum - 1e-9
    }
    return Double(hits) / Double(1 << differences.count)
  }

  @Test func agreesWithCounting() {
    var noise = Noise(seed: 3)
    for count in 1...12 {
      let values = (0..<count).map { _ in (noise.normal() + 0.7).rounded(.up, places: 1) }
      #expect(abs(SignFlipTest.pValue(values) - counted(values)) < 1e-12, "\(values)")
    }
    // scipy.stats.permutation_test, exact.
    #expect(SignFlipTest.pValue([0.3, -0.1, 0.5, 0.8, 0.2, -0.4, 0.9, 0.6]) == 0.078125)
  }

  @Test func ends() {
    #expect(SignFlipTest.pValue([]) == 1)
    #expect(SignFlipTest.pValue([0, 0, 0]) == 1)
    #expect(SignFlipTest.pValue([1, 1, 1, 1, 1, 1]) == 2.0 / 64)
    #expect(SignFlipTest.pValue([1, -1]) == 1)
    #expect(SignFlipTest.pValue(Array(repeating: 2, count: 32)) == 0x1p-31)
    // Above 32 patterns are drawn; none of them reaches the observed one.
    #expect(SignFlipTest.pValue(Array(repeating: 2, count: 40)) == 1e-5)
  }

  /// Drawn and exact p-values of the same evidence are close.
  @Test func drawnAgreesWithExact() {
    var noise = Noise(seed: 8)
    let values = (0..<32).map { _ in noise.normal() + 0.3 }
    let exact = SignFlipTest.pValue(values)
    // A 33rd difference of zero changes nothing but the way it is computed; four standard errors.
    let drawn = SignFlipTest.pValue(values + [0])
    #expect(abs(drawn - exact) < 4 * (exact / 1e5).squareRoot(), "\(exact) \(drawn)")
  }

  /// Skewed, heavy-tailed runs of two methods that are the same: the share of p ≤ 0.05 is 0.05.
  @Test(arguments: [8, 12, 20])
  func errorsAreAtTheirNominalRate(runs: Int) throws {
    var noise = Noise(seed: UInt64(runs))
    var real = 0
    let repetitions = 1500
    for _ in 0..<repetitions {
      let differences = (0..<runs).map { _ in
        Double.exp(2 * noise.normal()) - Double.exp(2 * noise.normal())
      }
      if SignFlipTest.pValue(differences) <= 0.05 { real += 1 }
    }
    let wilson = try Interval.wilson(successes: real, of: repetitions, level: 0.999)
    // 2⁸ patterns allow 12 of 256 at most, 0.047.
    #expect(wilson.contains(runs == 8 ? 0.047 : 0.05), "\(real) of \(repetitions)")
  }
}

struct PairedDifferenceTests {
  @Test func figures() throws {
    // scipy.stats.ttest_1samp gives p = 0.061008917069365794.
    let values = [0.3, -0.1, 0.5, 0.8, 0.2, -0.4, 0.9, 0.6]
    let few = try PairedDifference(values, family: 20)
    #expect(few.test == .student)
    #expect(distance(try #require(few.pValue), 0.061008917069365794) < 1e-12)
    #expect(few.above == 6 && few.below == 2)
    #expect(distance(few.mean, 0.35) < 1e-15)
    // mean / deviation = 0.7883…; shrunk by 1 − 3/27.
    #expect(distance(try #require(few.effectSize), 0.35 / 0.44400772 * (1 - 3.0 / 27)) < 1e-6)
    let alone = try PairedDifference(values)
    #expect(alone.test == .signFlip && alone.pValue == 0.078125)
  }

  @Test func withoutSpreadOrRuns() throws {
    let same = try PairedDifference([0.5, 0.5, 0.5])
    #expect(same.test == .signFlip && same.pValue == 0.25 && same.effectSize == nil)
    let zero = try PairedDifference([0, 0])
    #expect(zero.pValue == 1 && zero.above == 0 && zero.below == 0)
    let one = try PairedDifference([1])
    #expect(one.pValue == nil && one.interval == nil)
    #expect(error { () throws(EvaluationError) in _ = try PairedDifference([]) } != nil)
    #expect(error { () throws(EvaluationError) in _ = try PairedDifference([.nan]) } != nil)
  }

  @Test func enoughRunsForSignFlips() {
    #expect(PairedDifference.runsForSignFlips(family: 1, level: 0.95) == 6)
    #expect(PairedDifference.runsForSignFlips(family: 20, level: 0.95) == 10)
    #expect(PairedDifference.runsForSignFlips(family: 20, level: 0.999) == 16)
  }
}

struct PValueAdjustmentTests {
  @Test func publishedRules() {
    let values = [0.01, 0.04, 0.03, 0.005, 0.2, 0.03]
    // By hand: 6·0.005, 5·0.01, 4·0.03, 3·0.03 and 2·0.04 (raised to what stands before), 0.2.
    let holm = PValueAdjustment.holm(values)
    for (found, expected) in zip(holm, [0.05, 0.12, 0.12, 0.03, 0.2, 0.12]) {
      #expect(distance(found, expected) < 1e-15)
    }
    // scipy.stats.false_discovery_control.
    let adjusted = PValueAdjustment.benjaminiHochberg(values)
    for (found, expected) in zip(adjusted, [0.03, 0.048, 0.045, 0.03, 0.2, 0.045]) {
      #expect(distance(found, expected) < 1e-15)
    }
    #expect(PValueAdjustment.holm([]).isEmpty)
    #expect(PValueAdjustment.holm([0.9, 0.8]) == [1, 1])
  }

  /// Of eight comparisons without any difference, one or more is called real in 5 of 100 cases at most.
  @Test func familyWiseErrors() throws {
    var noise = Noise(seed: 77)
    var mistakes = 0
    for _ in 0..<600 {
      var values: [Double] = []
      for _ in 0..<8 {
        let differences = (0..<12).map { _ in noise.normal() }
        values.append(try PairedDifference(differences, family: 8).pValue ?? 1)
      }
      if PValueAdjustment.holm(values).contains(where: { $0 <= 0.05 }) { mistakes += 1 }
    }
    // 30 of 600 with a standard error of 5.3, at three of them.
    #expect(mistakes <= 46, "\(mistakes)")
  }
}

struct RankTableTests {
  @Test func tiesAndFailures() {
    #expect(RankTable.ranks([3, 1, 2], lowerIsBetter: true) == [3, 1, 2])
    #expect(RankTable.ranks([3, 1, 2], lowerIsBetter: false) == [1, 3, 2])
    #expect(RankTable.ranks([1, 1, nil, 0, nil], lowerIsBetter: true) == [2.5, 2.5, 4.5, 1, 4.5])
  }

  @Test func friedman() throws {
    let seeds: [[Double?]] = [
      [9, 2, 5], [7, 3, 1], [8, 6, 4], [4, 5, 2], [9, 1, 3], [6, 6, 2],
    ]
    let table = try RankTable(seeds.map { [$0] }, lowerIsBetter: true)
    for (found, expected) in zip(table.means, [2.75, 23.0 / 12, 4.0 / 3]) {
      #expect(distance(found, expected) < 1e-14)
    }
    // scipy.stats.friedmanchisquare gives 6.3478…; Iman and Davenport's F of it has p = 0.02318….
    #expect(distance(try #require(table.pValue), 0.023183091601350098) < 1e-10)
    #expect(table.intervals.allSatisfy { $0 != nil })
  }

  @Test func agreementAndTies() throws {
    #expect(try RankTable([[[1, 2]], [[3, 4]]], lowerIsBetter: true).pValue == 0)
    #expect(try RankTable([[[1, 1]], [[4, 4]]], lowerIsBetter: true).pValue == 1)
    let single = try RankTable([[[1, 2], [2, 1]]], lowerIsBetter: true)
    #expect(single.means == [1.5, 1.5] && single.pValue == nil && single.intervals == [nil, nil])
  }
}

/// Standard normal draws.
struct Noise {
  private var generator: BootstrapGenerator

  init(seed: UInt64) { generator = BootstrapGenerator(seed: seed) }

  mutating func normal() -> Double {
    let radius = (-2 * Double.log(1 - generator.uniform())).squareRoot()
    return radius * Double.cos(2 * Double.pi * generator.uniform())
  }
}

extension Double {
  fileprivate func rounded(_ rule: FloatingPointRoundingRule, places: Int) -> Double {
    let scale = Double.exp10(Double(places))
    return (self * scale).rounded(rule) / scale
  }
}
