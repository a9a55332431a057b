public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Multi-level aware preference learning: Bradley–Terry on pairs, on pairs of prompts, and on what more
/// instructions should add to a pair's lead.
///
/// ℓ = softplus(−Δ) + λ₁·softplus(−(r(x_w, y) − r(x_l, y))) + λ₂·softplus(−(Δ̃ − Δ)), Δ = r(x, y_w) − r(x, y_l):
/// one completion y that satisfies the instructions of the prompt x_w better than those of x_l, and Δ̃, the lead of
/// y_w under the prompt x̃ with more instructions. λ₁ = λ₂ = 0 is ``RegularBT``. The form of the last term is a
/// choice of this project: the paper's could not be verified.
///
/// ## When to use
///
/// For reward models that should follow several instructions at once, where satisfaction can be checked by a
/// program and such prompts can be made. Four more sequences a pair are scored.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``; `intra/loss` and `intra/accuracy` of the pair of prompts; `inter/loss` and
/// `inter/accuracy`, the share of pairs whose lead is greater with more instructions.
///
/// ## In TRL
///
/// TRL has none. ``MAPLDPO`` is the form for policies.
///
/// - Source: Sun et al. 2025, MAPL (arXiv 2505.12845), from descriptions.
public struct MultiLevelAware: ScoreObjective {
  public static let name = "multi_level_aware"
  public static let summary = "Bradley-Terry on pairs, pairs of prompts, and added instructions"
  public static let formula = """
    lead = r_chosen - r_rejected
    loss = softplus(-lead) + lambda_1 softplus(-(r_satisfied_prompt - r_violated_prompt))
         + lambda_2 softplus(-(r_multi_chosen - r_multi_rejected - lead))
    Sun et al. 2025, arXiv 2505.12845
    """

  /// λ₁ ≥ 0, default 1: weight of the pair of prompts.
  public var lambdaIntra: Float
  /// λ₂ ≥ 0, default 1: weight of the added instructions.
  public var lambdaInter: Float

  public init(lambdaIntra: Float = 1, lambdaInter: Float = 1) {
    self.lambdaIntra = lambdaIntra
    self.lambdaInter = lambdaInter
  }

  public init(from reader: inout SectionReader) {
    lambdaIntra = reader.value(
      "lambda_1", default: 1, .atLeast(0),
      "Weight of one completion under a prompt it satisfies and one it does not.")
    lambdaInter = reader.value(
      "lambda_2", default: 1, .atLeast(0),
      "Weight of the lead that more instructions should add.")
  }

  public var inputs: [InputSpec] {
    InputSpec.scores + [
      .computed(.satisfiedPromptScores), .computed(.violatedPromptScores),
      .computed(.multiChosenScores), .computed(.multiRejectedScores),
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-x.scoreMargin).softplus() + lambdaIntra * (-intra(x)).softplus()
      + lambdaInter * (-inter(x)).softplus()
  }

  /// r(x_w, y) − r(x_l, y), `[B]`.
  private func intra(_ x: ObjectiveInputs) -> Variable {
    x[.satisfiedPromptScores] - x[.violatedPromptScores]
  }

  /// What more instructions add to the lead, `[B]`.
  private func inter(_ x: ObjectiveInputs) -> Variable {
    (x[.multiChosenScores] - x[.multiRejectedScores]) - x.scoreMargin
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    for (name, lead) in [("intra", intra(x)), ("inter", inter(x))] {
      sums.mean("\(name)/loss", (-lead).softplus().value)
      let wins = lead.value.array.count { $0 > 0 }
      sums.mean("\(name)/accuracy", sum: Double(wins), count: lead.value.count)
    }
  }
}

extension InputName {
  /// r(x_w, y): one completion under a prompt whose instructions it satisfies, `[B]`.
  public static let satisfiedPromptScores: InputName = "satisfied_prompt_scores"
  /// r(x_l, y): the same completion under a prompt whose instructions it violates, `[B]`.
  public static let violatedPromptScores: InputName = "violated_prompt_scores"
  /// r(x̃, y_w) and r(x̃, y_l): the pair under its prompt with more instructions, `[B]`.
  public static let multiChosenScores: InputName = "multi_chosen_scores"
  public static let multiRejectedScores: InputName = "multi_rejected_scores"
}
