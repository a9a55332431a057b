public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// DPO in which the tokens beyond the shorter completion's length count less, so that length alone earns
/// less reward.
///
/// With n the length of the shorter completion of a pair, every log-prob is Σ_{t ≤ n} + α·Σ_{t > n}, of
/// policy and reference alike; loss = softplus(−β·(a′ − b′)) with the log-ratios a′ and b′ of these.
///
/// With α = 1 it is DPO, and so it is for pairs of equal lengths. The shorter completion is unaffected.
///
/// ## When to use
///
/// Where a DPO run makes answers longer without making them better. α near 1 keeps more of the long
/// answer's content in the reward; the paper picks it per model, about 0.5. It reads per-token log-probs
/// of the reference, never its distributions.
///
/// ## Metrics
///
/// `rewards/*`, `logps/*` and `logratio/*` are those of the weighted log-probs. `ranking_accuracy` compares
/// the weighted log-probs too.
///
/// ## In TRL
///
/// `DPOTrainer` with `loss_type: sigmoid` and `ld_alpha`, which is `alpha` here and off by default.
///
/// - Source: Liu et al. 2024, "Length Desensitization in Direct Preference Optimization" (arXiv 2409.06411).
public struct LDDPO: Objective {
  public static let name = "ld_dpo"
  public static let summary = "DPO that discounts the tokens by which one completion is longer"
  public static let formula = """
    n = min(chosen_len, rejected_len);  logp' = sum of the first n tokens + alpha (sum of the others)
    loss = softplus(-beta [(policy'_chosen - ref'_chosen) - (policy'_rejected - ref'_rejected)])
    Liu et al. 2024, arXiv 2409.06411
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// α in 0 … 1, no default: what tokens beyond the shorter completion's length count.
  public var alpha: Float

  public init(beta: Float = 0.1, alpha: Float) { (self.beta, self.alpha) = (beta, alpha) }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-ratios.")
    alpha = reader.required(
      "alpha", fallback: Float(1), .closed(0...1),
      "What tokens beyond the shorter completion's length count; TRL's ld_alpha.")
  }

  public var inputs: [InputSpec] { InputSpec.tokenLogps + [.sampleWeight] }

  public var rewardScale: Double? { Double(beta) }

  /// Weights of the tokens of both sides.
  private func weights(_ chosen: TokenSide, _ rejected: TokenSide) -> (Variable, Variable) {
    let shorter = zip(chosen.lengths, rejected.lengths).map(min)
    func weights(_ side: TokenSide) -> Variable {
      side.weights { row, token in token < shorter[row] ? 1 : alpha }
    }
    return (weights(chosen), weights(rejected))
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = (x.chosenTokens, x.rejectedTokens)
    let weights = weights(chosen, rejected)
    let ratios = (
      (weights.0 * chosen.ratios).sumRows(), (weights.1 * rejected.ratios).sumRows()
    )
    return (-(beta * (ratios.0 - ratios.1))).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = (x.chosenTokens, x.rejectedTokens)
    let weights = weights(chosen, rejected)
    let ratios = (
      (weights.0 * chosen.ratios).sumRows(), (weights.1 * rejected.ratios).sumRows()
    )
    var figures = PolicyFigures(
      chosen, rejected, rewards: (beta * ratios.0, beta * ratios.1))
    figures.chosenLogps = (weights.0 * chosen.logps).sumRows().value
    figures.rejectedLogps = (weights.1 * rejected.logps).sumRows().value
    (figures.chosenRatios, figures.rejectedRatios) = (ratios.0.value, ratios.1.value)
    sums.add(figures)
  }
}
