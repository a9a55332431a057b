public import PairwiseAutodiff
public import PairwiseConfig

/// Length-regularized DPO: takes the part of a preference that length explains out of what is learned.
///
/// ℓ = softplus(−(z + α·(|c| − |r|))), z = β·[(pc − rc) − (pr − rr)], lengths in tokens.
///
/// With the reward penalized by α per token, the logit of a choice gets plus α·(|c| − |r|): where the chosen
/// completion is the longer one, length already explains some of the choice and the gradient shrinks. Some
/// implementations have a minus here, which does the opposite; the sign here is derived. α = 0 is DPO, and so
/// are equal lengths.
///
/// ## When to use
/// When annotators prefer long answers and the policy should not learn that. It costs what DPO costs. α is in
/// logits per token: at 0.01, a hundred tokens more count as one logit.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, without the lengths.
///
/// ## In TRL
/// TRL has none.
///
/// - Source: Park et al. 2024 (arXiv 2403.19159).
public struct LengthDPO: PairedPolicyObjective {
  public static let name = "length_dpo"
  public static let aliases = ["r_dpo"]
  public static let summary = "DPO that does not learn a preference for length"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = softplus(-(z + alpha (chosen_len - rejected_len)))
    Park et al. 2024, arXiv 2403.19159
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// α ≥ 0, default 0.01: logits that a token of difference in length explains.
  public var alpha: Float

  public init(beta: Float = 0.1, alpha: Float = 0.01) {
    self.beta = beta
    self.alpha = alpha
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    alpha = reader.value(
      "alpha", default: 0.01, .atLeast(0),
      "Logits that a token of difference in length explains; 0 is DPO.")
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps + InputSpec.lengths + [.sampleWeight]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let difference = x[.chosenLength] - x[.rejectedLength]
    return (-(logit(x) + alpha * difference)).softplus()
  }
}
