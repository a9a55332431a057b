public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Odds Ratio Preference Optimization: fine-tuning on the chosen completions with a preference for them over the
/// rejected ones, in one stage and without a reference.
///
/// With averages A = pc/|c| and B = pr/|r| per token and logit(A) = A − log(1 − e^A), the log-odds ratio is
/// lo = logit(A) − logit(B), and ℓ = NLL(chosen) + λ·softplus(−lo).
///
/// Equal averages give λ·ln 2, λ = 0 is `sft`. log(1 − e^A) is taken in the form that keeps its digits at both
/// ends. An average at 0, probability 1, has infinite odds: it is held at −1e-12, gets no gradient from the odds
/// there, and is counted.
///
/// ## When to use
/// To go from a base model to a preferred style in one pass, when the chosen completions are worth
/// imitating: it replaces SFT and DPO, at the cost of one model in memory. As a second stage after SFT, `dpo`
/// or `simpo` usually move the preferences further.
///
/// ## Metrics
/// `rewards/*` are λ·(log-prob / tokens). `nll_loss` is the likelihood term, `log_odds_chosen` the mean of lo,
/// `log_odds_ratio` the mean of log σ(lo), `probability_one` the share of completions held at −1e-12. `logps/*`
/// are sums, `logps_avg/*` averages.
///
/// ## In TRL
/// `ORPOTrainer`, where λ is called `beta`. TRL's likelihood runs over prompt and chosen completion,
/// averaged over the tokens of each microbatch: `nll_span: all` with `nll_reduction: token_mean` (here of the
/// whole batch). The paper's is over the completion, the default here. TRL's `logps/*` are averages.
///
/// - Source: Hong et al. 2024 (arXiv 2403.07691).
public struct ORPO: Objective {
  public static let name = "orpo"
  public static let summary = "likelihood of the chosen completions plus a log-odds ratio"
  public static let formula = """
    A = policy_chosen / chosen_len, B = policy_rejected / rejected_len
    lo = (A - B) - [log(1 - exp A) - log(1 - exp B)]
    loss = NLL(chosen) + lambda softplus(-lo)
    Hong et al. 2024, arXiv 2403.07691
    """

  /// λ ≥ 0, default 0.1: weight of the odds ratio.
  public var lambda: Float
  /// How the likelihoods are averaged; required.
  public var reductionOfNLL: NLLReduction
  /// The tokens of the likelihood: `response` (the default) or `all`, with the prompt.
  public var span: NLLSpan

  public init(
    lambda: Float = 0.1, _ reduction: NLLReduction = .tokenMean, span: NLLSpan = .response
  ) {
    self.lambda = lambda
    reductionOfNLL = reduction
    self.span = span
  }

  public init(from reader: inout SectionReader) {
    lambda = reader.value(
      "lambda", default: 0.1, .atLeast(0), "Weight of the odds ratio; TRL calls it beta.")
    reductionOfNLL = reader.requiredChoice(
      "nll_reduction", fallback: .tokenMean,
      "What counts alike in the likelihood: tokens (token_mean, as TRL), completions (seq_mean), or nothing (seq_sum)."
    )
    span = reader.choice(
      "nll_span", default: .response,
      "Tokens of the likelihood: the chosen completion (response), or the prompt too (all, as TRL)."
    )
  }

  public var inputs: [InputSpec] { InputSpec.averagedLogps + span.inputs }

  public var totals: [InputName] { reductionOfNLL == .tokenMean ? span.totals : [] }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    reductionOfNLL.losses(x, over: span) + lambda * (-logOddsRatio(x)).softplus()
  }

  /// Averages this near to 0 are held there.
  private static let nearestToOne: Float = -1e-12

  /// lo, `[B]`.
  private func logOddsRatio(_ x: ObjectiveInputs) -> Variable {
    let a = x.averageLogps.chosen.atMost(Self.nearestToOne)
    let b = x.averageLogps.rejected.atMost(Self.nearestToOne)
    return (a - b) - (a.log1mexp() - b.log1mexp())
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (a, b) = x.averageLogps
    sums.addPolicyRewards(x, chosen: (lambda * a).value, rejected: (lambda * b).value)
    sums.addAverageLogps(x)
    reductionOfNLL.measure(x, over: span, into: &sums)
    let ratio = logOddsRatio(x)
    sums.mean("log_odds_ratio", ratio.logSigmoid().value)
    sums.mean("log_odds_chosen", ratio.value)
    let held = (a.value.array + b.value.array).count { $0 > Self.nearestToOne }
    sums.mean("probability_one", sum: Double(held), count: 2 * a.value.count)
  }
}
