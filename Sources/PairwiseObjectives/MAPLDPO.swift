public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Multi-level Aware Preference Learning: DPO, plus one completion under two prompts, plus a pair whose gap has to
/// grow when the prompt asks for what the chosen completion does.
///
/// ℓ = softplus(−z) + λ₁·softplus(−z_intra) + λ₂·ℓ_inter, each z a DPO logit β·(difference of log-ratios):
/// z of the pair (y_w, y_l) under its prompt x; z_intra of y_w under a prompt it fulfils (`fulfilled`) and under one
/// it violates (`violated`); z′ of the pair under x′, that is x with constraints that y_w fulfils and y_l does not
/// (`constrained`). ℓ_inter = softplus(−(z′ − z)) with `inter: gap`, or softplus(−z′) with `inter: dpo`.
///
/// A part whose weight is 0 is left out with its inputs; without both it is DPO. The paper's formula of the
/// inter-sample part and its weights could not be verified: `gap`, the baseline `dpo` and unit weights are choices
/// of this project, as is that gradients flow through both z′ and z.
///
/// ## When to use
/// For prompts with several checkable instructions at once. It needs three more prompts a pair, built by a
/// library of constraints, and up to four more sequences in every step; try `dpo` on (x′, y_w, y_l) first.
///
/// ## Metrics
/// `rewards/*` and the rest as `dpo`, of the plain pair. `intra/loss`, `intra/accuracy` (share of z_intra > 0),
/// `inter/loss` and `inter/accuracy` (share with z′ > z, or z′ > 0 with `dpo`).
///
/// ## In TRL
/// TRL has none.
///
/// - Source: Sun et al. 2025 (arXiv 2505.12845); the inter-sample form is our choice.
public struct MAPLDPO: PairedPolicyObjective {
  public static let name = "mapl_dpo"
  public static let summary = "DPO plus prompts with constraints fulfilled and violated"
  public static let formula = """
    z = beta (log ratio(chosen) - log ratio(rejected)), z_intra = beta (log ratio(fulfilled) - log ratio(violated))
    z' = beta (log ratio(constrained chosen) - log ratio(constrained rejected))
    loss = softplus(-z) + lambda_intra softplus(-z_intra) + lambda_inter inter
    gap: inter = softplus(-(z' - z))
    dpo: inter = softplus(-z')
    arXiv 2505.12845; the inter-sample part is a choice of this project
    """

  /// The loss of the pair under the prompt with constraints.
  public enum Inter: String, Sendable, CaseIterable { case gap, dpo }

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// λ₁ ≥ 0, default 1: weight of the intra-sample part.
  public var lambdaIntra: Float
  /// λ₂ ≥ 0, default 1: weight of the inter-sample part.
  public var lambdaInter: Float
  /// `gap` (the default) or `dpo`.
  public var inter: Inter

  public init(
    beta: Float = 0.1, lambdaIntra: Float = 1, lambdaInter: Float = 1, inter: Inter = .gap
  ) {
    self.beta = beta
    self.lambdaIntra = lambdaIntra
    self.lambdaInter = lambdaInter
    self.inter = inter
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    lambdaIntra = reader.value(
      "lambda_intra", default: 1, .atLeast(0),
      "Weight of the chosen completion under a fulfilled and a violated prompt; 0 leaves it out.")
    lambdaInter = reader.value(
      "lambda_inter", default: 1, .atLeast(0),
      "Weight of the pair under the prompt with constraints; 0 leaves it out.")
    inter = reader.choice(
      "inter", default: .gap,
      "The pair under the prompt with constraints: its gap is to exceed the plain one's (gap), or 0 (dpo)."
    )
  }

  public var inputs: [InputSpec] {
    var specs = InputSpec.policyLogps + InputSpec.referenceLogps
    if lambdaIntra > 0 { specs += Sides.intra.specs }
    if lambdaInter > 0 { specs += Sides.constrained.specs }
    return specs + [.sampleWeight]
  }

  /// The four log-probs of a comparison.
  private struct Sides {
    var policy: (InputName, InputName)
    var reference: (InputName, InputName)

    static let intra = Sides(
      policy: ("policy_fulfilled_logps", "policy_violated_logps"),
      reference: ("ref_fulfilled_logps", "ref_violated_logps"))
    static let constrained = Sides(
      policy: ("policy_constrained_chosen_logps", "policy_constrained_rejected_logps"),
      reference: ("ref_constrained_chosen_logps", "ref_constrained_rejected_logps"))

    var specs: [InputSpec] {
      [
        .computed(policy.0, .logProbability), .computed(policy.1, .logProbability),
        .reference(reference.0, .logProbability), .reference(reference.1, .logProbability),
      ]
    }

    /// Difference of the log-ratios, `[B]`.
    func margin(_ x: ObjectiveInputs) -> Variable {
      (x[policy.0] - x[reference.0]) - (x[policy.1] - x[reference.1])
    }
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    var losses = (-logit(x)).softplus()
    if lambdaIntra > 0 { losses = losses + lambdaIntra * (-intraLogit(x)).softplus() }
    if lambdaInter > 0 { losses = losses + lambdaInter * (-interLogit(x)).softplus() }
    return losses
  }

  private func intraLogit(_ x: ObjectiveInputs) -> Variable { beta * Sides.intra.margin(x) }

  private func interLogit(_ x: ObjectiveInputs) -> Variable {
    let margin = Sides.constrained.margin(x)
    return beta * (inter == .dpo ? margin : margin - x.logRatioMargin)
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    func add(_ group: String, _ logit: Variable) {
      sums.mean("\(group)/loss", (-logit).softplus().value)
      let wins = logit.value.array.count { $0 > 0 }
      sums.mean("\(group)/accuracy", sum: Double(wins), count: logit.value.count)
    }
    if lambdaIntra > 0 { add("intra", intraLogit(x)) }
    if lambdaInter > 0 { add("inter", interLogit(x)) }
  }
}
