public import PairwiseAutodiff
public import PairwiseConfig

/// DPO plus supervised fine-tuning on the chosen completions.
///
/// ℓ = softplus(−z) + α·NLL(chosen), z = β·[(pc − rc) − (pr − rr)]. The negative log-likelihood is a mean over the
/// batch's tokens, each completion's mean, or each completion's sum: three published choices, which differ by
/// orders of magnitude, so that the choice has to be made. α = 0 is DPO.
///
/// ## When to use
/// When DPO alone lowers the chosen log-prob: reasoning data (α = 1, `seq_mean`), or a small α (0.005,
/// `seq_sum`) against over-optimization. It costs what DPO costs.
///
/// ## Metrics
/// `nll_loss`, without α; `rewards/*` are β·log-ratio.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: [sigmoid, sft]` and `loss_weights: [1, α]` is `token_mean`, by microbatch there and by
/// batch here; older versions' `rpo_alpha` was the same α.
///
/// - Source: Pang et al. 2024 (arXiv 2404.19733); Liu et al. 2024 (arXiv 2405.16436).
public struct DPONLL: PairedPolicyObjective {
  public static let name = "dpo_nll"
  public static let summary = "DPO plus negative log-likelihood of the chosen completions"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = softplus(-z) + nll_weight nll
    nll = - sum policy_chosen / sum chosen_len (token_mean, over the whole batch),
          - policy_chosen/chosen_len (seq_mean), or - policy_chosen (seq_sum)
    Pang et al. 2024, arXiv 2404.19733; Liu et al. 2024, arXiv 2405.16436
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// α ≥ 0, default 1: what the likelihood counts.
  public var weightOfNLL: Float
  /// What counts alike; to be chosen in configs, tokens otherwise.
  public var reductionOfNLL: NLLReduction

  public init(
    beta: Float = 0.1, weightOfNLL: Float = 1, reductionOfNLL: NLLReduction = .tokenMean
  ) {
    self.beta = beta
    self.weightOfNLL = weightOfNLL
    self.reductionOfNLL = reductionOfNLL
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    weightOfNLL = reader.value(
      "nll_weight", default: 1, .atLeast(0), "What the likelihood term counts; 0 is DPO.")
    reductionOfNLL = reader.requiredChoice(
      "nll_reduction", fallback: .tokenMean,
      "What counts alike: tokens (token_mean, as TRL), completions (seq_mean), or nothing (seq_sum)."
    )
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps + [.counted(.chosenLength, .atLeast(1))]
  }

  public var totals: [InputName] { reductionOfNLL == .tokenMean ? [.chosenLength] : [] }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-logit(x)).softplus() + weightOfNLL * reductionOfNLL.losses(x)
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    reductionOfNLL.measure(x, into: &sums)
  }
}
