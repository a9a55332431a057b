import PairwiseEvaluation
import RealModule
import Testing

/// Worked examples of the methods reference, §7.4 and §7.5.
struct GroupMixtureTests {
  private func close(_ a: [Double], _ b: [Double], _ tolerance: Double = 5e-11) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= tolerance }
  }

  @Test func twoRounds() throws {
    var mixture = GroupMixture(groups: 2)
    mixture.oneHotFactor = 1
    let effects = [[0.30, 0.05], [0.10, 0.20]]
    #expect(close(mixture.columnSums(effects), [0.6153846154, 0.3846153846]))
    try mixture.update(drops: effects)
    #expect(close(mixture.proportions, [0.5115364137, 0.4884635863]))
    try mixture.update(drops: effects)
    #expect(close(mixture.proportions, [0.5230605510, 0.4769394490]))
  }

  @Test func solvesForSingleGroups() throws {
    let mixture = GroupMixture(groups: 2)
    #expect(close(mixture.trial(0), [0.625, 0.375]))
    let effects = try mixture.effects(drops: [[0.20, 0.12], [0, 0]])
    #expect(close(effects[0], [0.32, 0]))
    #expect(close(effects[1], [0, 0]))
    #expect(
      close(
        mixture.columnSums([[0.1, -0.05], [0.02, 0.2]]), [0.4680851064, 0.5319148936]))
  }

  @Test func identities() throws {
    var still = GroupMixture(groups: 3)
    still.rate = 0
    try still.update(drops: [[1, 2, 3], [0, 1, 5], [2, 2, 2]])
    #expect(close(still.proportions, [1 / 3.0, 1 / 3.0, 1 / 3.0]))
    var one = GroupMixture(groups: 1)
    try one.update(drops: [[0.3]])
    #expect(one.proportions == [1] && one.trial(0) == [1])
    var equal = GroupMixture(groups: 2)
    try equal.update(drops: [[0.1, 0.1], [0.3, 0.3]])
    #expect(close(equal.proportions, [0.5, 0.5], 1e-15))
    // After normalisation one round moves log-odds by at most the rate.
    var moved = GroupMixture(groups: 3)
    try moved.update(drops: [[5, -1, 0], [4, -2, 0], [3, 0, -9]])
    let logs = moved.proportions.map { Double.log($0) }
    #expect((logs.max() ?? 0) - (logs.min() ?? 0) <= moved.rate + 1e-12)
    #expect(abs(moved.proportions.reduce(0, +) - 1) < 1e-15)
  }

  /// With a running mean the proportions follow from it alone: equal rounds change nothing further.
  @Test func smoothingStartsAfresh() throws {
    var mixture = GroupMixture(groups: 2)
    mixture.oneHotFactor = 1
    mixture.smoothing = 0.5
    try mixture.update(drops: [[0.30, 0.05], [0.10, 0.20]])
    let first = mixture.proportions
    #expect(close(first, [0.5115364137, 0.4884635863]))
    try mixture.update(drops: [[0.30, 0.05], [0.10, 0.20]])
    #expect(close(mixture.proportions, first, 1e-15))
  }

  @Test func refusals() {
    var mixture = GroupMixture(groups: 2)
    for drops in [[[1.0, 2]], [[1, 2], [1]], [[1, .nan], [1, 2]]] {
      #expect(throws: EvaluationError.self) { try mixture.update(drops: drops) }
    }
    mixture.oneHotFactor = 0.5
    #expect(
      throws: EvaluationError.outOfRange(
        "one_hot_factor", row: nil, found: "0.5", expected: "above 1/2, at most 1")
    ) { try mixture.update(drops: [[1, 2], [1, 2]]) }
    mixture.oneHotFactor = 0.6
    mixture.smoothing = 1
    #expect(throws: EvaluationError.self) { try mixture.update(drops: [[1, 2], [1, 2]]) }
  }
}

struct GroupInfluenceTests {
  private static let theta = [0.5, -0.25]
  private static let groups = [[[1, 0.2], [0.5, -1]], [[0.3, 0.8], [-0.7, 0.4]]]
  private static let validation = [[0.8, 0.1], [0.2, -0.6]]

  /// ∇ and ∇² of softplus(−θ·x), summed.
  private static func derivatives(_ rows: [[Double]]) -> (gradient: [Double], hessian: [Double]) {
    var (gradient, hessian) = ([0.0, 0], [0.0, 0, 0, 0])
    for x in rows {
      let z = theta[0] * x[0] + theta[1] * x[1]
      let below = Logistic.sigmoid(-z)
      for i in 0..<2 {
        gradient[i] -= below * x[i]
        for j in 0..<2 { hessian[i * 2 + j] += below * (1 - below) * x[i] * x[j] }
      }
    }
    return (gradient, hessian)
  }

  private func close(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 6e-11 }
  }

  @Test func workedExample() throws {
    let v = Self.derivatives(Self.validation).gradient.map { $0 / 2 }
    #expect(close(v, [-0.2067157099, 0.1109803797]))
    let hessian = Self.derivatives(Self.groups.flatMap { $0 }).hessian.map { $0 / 4 }
    #expect(
      close(
        [hessian[0] + 0.1, hessian[1], hessian[2], hessian[3] + 0.1],
        [0.2088744304, -0.0191400143, -0.0191400143, 0.2106138865]))
    let sums = Self.groups.map { Self.derivatives($0).gradient }
    let means = sums.map { $0.map { $0 / 2 } }
    let bySum = try GroupInfluence(validation: v, groups: sums, hessian: hessian)
    #expect(close(bySum.influences, [-0.6808656825, 0.5481269778]))
    let byMean = try GroupInfluence(validation: v, groups: means, hessian: hessian)
    #expect(close(byMean.influences, [-0.3404328413, 0.2740634889]))
    let firstOrder = try GroupInfluence(validation: v, groups: means)
    #expect(close(firstOrder.influences, [-0.0763830533, 0.0645935206]))
    // Sums add up over a partition.
    let whole = try GroupInfluence(
      validation: v, groups: [zip(sums[0], sums[1]).map { $0 + $1 }], hessian: hessian)
    #expect(abs(whole.influences[0] - bySum.influences.reduce(0, +)) < 1e-12)
    // More of the validation set helps.
    let own = try GroupInfluence(validation: v, groups: [v], hessian: hessian)
    #expect(own.influences[0] < 0)
  }

  @Test func mixtures() throws {
    let influence = try GroupInfluence(validation: [1], groups: [[0.5], [-0.5]])
    #expect(influence.influences == [-0.5, 0.5])
    // Deviation 0.5: p ∝ (e, 1/e).
    let p = influence.mixture()
    #expect(abs(p[0] - 1 / (1 + Double.exp(-2))) < 1e-15)
    let flat = influence.mixture(temperature: 1e12)
    #expect(abs(flat[0] - 0.5) < 1e-12)
    let equal = try GroupInfluence(validation: [1], groups: [[0.5], [0.5]])
    #expect(equal.mixture() == [0.5, 0.5])
  }

  @Test func refusals() {
    #expect(throws: EvaluationError.empty("group gradients")) {
      try GroupInfluence(validation: [1], groups: [])
    }
    #expect(throws: EvaluationError.self) { try GroupInfluence(validation: [1], groups: [[1, 2]]) }
    #expect(throws: EvaluationError.self) { try GroupInfluence(validation: [1], groups: [[.nan]]) }
    #expect(throws: EvaluationError.self) {
      try GroupInfluence(validation: [1], groups: [[1]], hessian: [-1])
    }
    #expect(throws: EvaluationError.self) {
      try GroupInfluence(validation: [1], groups: [[1]], hessian: [1], damping: 0)
    }
  }
}
