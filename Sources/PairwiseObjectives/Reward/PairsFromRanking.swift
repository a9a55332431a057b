public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Bradley–Terry on all pairs of an order of several completions: the mean of softplus(−(r_better − r_worse)) over
/// the n(n − 1)/2 pairs of a slate.
///
/// All pairs of a slate are one element of the batch, so that a prompt is seen once an epoch and not
/// over-fitted. Two completions are ``BradleyTerry``.
///
/// ## When to use
///
/// When completions were ranked together and the lower places are as trustworthy as the upper ones;
/// ``PlackettLuce`` is the likelihood of the order itself.
///
/// ## Metrics
///
/// Those of ``PlackettLuce``.
///
/// ## In TRL
///
/// TRL has none; its `RewardTrainer` would be given the pairs one by one.
///
/// - Source: Ouyang et al. 2022 (arXiv 2203.02155).
public struct PairsFromRanking: Objective {
  public static let name = "pairs_from_ranking"
  public static let summary = "Bradley-Terry on all pairs of a ranked slate"
  public static let formula = """
    loss = mean over the pairs (better, worse) of the order of softplus(-(r_better - r_worse))
    Ouyang et al. 2022, arXiv 2203.02155
    """

  public init() {}

  public init(from reader: inout SectionReader) {}

  public var inputs: [InputSpec] { InputSpec.slates }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let ranked = x.rankedScores()
    let n = ranked.shape[1]
    // One difference of columns for each distance between two places: n − 1 nodes instead of n²/2.
    let terms = (1..<n).map { distance in
      let better = ranked.sliced(axis: 1, 0..<n - distance)
      let worse = ranked.sliced(axis: 1, distance..<n)
      return (worse - better).softplus().sumRows()
    }
    let sum = terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    return sum / Float(n * (n - 1) / 2)
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addSlates(x.rankedScores().value)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    ObjectiveInputs.slateProblem(given)
  }
}
