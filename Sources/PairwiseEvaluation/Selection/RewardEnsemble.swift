/// One score from those of several reward models.
///
/// - Source: Coste et al. 2023, "Reward Model Ensembles Help Mitigate Overoptimization" (arXiv 2310.02743); methods
///   reference, §4.4.
public enum RewardEnsemble: Sendable, Equatable {
  /// The members' mean.
  case mean
  /// The lowest member: worst-case optimization.
  case worst
  /// mean − λ·variance, divided by M − `ddof`. The published best-of-n code has `ddof` 0 and λ 0.5, the published
  /// PPO code `ddof` 1 and λ 0.1.
  case uncertaintyWeighted(lambda: Double = 0.5, ddof: Int = 0)

  /// Combines scores `[M][B]` into `[B]`. Members have to be on one scale: see `standardised`.
  ///
  /// - Throws: for no members, members of different lengths, a score that is not finite, λ < 0, or a `ddof` that
  ///   is not 0 or 1, or is 1 with a single member.
  public func combined(_ scores: [[Double]]) throws(EvaluationError) -> [Double] {
    try Self.check(scores)
    let members = Double(scores.count)
    if case .uncertaintyWeighted(let lambda, let ddof) = self {
      guard lambda >= 0, lambda.isFinite else {
        throw .outOfRange("ensemble lambda", row: nil, found: "\(lambda)", expected: "0 or more")
      }
      guard ddof == 0 || (ddof == 1 && scores.count > 1) else {
        throw .outOfRange(
          "ensemble ddof", row: nil, found: "\(ddof) with \(scores.count) members",
          expected: "0, or 1 with two members or more")
      }
    }
    return scores[0].indices.map { item in
      let values = scores.map { $0[item] }
      let mean = values.reduce(0, +) / members
      switch self {
      case .mean: return mean
      case .worst: return values.min() ?? mean
      case .uncertaintyWeighted(let lambda, let ddof):
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return mean - lambda * squares / (members - Double(ddof))
      }
    }
  }

  /// Each member's scores less its mean on a reference set, divided by its standard deviation there (divisor n).
  ///
  /// - Parameter reference: scores `[M][R]` of the same members on held-out items.
  /// - Throws: also for another number of members, or a member that scores all reference items alike.
  public static func standardised(
    _ scores: [[Double]], reference: [[Double]]
  ) throws(EvaluationError) -> [[Double]] {
    try check(scores)
    try check(reference)
    guard reference.count == scores.count else {
      throw .lengthsDiffer("ensemble reference", found: reference.count, expected: scores.count)
    }
    var result: [[Double]] = []
    for (member, values) in scores.enumerated() {
      var moments = Moments()
      for value in reference[member] { moments.add(value) }
      guard let mean = moments.mean, let deviation = moments.populationStandardDeviation,
        deviation > 0
      else {
        throw .outOfRange(
          "ensemble reference", row: member, found: "equal scores", expected: "some spread")
      }
      result.append(values.map { ($0 - mean) / deviation })
    }
    return result
  }

  private static func check(_ scores: [[Double]]) throws(EvaluationError) {
    guard let first = scores.first else { throw .empty("ensemble") }
    for (member, values) in scores.enumerated() {
      guard values.count == first.count else {
        throw .lengthsDiffer(
          "ensemble member \(member)", found: values.count, expected: first.count)
      }
      try EvaluationError.check(values, "ensemble member \(member)")
    }
  }
}
