public import PairwiseAutodiff
public import PairwiseConfig

/// Noise contrastive alignment on pairs: raises the chosen completion, lowers both, each on its own.
///
/// ℓ = softplus(−βa) + ½·softplus(βa) + ½·softplus(βb), a = pc − rc, b = pr − rr.
///
/// The part in a is least at βa = ln 2, which keeps the chosen log-prob from falling. 2·ln 2 where policy and
/// reference agree.
///
/// ## When to use
/// When DPO lowers the chosen log-prob and it should not fall. It costs what DPO costs; the paper's β is 0.01.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: nca_pair`. The same.
///
/// - Source: Chen et al. 2024 (arXiv 2402.05369).
public struct NCAPair: PairedPolicyObjective {
  public static let name = "nca_pair"
  public static let summary = "noise contrast: the chosen log-prob does not fall"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    loss = softplus(-beta a) + 1/2 softplus(beta a) + 1/2 softplus(beta b)
    Chen et al. 2024, arXiv 2402.05369
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) { beta = reader.beta() }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = (beta * x.chosenLogRatio, beta * x.rejectedLogRatio)
    return (-chosen).softplus() + 0.5 * chosen.softplus() + 0.5 * rejected.softplus()
  }
}
