public import PairwiseAutodiff
public import PairwiseConfig

/// φ-DPO: DPO with the focal factor, which turns pairs that are right already down.
///
/// ℓ = (1 − p)^γ·(−log p) = σ(−z)^γ·softplus(−z), p = σ(z), z = β·[(pc − rc) − (pr − rr)].
///
/// Falls with z everywhere. γ = 0 is DPO; 2^(−γ)·ln 2 where policy and reference agree. The power is computed as
/// e^(γ·log σ(−z)).
///
/// ## When to use
/// In continual learning, where a few groups of pairs are hard and many are easy: the reference is the previous
/// task's model, the rejected completion the forgotten behaviour. It costs what DPO costs. The task's own
/// likelihood can be added as a weighted sum; how the authors mix them is not known.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// TRL has none. Formula and γ = 2 come from a description of the paper, not from its code.
///
/// - Source: φ-DPO 2026 (arXiv 2602.22601); the focal factor is Lin et al. 2017 (arXiv 1708.02002).
public struct PhiDPO: PairedPolicyObjective {
  public static let name = "phi_dpo"
  public static let summary = "DPO with the focal factor: easy pairs count less"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = sigmoid(-z)^gamma softplus(-z)
    phi-DPO 2026, arXiv 2602.22601
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// γ ≥ 0, default 2: how strongly easy pairs are turned down.
  public var gamma: Float

  public init(beta: Float = 0.1, gamma: Float = 2) {
    self.beta = beta
    self.gamma = gamma
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    gamma = reader.value(
      "gamma", default: 2, .atLeast(0), "How strongly easy pairs are turned down; 0 is DPO.")
  }

  public var undecidedLoss: Double? { Double.ln2 * Double.twoToThe(-gamma) }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let wrong = -logit(x)
    let losses = wrong.softplus()
    if gamma == 0 { return losses }
    return (gamma * wrong.logSigmoid()).exp() * losses
  }
}
