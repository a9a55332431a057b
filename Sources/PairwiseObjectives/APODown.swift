public import PairwiseAutodiff
public import PairwiseConfig

/// Anchored preference optimization, down: lowers both completions, the rejected one more.
///
/// ℓ = σ(βa) + σ(−z), a = pc − rc, z = β·[(pc − rc) − (pr − rr)]. In 0 … 2, and 1 where policy and reference agree,
/// with no gradient on the chosen completion there.
///
/// ## When to use
/// When the model already says better things than the chosen completions; ``APOZero`` is for when it does not.
/// It costs what DPO costs, and its bounded loss is robust to wrong labels.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: apo_down`. The same.
///
/// - Source: D'Oosterlinck et al. 2024 (arXiv 2408.06266), eq. 8.
public struct APODown: PairedPolicyObjective {
  public static let name = "apo_down"
  public static let summary = "both down, the rejected one more"
  public static let formula = """
    a = policy_chosen - ref_chosen, z = beta [a - (policy_rejected - ref_rejected)]
    loss = sigmoid(beta a) + sigmoid(-z)
    D'Oosterlinck et al. 2024, arXiv 2408.06266
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) { beta = reader.beta() }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (beta * x.chosenLogRatio).sigmoid() + (-logit(x)).sigmoid()
  }
}
