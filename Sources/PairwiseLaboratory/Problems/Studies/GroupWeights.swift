internal import PairwiseEvaluation
internal import PairwiseTensor

/// Three groups of judgements of which one is like those that count, one is guessed, and one likes other things: how
/// much should each weigh?
///
/// 300 pairs a group, six features; 100 more pairs of the first kind for validation, 4000 for tests.
public struct GroupWeights: SeededStudy {
  public static let name = "group_weights"
  public static let summary = "groups of judgements weighted alike, or by their influence"
  public static let source = "Wang et al. 2025, TiKMiX, arXiv 2508.17677"

  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure("log_loss", "mean −log P(label) on test pairs, nats", better: .lower), .accuracy,
    Measure("helpful_share", "weight of the group that is like the test pairs", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case equal, influence

    var summary: String {
      self == .equal ? "all groups alike" : "weights by what each group does to the validation loss"
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let width = 6
    let theta = (0..<width).map { _ in rng.normal() }
    let other = (0..<width).map { _ in rng.normal() }
    func rows(_ count: Int, _ theta: [Double]) -> [Double] {
      (0..<count).flatMap { _ -> [Double] in
        let row = (0..<width).map { _ in rng.normal() }
        return rng.bernoulli(Logistic.sigmoid(dot(theta, row))) ? row : row.map { -$0 }
      }
    }
    let groups = [theta, theta.map { _ in 0 }, other].map { rows(300, $0) }
    let validation = LinearPairs(rows(100, theta), width: width)
    let test = LinearPairs(rows(4000, theta), width: width)
    var all = LinearPairs(groups.flatMap { $0 }, width: width)
    var shares = [1.0 / 3, 1.0 / 3, 1.0 / 3]
    var found = try all.fit(l2: 1e-3)
    for _ in 0..<(name == .equal ? 0 : 5) {
      let slopes = groups.map {
        LogisticLoss(pairs: LinearPairs($0, width: width), l2: 0).expansion(at: found).gradient
      }
      let influence = try GroupInfluence(
        validation: LogisticLoss(pairs: validation, l2: 0).expansion(at: found).gradient,
        groups: slopes, hessian: LogisticLoss(pairs: all, l2: 0).expansion(at: found).hessian)
      // Multiplied round by round: influences vanish at the optimum of the mixture they ask for.
      let moved = zip(shares, influence.mixture()).map { $0 * $1 }
      let total = moved.reduce(0, +)
      shares = moved.map { $0 / total }
      all.weights = shares.flatMap { [Double](repeating: 3 * $0, count: 300) }
      found = try all.fit(l2: 1e-3)
    }
    return StudyOutcome([
      "log_loss": test.logLoss(found), "accuracy": test.accuracy(found),
      "helpful_share": shares[0],
    ])
  }
}
