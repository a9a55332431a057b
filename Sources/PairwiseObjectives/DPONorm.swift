public import PairwiseAutodiff
public import PairwiseConfig

/// Length-normalized DPO: each log-ratio is divided by its completion's tokens.
///
/// ℓ = softplus(−β·[(pc − rc)/|c| − (pr − rr)/|r|]). With equal lengths n it is DPO with β/n.
///
/// β has to be larger than DPO's by about a completion's length. Unlike DPO, tokens that both completions share
/// do not cancel.
///
/// ## When to use
/// When DPO makes completions longer: a token counts alike in short and long ones. It costs what DPO costs and
/// needs a β of its own (Tülu 3's recipe is said to use 5).
///
/// ## Metrics
/// `rewards/*` are β·log-ratio of sums, as TRL's; with a β made for averages they look large.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: sigmoid_norm`. The same, with the default β of 0.1.
///
/// - Source: Lambert et al. 2024 (Tülu 3, arXiv 2411.15124).
public struct DPONorm: PairedPolicyObjective {
  public static let name = "dpo_norm"
  public static let aliases = ["sigmoid_norm"]
  public static let summary = "DPO on log-ratios per token"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen)/chosen_len - (policy_rejected - ref_rejected)/rejected_len]
    loss = softplus(-z)
    Lambert et al. 2024, arXiv 2411.15124
    """

  /// β > 0, default 0.1: scale of the log-ratios per token.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) { beta = reader.beta() }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps + InputSpec.lengths + [.sampleWeight]
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-(beta * x.logRatioMarginPerToken)).softplus()
  }
}
