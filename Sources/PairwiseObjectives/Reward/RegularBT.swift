public import PairwiseAutodiff
public import PairwiseConfig

/// Bradley–Terry without anything else: ℓ = softplus(−(r_c − r_r)), the baseline of HelpSteer2-Preference.
///
/// ``BradleyTerry`` with its default parameters, under the name that ``MarginBT`` and ``ScaledBT`` are compared with.
///
/// ## When to use
///
/// Beside the two that use grades of strength, to see what the grades are worth; ``BradleyTerry`` otherwise.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``.
///
/// ## In TRL
///
/// `RewardTrainer` without margins.
///
/// - Source: Wang et al. 2024, HelpSteer2-Preference (arXiv 2410.01257).
public struct RegularBT: ScoreObjective {
  public static let name = "regular_bt"
  public static let summary = "Bradley-Terry alone, the baseline of those that use grades"
  public static let formula = """
    loss = softplus(-(r_chosen - r_rejected))
    Wang et al. 2024, arXiv 2410.01257
    """

  public init() {}

  public init(from reader: inout SectionReader) {}

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable { (-x.scoreMargin).softplus() }
}
