public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Bradley–Terry in which a pair counts as much as its preference is strong: ℓ = c·s·softplus(−(r_c − r_r)).
///
/// s is the grade of strength, 1 slightly better to 3 much better in HelpSteer2, and c the scale. The loss is the
/// mean over the batch, not divided by the sum of grades unless `scaled_normalise` says so: s is worth s copies of
/// the pair. Loss and gradient are linear in s; s = 1 everywhere is ``RegularBT``. A grade of 0 would make the pair
/// vanish: it is refused, or with `drop_zero_strength` such pairs are left out where data are read.
///
/// ## When to use
///
/// With graded preferences. It gives strong ones priority and asks for no gap, unlike ``MarginBT``; the best of
/// the three in the paper, begun from a model trained by ``Regression``.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``, and for each whole grade `grade/s/loss` (with the factor), `grade/s/accuracy` and
/// `grade/s/margin`: the last should grow with the grade. Of the held-out set also
/// `strength/spearman`, the rank correlation of margin and grade.
///
/// ## In TRL
///
/// TRL has none; it is its `RewardTrainer` with the grades as sample weights.
///
/// - Source: Wang et al. 2024, HelpSteer2-Preference (arXiv 2410.01257).
public struct ScaledBT: ScoreObjective {
  public static let name = "scaled_bt"
  public static let summary = "Bradley-Terry with the grade of strength as a weight"
  public static let formula = """
    loss = strength_scale strength softplus(-(r_chosen - r_rejected)), mean over the batch
           with scaled_normalise: sum over the batch, divided by the sum of the factors
    Wang et al. 2024, arXiv 2410.01257
    """

  /// c > 0, default 1: what one grade counts.
  public var strengthScale: Float
  /// Default false: whether the loss is divided by the sum of the factors instead of the number of pairs.
  public var isNormalised: Bool
  /// S ≥ 1 where grades are whole numbers 1 … S; nil, the default: any numbers above 0.
  public var strengthLevels: Int?
  /// Default false: whether pairs of grade 0 are left out where data are read, and not refused.
  public var dropsZeroStrength: Bool

  public init(
    strengthScale: Float = 1, isNormalised: Bool = false, strengthLevels: Int? = nil,
    dropsZeroStrength: Bool = false
  ) {
    self.strengthScale = strengthScale
    self.isNormalised = isNormalised
    self.strengthLevels = strengthLevels
    self.dropsZeroStrength = dropsZeroStrength
  }

  public init(from reader: inout SectionReader) {
    strengthScale = reader.value(
      "strength_scale", default: 1, .greater(than: 0), "What one grade of strength counts.")
    isNormalised = reader.value(
      "scaled_normalise", default: false,
      "Divide the loss by the sum of the factors of the batch instead of its number of pairs.")
    strengthLevels = StrengthGrades(from: &reader).levels
    dropsZeroStrength = reader.value(
      "drop_zero_strength", default: false,
      "Leave out pairs of grade 0, counted in data-ledger.json, instead of stopping at them.")
  }

  public var inputs: [InputSpec] {
    let grades = StrengthGrades(levels: strengthLevels)
    return InputSpec.scores + [grades.spec(takesZero: false, dropsZero: dropsZeroStrength)]
  }

  public var totals: [InputName] { isNormalised ? [.strength] : [] }

  /// With `isNormalised` each element is the pair's own part of the batch's mean; where losses are shown they
  /// are those of the pairs alone, without the division.
  public func losses(_ x: ObjectiveInputs) -> Variable {
    let scaled = x[.strength] * (-x.scoreMargin).softplus()
    guard isNormalised && !x.showsBatchTerms else { return strengthScale * scaled }
    return scaled * Float(Double(x.batchPairs) / x.total(.strength))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    var shown = x
    shown.showsBatchTerms = true
    sums.addGrades(
      x[.strength].value, losses: losses(shown).value, margins: x.scoreMargin.value)
  }
}
