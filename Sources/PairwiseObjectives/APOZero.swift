public import PairwiseAutodiff
public import PairwiseConfig

/// Anchored preference optimization, zero: raises the chosen completion and lowers the rejected one.
///
/// ℓ = σ(−βa) + σ(βb), a = pc − rc, b = pr − rr. In 0 … 2, and 1 where policy and reference agree. Slopes are
/// σ(x)·σ(−x), so that pairs far on either side, wrong or right, hardly train.
///
/// ## When to use
/// When the chosen completions are better than what the model says itself; ``APODown`` is for when they are
/// worse. It costs what DPO costs, and its bounded loss is robust to wrong labels.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: apo_zero`. The same.
///
/// - Source: D'Oosterlinck et al. 2024 (arXiv 2408.06266), eq. 7.
public struct APOZero: PairedPolicyObjective {
  public static let name = "apo_zero"
  public static let summary = "chosen up, rejected down, both anchored to the reference"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    loss = sigmoid(-beta a) + sigmoid(beta b)
    D'Oosterlinck et al. 2024, arXiv 2408.06266
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) { beta = reader.beta() }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-(beta * x.chosenLogRatio)).sigmoid() + (beta * x.rejectedLogRatio).sigmoid()
  }
}
