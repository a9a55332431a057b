public import PairwiseAutodiff
public import PairwiseConfig

/// DPO with a scaled reference term, between reference-free and DPO.
///
/// ℓ = softplus(−β·[(pc − pr) − γ·(rc − rr)]). γ = 1 is DPO; γ = 0 leaves the reference out.
///
/// γ shifts each pair's logit by a constant and nothing else.
///
/// ## When to use
/// To see how much the reference's own ranking holds the policy back: a small γ lets pairs be ranked right that
/// the reference ranks wrong. It costs what DPO costs. It was made for a study, not as a better default.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio with the whole reference, whatever γ is.
///
/// ## In TRL
/// TRL has none.
///
/// - Source: Chen et al. 2024 (arXiv 2405.19534).
public struct DPOGamma: PairedPolicyObjective {
  public static let name = "dpo_gamma"
  public static let summary = "DPO with a scaled reference term"
  public static let formula = """
    z = beta [(policy_chosen - policy_rejected) - gamma (ref_chosen - ref_rejected)]
    loss = softplus(-z)
    Chen et al. 2024, arXiv 2405.19534
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// γ ≥ 0, default 1: what the reference counts.
  public var gamma: Float

  public init(beta: Float = 0.1, gamma: Float = 1) {
    self.beta = beta
    self.gamma = gamma
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    gamma = reader.value(
      "gamma", default: 1, .atLeast(0), "What the reference counts: 1 is DPO, 0 leaves it out.")
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let policy = x[.policyChosenLogps] - x[.policyRejectedLogps]
    let reference = x[.refChosenLogps] - x[.refRejectedLogps]
    return (-(beta * (policy - gamma * reference))).softplus()
  }
}
