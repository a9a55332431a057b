public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Bradley–Terry with a margin from an ensemble of reward models: ℓ = softplus(−(r_c − r_r − c·μ)).
///
/// μ is the mean of the ensemble's chosen − rejected rewards, a constant. Where it is negative the ensemble doubts
/// the label, and the pair is asked for less. The margin is inside the log-sigmoid; outside it would have no
/// gradient.
///
/// ## When to use
///
/// With noisy labels and a column `strength_mean` of an ensemble's verdicts. ``StrengthFlip`` and ``StrengthSoft``
/// read the same column and do something about wrong labels; this one about how sure the right ones are.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``, and `strength/mean`, the mean margin, and `strength/negative`, the share of pairs
/// that the ensemble doubts.
///
/// ## In TRL
///
/// `RewardTrainer` with the strengths as its `margin` column.
///
/// - Source: Wang et al. 2024, Secrets of RLHF II (arXiv 2401.06080).
public struct AdaptiveMargin: ScoreObjective {
  public static let name = "adaptive_margin"
  public static let summary = "Bradley-Terry with a margin from an ensemble of reward models"
  public static let formula = """
    loss = softplus(-(r_chosen - r_rejected - margin_scale strength_mean))
    Wang et al. 2024, arXiv 2401.06080
    """

  /// c > 0, default 1: what the strengths are multiplied by.
  public var marginScale: Float

  /// The largest size of a margin, > 0; nil, the default, for any.
  public var marginClip: Float?

  public init(marginScale: Float = 1, marginClip: Float? = nil) {
    self.marginScale = marginScale
    self.marginClip = marginClip
  }

  public init(from reader: inout SectionReader) {
    marginScale = reader.value(
      "margin_scale", default: 1, .greater(than: 0),
      "What the ensemble's mean strength is multiplied by to be the margin.")
    marginClip = reader.optional(
      "margin_clip", Float.self, .greater(than: 0),
      "Margins are cut to this size; none leaves them as they are.")
  }

  public var inputs: [InputSpec] { InputSpec.scores + [.column(.strengthMean)] }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let margins = x[.strengthMean].value.array.map { strength in
      let margin = marginScale * strength
      return marginClip.map { max(-$0, min($0, margin)) } ?? margin
    }
    return (Variable(constant: Tensor(margins)) - x.scoreMargin).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    sums.addStrengths(x[.strengthMean].value)
  }
}

extension MetricSums {
  /// `strength/mean` and `strength/negative` of an ensemble's strengths, `[b]`.
  mutating func addStrengths(_ strengths: Tensor) {
    mean("strength/mean", strengths)
    let doubted = strengths.array.count { $0 < 0 }
    mean("strength/negative", sum: Double(doubted), count: strengths.count)
  }
}
