public import PairwiseAutodiff
public import PairwiseConfig

/// Binary classifier optimization on pairs: the chosen completion is a yes, the rejected one a no.
///
/// ℓ = softplus(−βa) + softplus(βb), a = pc − rc, b = pr − rr. Never less than DPO's loss; 2·ln 2 where policy and
/// reference agree. The paper's shift of the rewards belongs to the unpaired objective.
///
/// ## When to use
/// As a term beside DPO that moves both log-probs in absolute terms (``MPOMix``), or alone where the margin is
/// not enough. It costs what DPO costs.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: bco_pair`. The same as TRL's code, which has no running mean; its documentation
/// prints another formula.
///
/// - Source: Jung et al. 2024 (arXiv 2404.04656); the pair form is TRL's.
public struct BCOPair: PairedPolicyObjective {
  public static let name = "bco_pair"
  public static let summary = "chosen and rejected each classified by the log-ratio"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    loss = softplus(-beta a) + softplus(beta b)
    Jung et al. 2024, arXiv 2404.04656
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) { beta = reader.beta() }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-(beta * x.chosenLogRatio)).softplus() + (beta * x.rejectedLogRatio).softplus()
  }
}
