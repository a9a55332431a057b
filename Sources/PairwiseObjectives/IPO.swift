public import PairwiseAutodiff
public import PairwiseConfig

/// Identity Preference Optimization: the difference of log-ratios is drawn to a target instead of to
/// infinity.
///
/// ℓ = (h − 1/(2τ))², with h = a/|c| − b/|r| per token or h = a − b of sums; a = pc − rc and b = pr − rr, |c| and
/// |r| the tokens of both completions.
///
/// The minimum is at h = 1/(2τ) exactly: a pair beyond it is pushed back. With preference probability p the
/// optimum is (p − ½)/τ. The scale is not that of logistic losses (1/(4τ²) at the start).
///
/// ## When to use
/// On preferences that are close to deterministic, where DPO drives log-ratios without bound. Per token,
/// lengths do not matter to the target. It costs what DPO costs; τ must be tuned anew for each normalization.
///
/// ## Metrics
/// `rewards/*` are τ·log-ratio of sums, whatever `normalize` says, as TRL does.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: ipo`, always per token; τ is called `beta` there, which is understood here too.
/// The original DPO repository and the paper sum (`normalize: none`).
///
/// - Source: Azar et al. 2023 (arXiv 2310.12036), eq. 17.
public struct IPO: PairedPolicyObjective {
  public static let name = "ipo"
  public static let summary = "squared distance of the log-ratios' difference from a target"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    per_token: h = a/chosen_len - b/rejected_len     none: h = a - b
    loss = (h - 1/(2 tau))^2
    Azar et al. 2023, arXiv 2310.12036
    """

  /// What the log-ratios are divided by.
  public enum Normalization: String, Sendable, CaseIterable {
    case none
    case perToken = "per_token"
  }

  /// τ, in 1e-4 ... 10, default 0.1: 1/(2τ) is the target.
  public var tau: Float
  /// Whether each side's log-ratio is divided by its tokens, the default, or not.
  public var normalization: Normalization

  public init(tau: Float = 0.1, normalization: Normalization = .perToken) {
    self.tau = tau
    self.normalization = normalization
  }

  public init(from reader: inout SectionReader) {
    tau = reader.value(
      "tau", or: "beta", default: 0.1, .closed(1e-4...10),
      "The log-ratios' difference is drawn to 1/(2 tau).")
    normalization = reader.choice(
      "normalize", default: .perToken,
      "Divide each log-ratio by its completion's tokens (per_token, as TRL) or not (none, as the paper)."
    )
  }

  public var beta: Float { tau }

  public var inputs: [InputSpec] {
    let lengths = normalization == .perToken ? InputSpec.lengths : []
    return InputSpec.policyLogps + InputSpec.referenceLogps + lengths + [.sampleWeight]
  }

  public var undecidedLoss: Double? { 0.25 / (Double(tau) * Double(tau)) }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let h = normalization == .perToken ? x.logRatioMarginPerToken : x.logRatioMargin
    return (h - Float(0.5 / Double(tau))).squared()
  }
}

extension ObjectiveInputs {
  /// Chosen minus rejected log-ratio, each divided by its completion's tokens, `[B]`.
  var logRatioMarginPerToken: Variable {
    chosenLogRatio / self[.chosenLength] - rejectedLogRatio / self[.rejectedLength]
  }
}
