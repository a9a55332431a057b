public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Token-level DPO: DPO whose rewards carry the KL divergence from the reference, token by token.
///
/// ℓ = β·[(a + D_c) − (b + D_r)], loss = softplus(−ℓ), where a and b are the summed log-ratios to the
/// reference of chosen and rejected completion, and D_c, D_r their summed KL(π_ref ‖ π) over the whole
/// vocabulary at each token. Gradients flow through both divergences: of a token's logits the policy's own
/// distribution cancels, and e_y − π_ref is left.
///
/// Exactly ln 2 where policy and reference agree.
///
/// ## When to use
///
/// For pairs as in ``DPO``, where the policy strays further on rejected completions than on chosen ones.
/// It needs the reference live, because its whole distributions are read: one more forward pass a step,
/// and with full fine-tuning one more copy of the weights. ``TDPO2`` is the paper's main method.
///
/// ## Metrics
///
/// `rewards/*` are β·(log-ratio + D), so that their margin is ℓ. `kl/chosen` and `kl/rejected` are mean D,
/// `kl/margin` the mean of |D_c − D_r|.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Zeng et al. 2024, "Token-level Direct Preference Optimization" (arXiv 2404.11999), TDPO₁.
public struct TDPO1: Objective {
  public static let name = "tdpo1"
  public static let summary = "DPO whose rewards carry the KL from the reference, token by token"
  public static let formula = """
    D = sum over tokens of KL(ref || policy),  a, b = sums of policy - ref (chosen, rejected)
    l = beta [(a + D_chosen) - (b + D_rejected)]
    loss = softplus(-l)
    Zeng et al. 2024, arXiv 2404.11999
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-ratios.")
  }

  public var inputs: [InputSpec] { InputSpec.tokenLogps + InputSpec.tokenKL + [.sampleWeight] }

  public var rewardScale: Double? { Double(beta) }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = (TokenDivergence(x, .chosen), TokenDivergence(x, .rejected))
    let rewards = (chosen.ratio + chosen.kl, rejected.ratio + rejected.kl)
    return (-(beta * (rewards.0 - rewards.1))).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addDivergence(x, beta: beta)
  }
}

/// A side's summed log-ratio and KL from the reference, `[B]` each.
struct TokenDivergence {
  let side: TokenSide
  let ratio: Variable
  let kl: Variable

  init(_ x: ObjectiveInputs, _ which: InputSpec.Side) {
    side = TokenSide(x, which)
    ratio = side.ratios.sumRows()
    kl = side.selected(x[which.kl]).sumRows()
  }
}

extension MetricSums {
  /// The figures of both forms of token-level DPO.
  mutating func addDivergence(_ x: ObjectiveInputs, beta: Float) {
    let (chosen, rejected) = (TokenDivergence(x, .chosen), TokenDivergence(x, .rejected))
    let rewards = (beta * (chosen.ratio + chosen.kl), beta * (rejected.ratio + rejected.kl))
    add(PolicyFigures(chosen.side, rejected.side, rewards: rewards))
    mean("kl/chosen", chosen.kl.value)
    mean("kl/rejected", rejected.kl.value)
    mean("kl/margin", (chosen.kl - rejected.kl).abs().value)
  }
}
