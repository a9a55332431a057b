public import PairwiseAutodiff
public import PairwiseConfig

/// Response-conditioned DPO: one completion under two prompts, of which it fulfils the first and not the second.
///
/// ℓ = softplus(−β·[(log π(y|x_w) − log π_ref(y|x_w)) − (log π(y|x_l) − log π_ref(y|x_l))]): DPO's arithmetic with
/// `chosen` read as "under the prompt that y fulfils" and `rejected` as "under the one it violates".
///
/// Equal prompts give ln 2 and no gradient, as equal completions do in DPO.
///
/// ## When to use
/// To teach constraints that can be checked (length, format, keywords) from completions alone: take a prompt
/// with the constraints' true outcomes and one with an outcome turned round. It says nothing about which of two
/// completions is better; mix it with `dpo`, or use `mapl_dpo`.
///
/// ## Metrics
/// As `dpo`: `rewards/chosen` and `logps/chosen` are those under the fulfilled prompt. `ranking_accuracy` compares the
/// same completion under both prompts.
///
/// ## In TRL
/// TRL has none; its DPO trainer has one prompt a pair.
///
/// - Source: Sun et al. 2025 (MAPL, arXiv 2505.12845), intra-sample pairs; Cai et al. 2025 (arXiv 2502.00814). The
///   formula is taken from descriptions of the two.
public struct RCDPO: PairedPolicyObjective {
  public static let name = "rc_dpo"
  public static let summary = "DPO between two prompts for one completion"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
        chosen: the completion under the prompt it fulfils, rejected: under the one it violates
    loss = softplus(-z)
    arXiv 2505.12845, arXiv 2502.00814
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable { (-logit(x)).softplus() }
}
