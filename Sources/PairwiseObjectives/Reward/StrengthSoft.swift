public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Bradley–Terry with smoothed labels on those pairs alone that an ensemble of reward models doubts.
///
/// ℓ = (1 − αᵢ)·softplus(−z) + αᵢ·softplus(z) = softplus(−z) + αᵢ·z, z = r_c − r_r, with αᵢ = α where the
/// ensemble's mean strength μ is negative and 0 elsewhere. α = 0 is ``RegularBT``.
///
/// ## When to use
///
/// With noisy labels and a column `strength_mean` of an ensemble's verdicts, where flipping the doubted ones
/// (``StrengthFlip``) is too bold.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``, and `strength/mean` and `strength/negative`, the share of pairs that are smoothed.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Wang et al. 2024, Secrets of RLHF II (arXiv 2401.06080).
public struct StrengthSoft: ScoreObjective {
  public static let name = "strength_soft"
  public static let summary = "Bradley-Terry with smoothed labels where an ensemble doubts them"
  public static let formula = """
    z = r_chosen - r_rejected, a = soft_alpha where strength_mean < 0, else 0
    loss = (1 - a) softplus(-z) + a softplus(z)
    Wang et al. 2024, arXiv 2401.06080
    """

  /// α in 0 ..< 0.5, default 0.1: how much a doubted label is smoothed.
  public var softAlpha: Float

  public init(softAlpha: Float = 0.1) { self.softAlpha = softAlpha }

  public init(from reader: inout SectionReader) {
    softAlpha = reader.value(
      "soft_alpha", default: 0.1, .range(0..<0.5),
      "Probability that a doubted label is wrong.")
  }

  public var inputs: [InputSpec] { InputSpec.scores + [.column(.strengthMean)] }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let z = x.scoreMargin
    let alpha = x[.strengthMean].value.array.map { $0 < 0 ? softAlpha : 0 }
    return (-z).softplus() + Variable(constant: Tensor(alpha)) * z
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    sums.addStrengths(x[.strengthMean].value)
  }
}
