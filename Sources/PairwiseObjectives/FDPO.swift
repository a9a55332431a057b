public import PairwiseAutodiff
public import PairwiseConfig

/// DPO with another divergence from the reference than the reverse KL.
///
/// ℓ = softplus(−β·[s(a) − s(b)]), a = pc − rc, b = pr − rr, with the score s of the divergence up to a constant, which
/// cancels:
///
/// | divergence | s(x) |
/// |---|---|
/// | `reverse_kl` | x: DPO |
/// | `forward_kl` | 1 − e^(−x) |
/// | `js` (Jensen–Shannon) | log σ(x) |
/// | `alpha` (0 < α < 1) | (1 − e^(−αx))/α |
///
/// ln 2 at a = b for each. α → 0 is DPO, α → 1 the forward KL. Exponents stop at 80, where e^80 still is a number
/// in 32 bits: a log-ratio below −80 (−80/α) has no gradient then.
///
/// ## When to use
/// When the policy should keep covering what the reference covers (forward KL, α near 1) or in between (js). The
/// costs are DPO's. Forward KL and js saturate: log-ratios far above 0 gain nothing, and far below 0 forward KL
/// explodes, so that gradients need clipping.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, not β·s, as TRL's.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: sigmoid` and `f_divergence_type`: `reverse_kl`, `forward_kl`, `js_divergence`,
/// `alpha_divergence`. TRL's `f_alpha_divergence_coef` is 1 − α; both default to 0.5. Its coefficient 1 stands for
/// the reverse KL; here α > 0, and `reverse_kl` is named as such. TRL stops exponents for `alpha` only.
///
/// - Source: Wang et al. 2023 (arXiv 2309.16240).
public struct FDPO: PairedPolicyObjective {
  public static let name = "f_dpo"
  public static let summary = "DPO with another divergence: forward KL, Jensen-Shannon, alpha"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    loss = softplus(-beta [s(a) - s(b)])
    reverse_kl: s(x) = x        forward_kl: s(x) = -exp(-x)
    js: s(x) = log sigmoid(x)   alpha: s(x) = -exp(-alpha x)/alpha
    Wang et al. 2023, arXiv 2309.16240
    """

  /// What the policy's distance from the reference is measured by.
  public enum Divergence: String, Sendable, CaseIterable {
    case reverseKL = "reverse_kl"
    case forwardKL = "forward_kl"
    case js
    case alpha
  }

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// To be chosen in configs, `reverseKL` otherwise.
  public var divergence: Divergence
  /// α, > 0 and < 1, default 0.5: 1 − TRL's coefficient. Read for `alpha` only.
  public var alpha: Float

  public init(beta: Float = 0.1, divergence: Divergence = .reverseKL, alpha: Float = 0.5) {
    self.beta = beta
    self.divergence = divergence
    self.alpha = alpha
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    divergence = reader.requiredChoice(
      "divergence", fallback: .reverseKL, "What keeps the policy near the reference.")
    let given = reader.optional(
      "alpha", Float.self, .between(0, 1),
      "Between reverse KL (0) and forward KL (1), with divergence alpha only; none means 0.5.")
    if given != nil, divergence != .alpha {
      reader.report(
        "alpha", "expected only with divergence alpha, found it with \(divergence.rawValue)")
    }
    alpha = given ?? 0.5
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let difference = score(x.chosenLogRatio) - score(x.rejectedLogRatio)
    return (-(beta * difference)).softplus()
  }

  private func score(_ ratio: Variable) -> Variable {
    switch divergence {
    case .reverseKL: ratio
    case .js: ratio.logSigmoid()
    case .forwardKL: -(-ratio).atMost(80).expm1()
    case .alpha: -(-alpha * ratio).atMost(80).expm1() / alpha
    }
  }
}
