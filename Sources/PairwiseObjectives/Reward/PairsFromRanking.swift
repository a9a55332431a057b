public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Bradley–Terry on all pairs of an order of several completions: the mean of softplus(−(r_better − r_worse)) over
/// the n(n − 1)/2 pairs of a slate; where only the first places are ordered (`top_k`), over the pairs with one of
/// them.
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
    let extents = x.slateExtents(of: n)
    // One difference of columns for each distance between two places: n − 1 nodes instead of n²/2.
    let terms = (1..<n).map { distance in
      let better = ranked.sliced(axis: 1, 0..<n - distance)
      let worse = ranked.sliced(axis: 1, distance..<n)
      let losses = (worse - better).softplus()
      guard let extents else { return losses.sumRows() }
      return (losses * Self.known(extents, n, distance)).sumRows()
    }
    let sum = terms.dropFirst().reduce(terms[0]) { $0 + $1 }
    guard let extents else { return sum / Float(n * (n - 1) / 2) }
    return sum / Variable(constant: Tensor(extents.map { Float($0.pairs) }))
  }

  /// 1 for pairs at a distance whose order is known, `[B, n − distance]`.
  private static func known(_ extents: [SlateExtent], _ n: Int, _ distance: Int) -> Variable {
    Variable(
      constant: Tensor(
        [extents.count, n - distance],
        extents.flatMap { extent in
          (0..<n - distance).map { $0 < extent.known && $0 + distance < extent.size ? 1 : 0 }
        }))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let ranked = x.rankedScores().value
    sums.addSlates(ranked, x.slateExtents(of: ranked.shape[1]))
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    ObjectiveInputs.slateProblem(given)
  }
}
