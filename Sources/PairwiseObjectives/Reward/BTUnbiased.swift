public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Bradley–Terry corrected for labels that are flipped at a known rate.
///
/// ℓ = [(1 − ε)·softplus(−z) − ε·softplus(z)]/(1 − 2ε) = softplus(−z) − ε/(1 − 2ε)·z, z = r_c − r_r, computed in
/// the second form. Its mean over flips is the loss of the clean label; its curvature is Bradley–Terry's, so it is
/// convex in a linear model. ε = 0 is ``BradleyTerry``.
///
/// ## When to use
///
/// When the rate of wrong labels is known, from annotators who judged the same pairs, say. It is unbounded
/// below where the data can be separated: use weight decay or stop early. In a model that fits, flips spoil the
/// calibration rather than the order; so does this repair it.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``, and `negative_losses`, the share of pairs whose loss is below 0.
///
/// ## In TRL
///
/// TRL has none for reward models; `DPOTrainer` with `loss_type: robust` is the same correction, see
/// ``RobustDPO``.
///
/// - Source: Chowdhury et al. 2024 (arXiv 2403.00409), where it is stated for DPO.
public struct BTUnbiased: ScoreObjective {
  public static let name = "bt_unbiased"
  public static let summary = "Bradley-Terry corrected for labels flipped at a known rate"
  public static let formula = """
    z = r_chosen - r_rejected
    loss = softplus(-z) - flip_rate/(1 - 2 flip_rate) z
    Chowdhury et al. 2024, arXiv 2403.00409
    """

  /// ε in 0 ..< 0.5, default 0.1: how many labels are wrong.
  public var flipRate: Double
  public var reduction: Reduction

  public init(flipRate: Double = 0.1, reduction: Reduction = .mean) {
    self.flipRate = flipRate
    self.reduction = reduction
  }

  public init(from reader: inout SectionReader) {
    flipRate = reader.value(
      "flip_rate", default: 0.1, .range(0..<0.5), "Share of labels that are wrong.")
    reduction = reader.choice(
      "reduction", default: .mean,
      "How weighted losses are averaged: over the sum of weights, over the batch, or not at all.")
  }

  public var inputs: [InputSpec] { InputSpec.scores + [.sampleWeight] }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let z = x.scoreMargin
    return (-z).softplus() - Float(flipRate / (1 - 2 * flipRate)) * z
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    let losses = losses(x).value.array
    sums.mean("negative_losses", sum: Double(losses.count { $0 < 0 }), count: losses.count)
  }
}
