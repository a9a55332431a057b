public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Bradley–Terry that asks for a gap as wide as the preference is strong: ℓ = softplus(−(r_c − r_r − c·s)).
///
/// s is the grade of strength, 1 slightly better to 3 much better in HelpSteer2, and c the scale. s = 0 everywhere is
/// ``RegularBT``. A gap that is wide already but not wide enough still pulls, which ``ScaledBT`` does not do.
///
/// ## When to use
///
/// With graded preferences and few of them. All objectives that use the grades beat the plain loss on small data;
/// which is best depends on the data.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``, where `margin` is without the grade's, and for each whole grade `grade/s/loss`,
/// `grade/s/accuracy` and `grade/s/margin`: the last should grow with the grade. Of the held-out set also
/// `strength/spearman`, the rank correlation of margin and grade.
///
/// ## In TRL
///
/// `RewardTrainer` with the grades as its `margin` column.
///
/// - Source: Wang et al. 2024, HelpSteer2-Preference (arXiv 2410.01257); Touvron et al. 2023 (arXiv 2307.09288).
public struct MarginBT: ScoreObjective {
  public static let name = "margin_bt"
  public static let summary = "Bradley-Terry with the grade of strength as a margin"
  public static let formula = """
    loss = softplus(-(r_chosen - r_rejected - strength_scale strength))
    Wang et al. 2024, arXiv 2410.01257
    """

  /// c > 0, default 1: reward per grade.
  public var strengthScale: Float
  /// S ≥ 1 where grades are whole numbers 0 … S; nil, the default: any numbers from 0 on.
  public var strengthLevels: Int?

  public init(strengthScale: Float = 1, strengthLevels: Int? = nil) {
    (self.strengthScale, self.strengthLevels) = (strengthScale, strengthLevels)
  }

  public init(from reader: inout SectionReader) {
    strengthScale = reader.value(
      "strength_scale", default: 1, .greater(than: 0), "What one grade of strength counts.")
    strengthLevels = StrengthGrades(from: &reader).levels
  }

  public var inputs: [InputSpec] {
    InputSpec.scores + [StrengthGrades(levels: strengthLevels).spec(takesZero: true)]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (strengthScale * x[.strength] - x.scoreMargin).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    sums.addGrades(x[.strength].value, losses: losses(x).value, margins: x.scoreMargin.value)
  }
}
