public import PairwiseAutodiff
public import PairwiseConfig

/// Contrastive Preference Optimization: DPO against a uniform reference, held in place by the likelihood of
/// the chosen completions.
///
/// ℓ = softplus(−β·(pc − pr)) + α·NLL(chosen), with summed log-probs of the policy alone. `loss_type: hinge` has
/// max(0, 1 − β·(pc − pr)) in place of the first term, `ipo` (pc/|c| − pr/|r| − 1/(2β))² with log-probs
/// averaged over tokens; `label_smoothing` ε mixes softplus(−z) and softplus(z) as 1 − ε and ε.
///
/// Without the likelihood (α = 0) it is DPO with `reference_free`.
///
/// ## When to use
/// To save the memory and time of a reference model where the chosen completions are good enough to
/// be imitated, as in translation, for which it was made. The likelihood term is what keeps the policy
/// from unlearning; with noisy chosen completions a reference (`dpo`) is the better anchor.
///
/// ## Metrics
/// `rewards/*` are β·log-prob, without a reference (of the average per token for `ipo`). `nll_loss` is the
/// likelihood term before α.
///
/// ## In TRL
/// `CPOTrainer` with `loss_type` `sigmoid`, `hinge` or `ipo`, and the same names. Its likelihood is the
/// `token_mean` of each microbatch, here that of the whole batch. TRL ignores `label_smoothing` with `hinge`
/// and `ipo` with a warning; here that is an error. Its `loss_type: simpo` is `simpo` here, plus a weighted
/// `sft` unless its `cpo_alpha` is 0. TRL's `logps/*` are averages where the loss averages; here they are
/// always sums.
///
/// - Source: Xu et al. 2024 (arXiv 2401.08417).
public struct CPO: Objective {
  public static let name = "cpo"
  public static let summary =
    "DPO without a reference, plus the likelihood of the chosen completions"
  public static let formula = """
    z = beta (policy_chosen - policy_rejected)
    sigmoid: loss = (1 - label_smoothing) softplus(-z) + label_smoothing softplus(z) + cpo_alpha NLL(chosen)
    hinge:   max(0, 1 - z) + cpo_alpha NLL(chosen)
    ipo:     (policy_chosen / chosen_len - policy_rejected / rejected_len - 1/(2 beta))^2 + cpo_alpha NLL(chosen)
    Xu et al. 2024, arXiv 2401.08417
    """

  /// The shape of the preference term.
  public enum Loss: String, Sendable, CaseIterable { case sigmoid, hinge, ipo }

  /// β > 0, default 0.1: scale of the log-probs.
  public var beta: Float
  /// α ≥ 0, default 1: weight of the likelihood of the chosen completions.
  public var alpha: Float
  /// How the likelihoods are averaged; required unless α is 0.
  public var reductionOfNLL: NLLReduction?
  /// `sigmoid` (the default), `hinge` or `ipo`.
  public var loss: Loss
  /// ε in 0 ..< 0.5, default 0, for `sigmoid` only: probability that a label is wrong.
  public var labelSmoothing: Float

  public init(
    beta: Float = 0.1, alpha: Float = 1, _ reduction: NLLReduction? = .tokenMean,
    loss: Loss = .sigmoid, labelSmoothing: Float = 0
  ) {
    precondition(alpha == 0 || reduction != nil, "cpo: a likelihood term needs a reduction")
    self.beta = beta
    self.alpha = alpha
    reductionOfNLL = reduction
    self.loss = loss
    self.labelSmoothing = labelSmoothing
  }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-probs.")
    let alpha = reader.value(
      "cpo_alpha", default: Float(1), .atLeast(0),
      "Weight of the likelihood of the chosen completions; 0 leaves it out.")
    let reduction = reader.optionalChoice(
      "nll_reduction", NLLReduction.self,
      "What counts alike in the likelihood: tokens (token_mean, as TRL), completions (seq_mean), or nothing (seq_sum). Required unless cpo_alpha is 0."
    )
    if alpha > 0 && reduction == nil {
      reader.report(
        "nll_reduction",
        "missing, expected token_mean, seq_mean or seq_sum (or set cpo_alpha to 0)")
    }
    self.alpha = alpha
    reductionOfNLL = alpha > 0 ? reduction ?? .tokenMean : nil
    loss = reader.choice(
      "loss_type", default: .sigmoid,
      "The preference term: likelihood of the choice (sigmoid), a hinge at 1, or ipo's square of averages."
    )
    labelSmoothing = reader.value(
      "label_smoothing", default: 0, .range(0..<0.5),
      "Probability that a label is wrong; for loss_type sigmoid only.")
    if labelSmoothing > 0 && loss != .sigmoid {
      reader.report("label_smoothing", "only with loss_type sigmoid")
    }
  }

  public var inputs: [InputSpec] {
    let needsLength = loss == .ipo || (reductionOfNLL ?? .sequenceSum) != .sequenceSum
    var specs = InputSpec.policyLogps
    specs.append(.counted(.chosenLength, optional: !needsLength, .atLeast(1)))
    if loss == .ipo { specs.append(.counted(.rejectedLength, .atLeast(1))) }
    if alpha == 0 { specs.append(.sampleWeight) }
    return specs
  }

  public var totals: [InputName] {
    reductionOfNLL == .tokenMean ? NLLSpan.response.totals : []
  }

  public var rewardScale: Double? { Double(beta) }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let preference = preferenceLosses(x)
    return reductionOfNLL.map { preference + alpha * $0.losses(x) } ?? preference
  }

  private func preferenceLosses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = scored(x)
    switch loss {
    case .ipo: return (chosen - rejected - Float(0.5 / Double(beta))).squared()
    case .hinge: return (1 - beta * (chosen - rejected)).relu()
    case .sigmoid:
      let z = beta * (chosen - rejected)
      if labelSmoothing == 0 { return (-z).softplus() }
      return (1 - labelSmoothing) * (-z).softplus() + labelSmoothing * z.softplus()
    }
  }

  /// What is compared: log-probs, or their averages over tokens for `ipo`.
  private func scored(_ x: ObjectiveInputs) -> (chosen: Variable, rejected: Variable) {
    loss == .ipo ? x.averageLogps : (x[.policyChosenLogps], x[.policyRejectedLogps])
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = scored(x)
    sums.addPolicyRewards(x, chosen: (beta * chosen).value, rejected: (beta * rejected).value)
    if loss == .ipo { sums.addAverageLogps(x) }
    reductionOfNLL?.measure(x, into: &sums)
  }
}
