public import PairwiseAutodiff
public import PairwiseConfig

/// Simple Preference Optimization: the average log-prob of a completion is its reward, and the chosen one has
/// to lead by a margin.
///
/// ℓ = softplus(−[β·(pc/|c| − pr/|r|) − γ]), with log-probs averaged over the tokens of each completion.
///
/// The margin is given as γ itself or as γ/β. Where the averages tie the loss is softplus(γ).
///
/// ## When to use
/// When there is no room for a reference model and length should not pay: what is optimised is what
/// generation ranks by. Sensitive to the learning rate (about 1e-6 at most for large models), as nothing
/// holds the policy in place; add a small weight of `sft` if it drifts.
///
/// ## Metrics
/// `rewards/*` are β·(log-prob / tokens), without γ. `logps/*` are sums, `logps_avg/*` averages.
///
/// ## In TRL
/// `CPOTrainer` with `loss_type: simpo`, where γ is `simpo_gamma` (0.5 by default), β is 0.1 by default, and
/// `cpo_alpha` stays at 1 unless set to 0, which adds the likelihood of the chosen completions: here
/// `[{name: simpo, …, weight: 1}, {name: sft, nll_reduction: token_mean, weight: 1}]`. TRL's `logps/*` are averages.
///
/// - Source: Meng et al. 2024 (arXiv 2405.14734).
public struct SimPO: Objective {
  public static let name = "simpo"
  public static let summary = "average log-prob as reward, with a target margin and no reference"
  public static let formula = """
    loss = softplus(-[beta (policy_chosen / chosen_len - policy_rejected / rejected_len) - gamma])
           gamma = gamma_beta_ratio beta where that is given
    Meng et al. 2024, arXiv 2405.14734
    """

  /// β > 0, default 2: scale of the average log-probs. The paper tunes it in 2 … 10.
  public var beta: Float
  /// γ, any number: by how much the chosen completion has to lead. In configs either `gamma` or
  /// `gamma_beta_ratio` = γ/β, which is usually 0.25 … 0.6.
  public var gamma: Float

  public init(beta: Float = 2, gamma: Float) {
    self.beta = beta
    self.gamma = gamma
  }

  public init(from reader: inout SectionReader) {
    beta = reader.value(
      "beta", default: 2, .greater(than: 0), "Scale of the average log-probs.")
    let gamma = reader.optional(
      "gamma", Float.self, "The margin itself. Either this or gamma_beta_ratio.")
    let ratio = reader.optional(
      "gamma_beta_ratio", Float.self, "The margin over beta, usually 0.25 to 0.6.")
    if gamma != nil && ratio != nil {
      reader.report(
        "gamma_beta_ratio", "expected exactly one of gamma, gamma_beta_ratio, found both")
    } else if gamma == nil && ratio == nil {
      reader.report("gamma", "expected exactly one of gamma, gamma_beta_ratio, found neither")
    }
    self.gamma = gamma ?? Float(Double(ratio ?? 0) * Double(beta))
  }

  public var inputs: [InputSpec] { InputSpec.averagedLogps + [.sampleWeight] }

  public var undecidedLoss: Double? { .softplus(gamma) }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = x.averageLogps
    return (gamma - beta * (chosen - rejected)).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = x.averageLogps
    sums.addPolicyRewards(x, chosen: (beta * chosen).value, rejected: (beta * rejected).value)
    sums.addAverageLogps(x)
  }
}
