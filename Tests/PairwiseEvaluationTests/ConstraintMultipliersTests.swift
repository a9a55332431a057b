import PairwiseEvaluation
import Testing

/// Worked examples of the methods reference, §4.6, §3.4 and §4.7.
struct ConstraintMultipliersTests {
  private func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 5e-11) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
  }

  struct Row: Sendable {
    var squash: ConstraintMultipliers.Squash
    var values: [Double]
    var mixed: [Double]
    var next: [Double]
  }

  @Test(arguments: [
    Row(
      squash: .sigmoid, values: [0.5498339973, 0.4013123399], mixed: [1.1545232967, -1.0027207895],
      next: [0.1950496685, -0.3951947851]),
    Row(
      squash: .tanh, values: [0.1973753202, -0.3799489623], mixed: [1.2126723488, -2.5852204719],
      next: [0.1807791403, -0.3828872243]),
  ]) func workedExample(_ row: Row) throws {
    var multipliers = try ConstraintMultipliers(
      thresholds: [0.7, 0.5], squash: row.squash, raw: [0.2, -0.4])
    multipliers.learningRate = 0.1
    #expect(close(multipliers.values, row.values))
    #expect(
      close(
        multipliers.mixed(reference: [0.5, -1], components: [[1, 0.2], [-0.5, 0.8]]), row.mixed))
    try multipliers.update(means: [0.9, 0.3])
    #expect(close(multipliers.raw, row.next))
  }

  @Test func withoutSquashing() throws {
    var multipliers = try ConstraintMultipliers(
      thresholds: [0.7, 0.5], squash: .none, raw: [0.5, 0.1])
    multipliers.learningRate = 0.1
    // All N components count: A₀ + 0.5·A₁ + 0.1·A₂.
    #expect(close(multipliers.mixed(reference: [1], components: [[2, 10]]), [3]))
    try multipliers.update(means: [0.9, 0.3])
    #expect(close(multipliers.raw, [0.48, 0.12]))
    multipliers.learningRate = 100
    try multipliers.update(means: [0.9, 0.3])
    #expect(multipliers.raw[0] == 0)
    multipliers.isEquality = true
    try multipliers.update(means: [0.9, 0.3])
    #expect(multipliers.raw[0] < 0)
  }

  /// λ falls when the component is above its threshold; a norm of 100 is cut to 0.5.
  @Test func directionAndClipping() throws {
    var multipliers = try ConstraintMultipliers(thresholds: [0, 0], squash: .none)
    #expect(multipliers.values == [0.5, 0.5])
    multipliers.isEquality = true
    try multipliers.update(means: [60, -80])
    #expect(close(multipliers.raw, [0.5 - 0.01 * 0.3, 0.5 + 0.01 * 0.4]))
    // Momentum 0.1 of the step before.
    try multipliers.update(means: [0, 0])
    #expect(close(multipliers.raw, [0.497 - 0.0003, 0.504 + 0.0004]))
  }

  @Test func refusals() throws {
    #expect(throws: EvaluationError.self) {
      try ConstraintMultipliers(thresholds: [], squash: .none)
    }
    #expect(throws: EvaluationError.self) {
      try ConstraintMultipliers(thresholds: [1], squash: .none, raw: [1, 2])
    }
    var multipliers = try ConstraintMultipliers(thresholds: [1], squash: .tanh)
    #expect(throws: EvaluationError.self) { try multipliers.update(means: [1, 2]) }
    #expect(throws: EvaluationError.self) { try multipliers.update(means: [.nan]) }
  }
}

struct RewardSpreadTests {
  @Test func ends() throws {
    for k in 2...5 {
      let flat = try RewardSpread([[Double](repeating: 3, count: k)])
      #expect(abs(flat.value - Double(k - 1) / Double(2 * k)) < 1e-15)
      #expect(flat.gradient[0].allSatisfy { $0 == 0 })
      let wide = try RewardSpread([(0..<k).map { 1e3 * Double($0) }])
      #expect(abs(wide.value - Double(k - 1) / Double(k)) < 1e-12)
    }
  }

  @Test func gradientAgreesWithDifferences() throws {
    let rewards = [[0.5, 0.0, -0.45], [1.2, 1.1, -3.0]]
    let spread = try RewardSpread(rewards)
    for p in 0..<2 {
      for i in 0..<3 {
        func value(_ h: Double) throws -> Double {
          var moved = rewards
          moved[p][i] += h
          return try RewardSpread(moved).value
        }
        let slope = try (value(1e-6) - value(-1e-6)) / 2e-6
        #expect(abs(slope - spread.gradient[p][i]) < 1e-9)
      }
    }
  }

  @Test func refusals() {
    #expect(throws: EvaluationError.empty("meta responses")) { try RewardSpread([]) }
    #expect(throws: EvaluationError.self) { try RewardSpread([[1]]) }
    #expect(throws: EvaluationError.self) { try RewardSpread([[1, .infinity]]) }
  }
}

struct DirectionalCorrectionTests {
  private let embedding: [Double] = [1, 0, 0]
  private let response = [0.6, 0.8, 0]
  private let b = [0.2, -0.1, 0.3]

  @Test func workedExample() throws {
    let dot = try DirectionalCorrection(embedding: embedding)
    let corrected = try #require(dot.corrected(by: b))
    for (found, expected) in zip(corrected, [0.9854907803, -0.1789972640, 0.5369917919]) {
      #expect(abs(found - expected) < 5e-11)
    }
    let norm = corrected.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(norm - 1.1364824165) < 5e-11)
    #expect(abs((dot.reward(of: response, by: b) ?? 0) - 0.4480966570) < 5e-11)
    let cosine = try DirectionalCorrection(embedding: embedding, score: .cosine)
    #expect(abs((cosine.reward(of: response, by: b) ?? 0) - 0.3942838450) < 5e-11)
    #expect(abs((dot.reward(of: response, by: [0, 0, 0]) ?? 0) - 0.6) < 1e-15)
    let plain = try DirectionalCorrection(embedding: embedding, omega: 1)
    #expect(abs((plain.reward(of: response, by: b) ?? 0) - 0.5157266970) < 5e-11)
  }

  @Test(arguments: DirectionalCorrection.Score.allCases)
  func slopeAgreesWithDifferences(_ score: DirectionalCorrection.Score) throws {
    let correction = try DirectionalCorrection(embedding: [0.9, 0.2, -0.4], score: score)
    let responses = [response, [0.1, -0.7, 0.5]]
    let slope = try #require(correction.slope(of: responses, at: b))
    for k in 0..<3 {
      func mean(_ h: Double) -> Double {
        var moved = b
        moved[k] += h
        return responses.reduce(0) { $0 + (correction.reward(of: $1, by: moved) ?? .nan) / 2 }
      }
      #expect(abs((mean(1e-6) - mean(-1e-6)) / 2e-6 - slope[k]) < 1e-9)
    }
  }

  @Test func noDirectionNoReward() throws {
    let correction = try DirectionalCorrection(embedding: embedding)
    #expect(correction.corrected(by: [1, 0, 0]) == nil)
    #expect(correction.slope(of: [response], at: [-1, 0, 0]) == nil)
    #expect(throws: EvaluationError.self) { try DirectionalCorrection(embedding: [0, 0]) }
    #expect(throws: EvaluationError.self) {
      try DirectionalCorrection(embedding: [1], omega: .nan)
    }
  }
}
