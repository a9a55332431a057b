public import PairwiseAutodiff
public import PairwiseConfig

/// Anchored Preference Optimization on single completions: the likelihood of desirable ones up, of undesirable
/// ones down, anchored at the reference.
///
/// With reward r = β·(policy − reference) of a row, a desirable row's loss is σ(−r) = 1 − σ(r) and an
/// undesirable one's σ(r). The loss is the mean over all rows: `kto` with κ = 0 and unit weights.
///
/// ## When to use
/// As `kto`, when the second pass over mismatched completions is not worth its time: rows do not depend on
/// each other. Suited to data whose desirable completions are better than the policy's own.
///
/// ## Metrics
/// `rewards/chosen` is the mean of r over desirable rows and `rewards/rejected` over undesirable ones,
/// `rewards/margins` their difference; `logps/*` and `logratio/*` likewise. `counts/*` are the rows of each class; a
/// class without rows has no means.
///
/// ## In TRL
/// `KTOTrainer` with `loss_type: apo_zero_unpaired`. TRL's `desirable_weight` and `undesirable_weight` hold there
/// too: here `{name: kto, kl: false, …}` has them.
///
/// - Source: D'Oosterlinck et al. 2024 (arXiv 2408.06266); its form on rows is TRL's.
public struct APOZeroUnpaired: Objective {
  public static let name = "apo_zero_unpaired"
  public static let summary = "single completions, desirable or not, anchored at the reference"
  public static let formula = """
    r = beta (policy - ref)
    desirable:   loss = sigmoid(-r)
    undesirable: loss = sigmoid(r)
    D'Oosterlinck et al. 2024, arXiv 2408.06266
    """

  /// β > 0, default 0.1: scale of the log-ratios.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
  }

  public var inputs: [InputSpec] { InputSpec.unpairedRows }
  public var rewardScale: Double? { Double(beta) }

  public var undecidedLoss: Double? { 0.5 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (x.byLabel(-1, 1) * (beta * x.rowLogRatio)).sigmoid()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRowRewards(x, scale: beta)
  }
}
