public import PairwiseAutodiff
public import PairwiseConfig

/// Calibrated DPO: DPO that also draws each log-ratio to a target of its own.
///
/// ℓ = softplus(−(a − b)) + w·[(a − 1/(2β))² + (b + 1/(2β))²], a = pc − rc, b = pr − rr. The first term has no β, as in
/// the authors' code. Every minimum has a = −b; without the first term it is at ±1/(2β).
///
/// ## When to use
/// When the chosen log-prob must rise and not only the margin. It costs what DPO costs. The official β of 0.002
/// puts the targets at ±250 nats: losses start at 62,500, so that the learning rate must be small or the
/// gradient clipped.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio.
///
/// ## In TRL
/// TRL has none. w = ½ is the authors' code; the paper's text may mean 1.
///
/// - Source: Xiao et al. 2024 (arXiv 2412.14516).
public struct CalDPO: PairedPolicyObjective {
  public static let name = "cal_dpo"
  public static let summary = "DPO with log-ratios drawn to targets"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    loss = softplus(-(a - b)) + calibration_weight [(a - 1/(2 beta))^2 + (b + 1/(2 beta))^2]
    Xiao et al. 2024, arXiv 2412.14516
    """

  /// β > 0, default 0.1: ±1/(2β) are the targets of the log-ratios, in nats.
  public var beta: Float
  /// w ≥ 0, default 0.5: what each square counts.
  public var calibrationWeight: Float

  public init(beta: Float = 0.1, calibrationWeight: Float = 0.5) {
    self.beta = beta
    self.calibrationWeight = calibrationWeight
  }

  public init(from reader: inout SectionReader) {
    beta = reader.value(
      "beta", default: 0.1, .greater(than: 0),
      "The log-ratios are drawn to 1/(2 beta) and -1/(2 beta).")
    calibrationWeight = reader.value(
      "calibration_weight", default: 0.5, .atLeast(0), "What each squared distance counts.")
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let target = Float(0.5 / Double(beta))
    let chosen = (x.chosenLogRatio - target).squared()
    let rejected = (x.rejectedLogRatio + target).squared()
    return (-x.logRatioMargin).softplus() + calibrationWeight * (chosen + rejected)
  }
}
