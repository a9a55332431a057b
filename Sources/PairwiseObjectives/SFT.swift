public import PairwiseAutodiff
public import PairwiseConfig

/// Supervised fine-tuning on the chosen completions: their negative log-likelihood.
///
/// The prompt is not trained on, and nothing reads the rejected completions.
///
/// ## When to use
///
/// Before preference training, so that the reference can write completions like the data's; or as a part of
/// a weighted sum, to keep the likelihood of chosen completions up.
///
/// ## Metrics
///
/// `logps/chosen`, the mean summed log-prob; token means as for every policy.
///
/// ## In TRL
///
/// `SFTTrainer` on completions only, or the `sft` term of `DPOTrainer`'s `loss_type` list: both are
/// `token_mean`, TRL's mean running over a microbatch.
///
/// - Source: the usual maximum-likelihood baseline; `token_mean` is TRL's reduction.
public struct SFT: Objective {
  public static let name = "sft"
  public static let summary = "negative log-likelihood of the chosen completions"
  public static let formula = """
    token_mean: loss = - sum policy_chosen / sum chosen_len   (over the whole batch)
    seq_mean:   loss = mean(- policy_chosen / chosen_len)
    seq_sum:    loss = mean(- policy_chosen)
    """

  public var reductionOfNLL: NLLReduction

  public init(_ reduction: NLLReduction = .tokenMean) { reductionOfNLL = reduction }

  public init(from reader: inout SectionReader) {
    reductionOfNLL = reader.requiredChoice(
      "nll_reduction", fallback: .tokenMean,
      "What counts alike: tokens (token_mean, as TRL), completions (seq_mean), or nothing (seq_sum)."
    )
  }

  public var inputs: [InputSpec] {
    [
      .computed(.policyChosenLogps, .logProbability),
      .counted(.chosenLength, optional: reductionOfNLL == .sequenceSum, .atLeast(1)),
    ]
  }

  public var totals: [InputName] { reductionOfNLL == .tokenMean ? [.chosenLength] : [] }

  public func losses(_ x: ObjectiveInputs) -> Variable { reductionOfNLL.losses(x) }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.mean("logps/chosen", x[.policyChosenLogps].value)
  }
}
