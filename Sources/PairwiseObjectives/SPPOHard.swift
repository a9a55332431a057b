public import PairwiseAutodiff
public import PairwiseConfig

/// Self-play preference optimization with hard labels: the chosen completion wins always, the rejected one
/// never.
///
/// ℓ = (a − 1/(2β))² + (b + 1/(2β))², a = pc − rc, b = pr − rr.
///
/// ## When to use
/// As ``SPPO``, where only a choice is known. It costs what DPO costs. With the official β of 0.001 the targets
/// are ±500 nats and the loss starts at 500,000: clip gradients.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: sppo_hard`. The same.
///
/// - Source: Wu et al. 2024 (arXiv 2405.00675), eq. 4.7 with hard labels.
public struct SPPOHard: PairedPolicyObjective {
  public static let name = "sppo_hard"
  public static let summary = "log-ratios drawn to 1/(2 beta) and -1/(2 beta)"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    loss = (a - 1/(2 beta))^2 + (b + 1/(2 beta))^2
    Wu et al. 2024, arXiv 2405.00675
    """

  /// β > 0, default 0.1: the paper's 1/η; the official value is 0.001.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.value(
      "beta", default: 0.1, .greater(than: 0),
      "1/eta: log-ratios are drawn to 1/(2 beta) and -1/(2 beta); officially 0.001.")
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let target = Float(0.5 / Double(beta))
    return (x.chosenLogRatio - target).squared() + (x.rejectedLogRatio + target).squared()
  }
}
