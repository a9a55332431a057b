public import PairwiseAutodiff
public import PairwiseConfig

/// Provably robust DPO: an unbiased estimate of DPO's clean loss from labels that are flipped at a known
/// rate ε.
///
/// ℓ = [(1 − ε)·softplus(−z) − ε·softplus(z)]/(1 − 2ε) = softplus(−z) − ε/(1 − 2ε)·z,
/// z = β·[(pc − rc) − (pr − rr)].
///
/// Its mean over flips, (1 − ε)·ℓ(z) + ε·ℓ(−z), is DPO's loss. The loss of one pair is unbounded below and may
/// be negative: the gradient in z never drops below ε/(1 − 2ε), so that separable data needs early stopping
/// or weight decay. The correction has the opposite sign of ``CDPO``'s. ε = 0 is DPO, bit for bit.
///
/// ## When to use
/// When labels are flipped at random at a rate that is known or measured, and enough pairs average the noise
/// out: the variance grows like 1/(1 − 2ε)². It costs what DPO costs. Without a known rate, ``CDPO`` is safer.
///
/// ## Metrics
/// `loss/dpo_clean`, the mean of softplus(−z), comparable between different ε; `rewards/*` are β·log-ratio.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: robust` and the same `label_smoothing`. The same formula, there as a
/// difference of two logarithms.
///
/// - Source: Chowdhury et al. 2024 (arXiv 2403.00409).
public struct RobustDPO: PairedPolicyObjective {
  public static let name = "robust_dpo"
  public static let aliases = ["robust", "rdpo"]
  public static let summary = "DPO debiased for labels that are flipped at a known rate"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = softplus(-z) - label_smoothing/(1 - 2 label_smoothing) z
    Chowdhury et al. 2024, arXiv 2403.00409
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// ε, in 0 ..< 0.5, default 0: the rate at which labels are flipped. In Double, because 1 − 2ε cancels.
  public var labelSmoothing: Double

  public init(beta: Float = 0.1, labelSmoothing: Double = 0) {
    self.beta = beta
    self.labelSmoothing = labelSmoothing
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    labelSmoothing = reader.labelSmoothing("Rate at which labels are flipped.")
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let z = logit(x)
    let clean = (-z).softplus()
    if labelSmoothing == 0 { return clean }
    return clean - Float(labelSmoothing / (1 - 2 * labelSmoothing)) * z
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    sums.mean("loss/dpo_clean", (-logit(x)).softplus().value)
  }
}
