public import PairwiseAutodiff
public import PairwiseConfig

/// Hinge on DPO's logit: nothing to learn from a pair whose log-ratios are apart by 1/β.
///
/// ℓ = max(0, 1 − z), z = β·[(pc − rc) − (pr − rr)]. The derivative at z = 1 is 0.
///
/// ## When to use
/// When pairs that are clearly right should stop training, which bounds the drift from the reference. 1/β is
/// the margin in nats, so that it needs a β chosen for it (the paper's is 0.05). It costs what DPO costs.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: hinge`. The same.
///
/// - Source: Zhao et al. 2023 (SLiC-HF, arXiv 2305.10425); with a reference Liu et al. 2023 (RSO,
///   arXiv 2309.06657).
public struct Hinge: PairedPolicyObjective {
  public static let name = "hinge"
  public static let summary = "hinge on DPO's logit: pairs apart by 1/beta are done"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = max(0, 1 - z)
    Zhao et al. 2023, arXiv 2305.10425; Liu et al. 2023, arXiv 2309.06657
    """

  /// β > 0, default 0.1: 1/β is the margin of log-ratios that is enough, in nats.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) { beta = reader.beta() }

  public var undecidedLoss: Double? { 1 }

  public func losses(_ x: ObjectiveInputs) -> Variable { (1 - logit(x)).relu() }
}
