public import PairwiseAutodiff
public import PairwiseConfig

/// Token-level DPO that holds back the divergence of rejected completions, and only theirs.
///
/// ℓ = β·[a − b − α·(D_r − sg(D_c))], loss = softplus(−ℓ), in the terms of ``TDPO1``; sg stops the
/// gradient, so chosen completions are trained as in DPO while rejected ones are drawn towards the
/// reference.
///
/// With α = 0 it is DPO. With α = 1 it has the value of ``TDPO1``, but another gradient. Exactly ln 2
/// where policy and reference agree.
///
/// ## When to use
///
/// Where DPO pushes rejected completions too far from the reference; the paper's main method. It costs
/// what ``TDPO1`` costs: a live reference and its distributions.
///
/// ## Metrics
///
/// As ``TDPO1``: `rewards/*` are β·(log-ratio + D), whose margin is not ℓ here.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Zeng et al. 2024, "Token-level Direct Preference Optimization" (arXiv 2404.11999), TDPO₂.
public struct TDPO2: Objective {
  public static let name = "tdpo2"
  public static let summary = "DPO that holds back the KL of rejected completions, token by token"
  public static let formula = """
    D = sum over tokens of KL(ref || policy),  a, b = sums of policy - ref (chosen, rejected)
    l = beta [a - b - alpha (D_rejected - stop_gradient(D_chosen))]
    loss = softplus(-l)
    Zeng et al. 2024, arXiv 2404.11999
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// α ≥ 0, default 0.5: weight of the divergences.
  public var alpha: Float

  public init(beta: Float = 0.1, alpha: Float = 0.5) { (self.beta, self.alpha) = (beta, alpha) }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-ratios.")
    alpha = reader.value("alpha", default: 0.5, .atLeast(0), "Weight of the divergences.")
  }

  public var inputs: [InputSpec] { InputSpec.tokenLogps + InputSpec.tokenKL + [.sampleWeight] }

  public var rewardScale: Double? { Double(beta) }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = (TokenDivergence(x, .chosen), TokenDivergence(x, .rejected))
    let margin = chosen.ratio - rejected.ratio
    let divergence = rejected.kl - chosen.kl.detached()
    return (-(beta * (margin - alpha * divergence))).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addDivergence(x, beta: beta)
  }
}
