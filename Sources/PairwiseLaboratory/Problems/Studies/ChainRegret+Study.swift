internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

extension ChainRegret: StudiedProblem {
  public static let measures: [Measure] = [
    Measure(
      "right", "share of states in which the best action by the fit is right", better: .higher)
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case partialReturn = "partial_return"
    case regret

    var summary: String {
      switch self {
      case .partialReturn: "people judge segments by what they earn, and a reward is fitted to that"
      case .regret: "people judge by regret, and a reward is fitted by the regret it makes"
      }
    }
  }

  /// An action counts as found if it is better by more than rounding: of equals nothing is known.
  public func study(_ variant: String) throws -> StudyOutcome {
    guard let solution = mdp.solved() else {
      throw DataError(.invalid, file: Self.name, "has no best policy")
    }
    var found = 0
    switch try Name.named(variant) {
    case .partialReturn:
      let returns = segments().map { $0.partialReturn(in: mdp) }
      let rewards = try fittedReturns(returns)
      found = (0..<3).count { rewards[2 * $0 + Self.right] > rewards[2 * $0 + Self.left] + 1e-6 }
    case .regret:
      var rng = SplitMix64(seed: UInt64(seed))
      let start = (0..<6).map { _ in rng.normal() }
      guard let fit = fittedRegret(segments().map { -$0.regret(solution) }, start: start) else {
        throw DataError(.invalid, file: Self.name, "a reward on the way has no best policy")
      }
      found = fit.greedy.count { $0 == Self.right }
    }
    return StudyOutcome(["right": Double(found) / 3])
  }
}
