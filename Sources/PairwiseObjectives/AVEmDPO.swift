public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Modality-aware preference optimization: DPO against several rejected completions, less what the text alone
/// explains, plus the same completion under a corrupted input.
///
/// With log-ratios lr and weights vᵢ of the rejected completions,
/// ℓ = softplus(−{β·[lr(y_w) − Σᵢ vᵢ·lr(y_l,i)] − γ·[t(y_w) − Σᵢ vᵢ·t(y_l,i)]}) + λ·softplus(−β·[lr(y_w) − lr(y_w | corrupted)]).
///
/// t is the log-prob under the text alone, without the input that the prompt is about, a constant here; the
/// penalty acts as MODPO's margin does. γ = 0 with one rejected completion and λ = 0 is DPO. How the paper
/// spreads the text prior over several rejected completions, and whether it carries a gradient, could not be
/// verified: weights as for the rewards and no gradient are choices of this project.
///
/// ## When to use
/// When answers can be guessed without looking at what they are about (an image, a document, an audio): γ takes
/// away the part of a margin that the guess explains. It needs log-probs without the input as columns and, for λ,
/// a prompt with another input in its place.
///
/// ## Metrics
/// `rewards/chosen` is β·lr(y_w), `rewards/rejected` β·Σᵢ vᵢ·lr(y_l,i), `rewards/accuracies` and `/margins` from them;
/// `text/margins` is the mean of the text's own margin, `corrupted/accuracy` the share of pairs whose completion has the
/// greater log-ratio with the true input. `logps/chosen` and `logps/rejected` are log-probs, averaged over the
/// rejected completions with vᵢ.
///
/// ## In TRL
/// TRL has none.
///
/// - Source: arXiv 2602.07054 (AVERE, 2026), from descriptions; β, λ and γ are those of the authors' launch script.
public struct AVEmDPO: Objective {
  public static let name = "avem_dpo"
  public static let summary =
    "DPO with several rejected completions, a text prior and a corrupted input"
  public static let formula = """
    rejected = sum_i rejected_weights[i] rejected_i, for log-ratios lr and text log-probs t alike
    loss = softplus(-{beta [lr(chosen) - lr(rejected)] - gamma [t(chosen) - t(rejected)]})
         + lambda_av softplus(-beta [lr(chosen) - lr(chosen, corrupted input)])
    arXiv 2602.07054
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// γ ≥ 0, default 0.2: how much of the text's own margin is taken away.
  public var gamma: Float
  /// v, each ≥ 0 with sum 1, one a rejected completion; nil, the default, counts all alike.
  public var rejectedWeights: [Float]?
  /// λ ≥ 0, default 1: weight of the comparison with a corrupted input.
  public var lambdaAV: Float

  public init(
    beta: Float = 0.1, gamma: Float = 0.2, rejectedWeights: [Float]? = nil, lambdaAV: Float = 1
  ) {
    self.beta = beta
    self.gamma = gamma
    self.rejectedWeights = rejectedWeights
    self.lambdaAV = lambdaAV
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    gamma = reader.value(
      "gamma", default: 0.2, .atLeast(0), "How much of the text's own margin is taken away.")
    rejectedWeights = reader.optional(
      "rejected_weights", [Float].self, .each(.atLeast(0), count: 1...Int.max),
      "What each rejected completion counts, adding up to 1; all alike if absent.")
    let sum = (rejectedWeights ?? [1]).reduce(0) { $0 + Double($1) }
    if abs(sum - 1) > 1e-5 {
      reader.report("rejected_weights", "expected weights that add up to 1, found the sum \(sum)")
    }
    lambdaAV = reader.value(
      "lambda_av", default: 1, .atLeast(0),
      "Weight of the same completion under a corrupted input; 0 leaves it out.")
  }

  public var inputs: [InputSpec] {
    let count = rejectedWeights.map { InputSpec.Extent.fixed($0.count) } ?? .symbol("R")
    func rejected(_ name: InputName, _ source: InputSpec.Source) -> InputSpec {
      InputSpec(
        name, shape: [.symbol("B"), count], from: source, isDifferentiable: source == .model,
        values: .logProbability)
    }
    return [
      .computed(.policyChosenLogps, .logProbability), rejected(.policyRejectedLogps, .model),
      .reference(.refChosenLogps, .logProbability), rejected(.refRejectedLogps, .reference),
      .column(.textChosenLogps, .logProbability), rejected(.textRejectedLogps, .data),
    ]
      + (lambdaAV == 0
        ? []
        : [
          .computed(.policyCorruptedLogps, .logProbability),
          .reference(.refCorruptedLogps, .logProbability),
        ])
  }

  public var rewardScale: Double? { Double(beta) }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let preferred = beta * (x.chosenLogRatio - combined(x.rejectedLogRatio))
    let losses = (gamma * textMargin(x) - preferred).softplus()
    guard lambdaAV > 0 else { return losses }
    return losses + lambdaAV * (-(beta * corruptedMargin(x))).softplus()
  }

  /// Σᵢ vᵢ·xᵢ, `[B, R]` → `[B]`.
  private func combined(_ x: Variable) -> Variable {
    guard let rejectedWeights else { return x.sumRows() / Float(x.shape[1]) }
    return (x * Variable(constant: Tensor(rejectedWeights))).sumRows()
  }

  private func textMargin(_ x: ObjectiveInputs) -> Variable {
    x[.textChosenLogps] - combined(x[.textRejectedLogps])
  }

  private func corruptedMargin(_ x: ObjectiveInputs) -> Variable {
    x.chosenLogRatio - (x[.policyCorruptedLogps] - x[.refCorruptedLogps])
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    var pair = x
    for name in [InputName.policyRejectedLogps, .refRejectedLogps] {
      pair[name] = combined(x[name])
    }
    sums.addPolicyRewards(pair, scale: beta)
    sums.mean("text/margins", textMargin(x).value)
    guard lambdaAV > 0 else { return }
    let margin = corruptedMargin(x).value
    sums.mean(
      "corrupted/accuracy", sum: Double(margin.array.count { $0 > 0 }), count: margin.count)
  }
}

extension InputName {
  /// Log-prob of the chosen completion without the input that the prompt is about, `[B]`.
  public static let textChosenLogps: InputName = "text_chosen_logps"
  /// The same for the rejected completions, `[B, R]`.
  public static let textRejectedLogps: InputName = "text_rejected_logps"
  /// Log-prob of the chosen completion under a corrupted input, `[B]`.
  public static let policyCorruptedLogps: InputName = "policy_corrupted_logps"
  public static let refCorruptedLogps: InputName = "ref_corrupted_logps"
}
