internal import PairwiseEvaluation

/// T3: three items, two groups with opposite rewards: nothing one reward could learn, everything to learn
/// for one who knows the group.
public struct TwoGroupTabular: ToyProblem {
  public static let name = "two_group_tabular"
  public static let summary = "three items that two groups rank in opposite orders"
  public static let source = "Shen et al. 2025, MiCRo, arXiv 2505.24846"

  /// Rewards of the items in either group.
  public let rewards = [[2.0, 0, -2], [-2, 0, 2]]

  public init() {}

  /// The three pairs as rows e_i − e_j, and P(first) in each group.
  public func pairs() -> [(row: [Double], probabilities: [Double])] {
    [(0, 1), (0, 2), (1, 2)].map { i, j in
      let row = (0..<3).map { $0 == i ? 1.0 : $0 == j ? -1 : 0 }
      return (row, rewards.map { Logistic.sigmoid($0[i] - $0[j]) })
    }
  }
}
