public import PairwiseAutodiff
public import PairwiseConfig

/// DiscoPOP: a loss found by a program search, between DPO's logistic and an exponential loss.
///
/// ℓ = (1 − m)·softplus(−z) + m·e^(−z), m = σ(z/τ), z = β·[(pc − rc) − (pr − rr)]. The gate m is trained through.
///
/// m·e^(−z) is computed as e^(log σ(z/τ) − z): 0 for very wrong pairs where m = 0 would meet e^(−z) = ∞. That
/// holds for τ < 1; with τ > 1 the term really grows without bound. Not convex: a bump near z = 0.
///
/// ## When to use
/// As an alternative to DPO of the same cost, with the authors' β = 0.05 and τ = 0.05. The bump makes pairs
/// near 0 move either way; look at accuracy rather than the loss.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: discopop`; τ is called `discopop_tau` there, which is understood here too.
///
/// - Source: Lu et al. 2024 (arXiv 2406.08414) (the log-ratio modulated loss).
public struct DiscoPOP: PairedPolicyObjective {
  public static let name = "discopop"
  public static let summary = "logistic and exponential loss, gated by the logit"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)], m = sigmoid(z/tau)
    loss = (1 - m) softplus(-z) + m exp(-z)
    Lu et al. 2024, arXiv 2406.08414
    """

  /// β > 0, default 0.1 as TRL's; the paper's is 0.05.
  public var beta: Float
  /// τ > 0, default 0.05: how sharply the gate changes at z = 0.
  public var tau: Float

  public init(beta: Float = 0.1, tau: Float = 0.05) {
    self.beta = beta
    self.tau = tau
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    tau = reader.value(
      "tau", or: "discopop_tau", default: 0.05, .greater(than: 0),
      "How sharply the gate between both losses changes at logit 0.")
  }

  public var undecidedLoss: Double? { (Double.ln2 + 1) / 2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let z = logit(x)
    let gate = z / tau
    return (-gate).sigmoid() * (-z).softplus() + (gate.logSigmoid() - z).exp()
  }
}
