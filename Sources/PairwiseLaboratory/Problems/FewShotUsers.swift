internal import PairwiseEvaluation
internal import PairwiseTensor

/// T7: a new user of `two_group`, whose rewards are known, gives a few labelled pairs.
///
/// What is fitted is only the user's share of either reward; the alternative learns a direction of the
/// user's own.
public struct FewShotUsers: ToyProblem {
  public static let name = "few_shot_users"
  public static let summary = "how many pairs a new user has to label, with two known rewards"
  public static let source = "Chen et al. 2024, PAL, arXiv 2406.08469"

  /// w₀, which every new user has, and w₁.
  public let heads = [[1.5, 1.5], [1.5, -1.5]]
  public let users = 100
  public let testPairs = 100
  public let seed: UInt64 = 41

  public init() {}

  public var truth: [TruthEntry] {
    heads.enumerated().map { TruthEntry("theta_\($0.offset)", $0.element) }
  }

  /// Mean accuracies over the users.
  public struct Accuracies: Sendable, Equatable {
    /// Of the best share of the two rewards.
    public var weights: Double
    /// Of a direction fitted from nothing with an L2 penalty of 0.05; ½ without pairs.
    public var scratch: Double
  }

  /// Each user's test pairs are drawn before the labelled ones, from one stream for all users.
  ///
  /// - Parameter shots: labelled pairs of each user.
  public func accuracies(shots: Int) throws(FitError) -> Accuracies {
    var rng = SplitMix64(seed: seed)
    var total = Accuracies(weights: 0, scratch: 0)
    for _ in 0..<users {
      let test = draw(testPairs, &rng)
      let known = draw(shots, &rng)
      total.weights += test.accuracy(mix(Self.bestShare(heads, known)))
      total.scratch += known.count == 0 ? 0.5 : test.accuracy(try known.fit(l2: 0.05))
    }
    return Accuracies(
      weights: total.weights / Double(users), scratch: total.scratch / Double(users))
  }

  /// w·w₀ + (1 − w)·w₁.
  private func mix(_ share: Double) -> [Double] {
    zip(heads[0], heads[1]).map { share * $0 + (1 - share) * $1 }
  }

  /// The share in 0, 0.01, …, 1 with the highest likelihood, the smallest of equals; ½ without pairs.
  private static func bestShare(_ heads: [[Double]], _ pairs: LinearPairs) -> Double {
    guard pairs.count > 0 else { return 0.5 }
    let losses = (0...100).map { step in
      let share = Double(step) / 100
      return pairs.logLoss(zip(heads[0], heads[1]).map { share * $0 + (1 - share) * $1 })
    }
    let best = losses.indices.min { losses[$0] < losses[$1] } ?? 50
    return Double(best) / 100
  }

  /// Differences of two normals in each coordinate, turned by labels under w₀.
  private func draw(_ count: Int, _ rng: inout SplitMix64) -> LinearPairs {
    var rows: [Double] = []
    for _ in 0..<count {
      let row = heads[0].map { _ in
        let a = rng.normal()
        return a - rng.normal()
      }
      let isFirst = rng.bernoulli(Logistic.sigmoid(dot(heads[0], row)))
      rows += isFirst ? row : row.map { -$0 }
    }
    return LinearPairs(rows, width: heads[0].count)
  }
}
