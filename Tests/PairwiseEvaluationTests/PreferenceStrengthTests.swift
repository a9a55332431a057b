import PairwiseEvaluation
import Testing

/// Worked examples of the methods reference, §3.1, §3.2 and §7.1.
struct PreferenceStrengthTests {
  private let differences = [
    [0.8, 1.1, 0.9, 1.4], [-0.6, -0.2, -0.9, -0.7], [0.1, -0.3, 0.2, 0.05], [2.5, 3.1, 2.2, 2.6],
    [-0.1, 0.4, -0.2, -0.15],
  ]

  private func close(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-9 }
  }

  @Test func meansAndDeviations() throws {
    let strength = try PreferenceStrength(differences)
    #expect(close(strength.means, [1.05, -0.60, 0.0125, 2.60, -0.0125]))
    #expect(
      close(
        strength.deviations,
        [0.2291287847, 0.2549509757, 0.1883314897, 0.3240370349, 0.2407670036]))
    #expect(strength.order == [1, 4, 2, 0, 3])
    #expect(strength.quantiles == [0.75, 0, 0.5, 1, 0.25])
    #expect(strength.negativeShare == 0.4)
  }

  /// Losses at Δ = (0.5, 0.3, −0.1, 1.0, 0.2): margin; flip below 0, then margin; soft labels and margin.
  @Test func treatments() throws {
    let strengths = try PreferenceStrength(differences).means
    var treatment = StrengthTreatment()
    treatment.marginScale = 1
    try expectLosses(
      treatment, strengths,
      [1.0054924815, 0.3411538747, 0.7509783782, 1.7839007409, 0.5925311234])
    treatment.softening = 0.1
    try expectLosses(
      treatment, strengths,
      [1.0054924815, 0.4311538747, 0.7509783782, 1.7839007409, 0.6137811234])
    treatment.flips = .threshold(0)
    try expectLosses(
      treatment, strengths,
      [1.0054924815, 1.2411538747, 0.7509783782, 1.7839007409, 0.8050311234])
    #expect(try treatment.applied(to: strengths).flipped == [1, 4])
  }

  private func expectLosses(
    _ treatment: StrengthTreatment, _ strengths: [Double], _ expected: [Double]
  ) throws {
    let result = try treatment.applied(to: strengths)
    let losses = [0.5, 0.3, -0.1, 1.0, 0.2].enumerated().map { row, delta in
      let z = (result.flipped.contains(row) ? -delta : delta) - result.margins[row]
      return Logistic.softplus(-z) + result.smoothing[row] * z
    }
    #expect(close(losses, expected), "found \(losses)")
  }

  @Test func nothingIsDoneByDefault() throws {
    let result = try StrengthTreatment().applied(to: [-1, 2, 0])
    #expect(
      result.flipped.isEmpty && result.margins == [0, 0, 0] && result.smoothing == [0, 0, 0])
  }

  @Test func fractionsAndLimits() throws {
    var treatment = StrengthTreatment()
    treatment.flips = .fraction(0.3)
    treatment.marginScale = 2
    treatment.marginLimit = 3
    // 0.3 · 10 is a hair below 3 in binary; three pairs it is, the weakest, in the order of rows.
    let strengths = [5, -1, 4, 3, -3, 2, 1, 0.5, -2, 6]
    let result = try treatment.applied(to: strengths)
    #expect(result.flipped == [1, 4, 8])
    #expect(result.margins == [3, 2, 3, 3, 3, 3, 2, 1, 3, 3])
  }

  @Test func refusals() {
    #expect(throws: EvaluationError.empty("preference strength")) { try PreferenceStrength([]) }
    #expect(
      throws: EvaluationError.outOfRange(
        "ensemble members", row: nil, found: "1", expected: "at least 2")
    ) { try PreferenceStrength([[1]]) }
    #expect(
      throws: EvaluationError.outOfRange(
        "ensemble members", row: 1, found: "1", expected: "2 as in row 0")
    ) { try PreferenceStrength([[1, 2], [1]]) }
    #expect(throws: EvaluationError.self) { try PreferenceStrength([[1, .nan]]) }
    for change: (inout StrengthTreatment) -> Void in [
      { $0.flips = .fraction(0.6) }, { $0.flips = .threshold(.nan) }, { $0.softening = 0.5 },
      { $0.marginScale = -1 }, { $0.marginLimit = 0 },
    ] {
      var treatment = StrengthTreatment()
      change(&treatment)
      #expect(throws: EvaluationError.self) { try treatment.applied(to: [1]) }
    }
  }

  /// Two wrong among four: (low wrong, low right, high wrong, high right) by hand: 3 of 4 pairs in order.
  @Test func detection() {
    let wrong = [true, false, true, false]
    #expect(FlipDetection.area(strengths: [1, 2, 3, 4], wrong: wrong)?.value == 0.75)
    #expect(FlipDetection.area(strengths: [1, 1, 1, 1], wrong: wrong)?.value == 0.5)
    #expect(FlipDetection.area(strengths: [1, 2], wrong: [false, false]) == nil)
    let found = FlipDetection(called: [0, 1], wrong: wrong)
    #expect(found.precision == 0.5 && found.recall == 0.5)
    #expect(FlipDetection(called: [], wrong: wrong).precision == nil)
  }
}

struct CurationTests {
  @Test(arguments: [(0.3, 8), (0.5, 8), (0.51, 4), (0.8, 2), (0.95, 1), (1.0, 0), (0.75, 2)])
  func neighbours(_ row: (p: Double, count: Int)) {
    #expect(CurationRetrieval.count(probability: row.p, most: 8) == row.count)
  }

  /// Angles in degrees of a pool around two trusted pairs at 0 and 90.
  @Test func nearestByCosine() throws {
    func points(_ degrees: [Double]) -> [Double] {
      // Tangents are enough for an order: (1, t) with t = angle, and (0, 1) for 90.
      degrees.flatMap { $0 == 90 ? [0, 1] : [1, $0 / 45] }
    }
    let pool = points([40, 10, 80, 10, 60])
    let found = try CurationRetrieval.nearest(
      gold: points([0, 90]), probabilities: [0.4, 0.8], pool: pool, width: 2, most: 2)
    #expect(found == [1, 3, 2])
    #expect(
      try CurationRetrieval.nearest(
        gold: points([0, 0]), probabilities: [0, 0], pool: pool, width: 2, most: 4)
        == [1, 3, 0, 4, 2])
  }

  @Test func refusals() {
    #expect(throws: EvaluationError.empty("trusted pairs")) {
      try CurationRetrieval.nearest(gold: [], probabilities: [], pool: [], width: 2)
    }
    #expect(throws: EvaluationError.self) {
      try CurationRetrieval.nearest(gold: [1, 2, 3], probabilities: [1], pool: [], width: 2)
    }
    #expect(throws: EvaluationError.self) {
      try CurationRetrieval.nearest(gold: [1, 2], probabilities: [2], pool: [1, 2], width: 2)
    }
    #expect(throws: EvaluationError.self) {
      try CurationRetrieval.nearest(gold: [1, .nan], probabilities: [1], pool: [1, 2], width: 2)
    }
  }

  @Test func decisions() {
    var filter = CurationFilter()
    filter.mode = .askTheRest
    #expect(filter.decide(best: 1) == .keep && filter.decide(best: -1) == .ask)
    // A constant model sends everything to the oracle.
    #expect(filter.decide(best: 0) == .ask)
    #expect(filter.decide(best: 1e-300) == .keep)
    filter.confidence = 0.9
    #expect(filter.decide(best: 2) == .ask && filter.decide(best: 2.5) == .keep)
    filter = CurationFilter()
    #expect(filter.decide(best: 1, gold: 1) == .keep)
    #expect(filter.decide(best: -1, gold: 1) == .discard)
    #expect(filter.decide(best: -1, gold: 1, oracle: true) == .keep)
    #expect(filter.decide(best: 1, gold: -1, oracle: true) == .discard)
    #expect(filter.decide(best: 1) == .discard)
    filter.recycles = true
    #expect(filter.decide(best: 1, gold: -1) == .recycle)
  }
}
