public import PairwiseAutodiff
public import PairwiseConfig

/// Self-play preference optimization with estimated win probabilities: each log-ratio is drawn to how often
/// its completion wins against the policy.
///
/// ℓ = ½·[(a − (P_c − ½)/β)² + (b − (P_r − ½)/β)²], a = pc − rc, b = pr − rr. With P_c = 1 and P_r = 0 it is half of
/// ``SPPOHard``.
///
/// ## When to use
/// In rounds of self-play, on completions that the policy generated and a judge compared with each other often
/// enough to estimate the win probabilities (the columns `win_prob_chosen` and `win_prob_rejected`). It costs
/// what DPO costs. With the official β of 0.001 the targets are up to ±500 nats: clip gradients.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// TRL has only the hard form, ``SPPOHard``. The sum over both completions is divided by 2, as in the authors'
/// code.
///
/// - Source: Wu et al. 2024 (arXiv 2405.00675), eq. 4.7.
public struct SPPO: PairedPolicyObjective {
  public static let name = "sppo"
  public static let summary = "log-ratios drawn to estimated win probabilities"
  public static let formula = """
    a = policy_chosen - ref_chosen, b = policy_rejected - ref_rejected
    loss = 1/2 [(a - (win_prob_chosen - 1/2)/beta)^2 + (b - (win_prob_rejected - 1/2)/beta)^2]
    Wu et al. 2024, arXiv 2405.00675
    """

  /// β > 0, default 0.1: the paper's 1/η; the official value is 0.001.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.value(
      "beta", default: 0.1, .greater(than: 0),
      "1/eta: log-ratios are drawn to (win probability - 1/2)/beta; officially 0.001.")
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps + [
      .column(.winProbabilityChosen, .closed(0, 1)),
      .column(.winProbabilityRejected, .closed(0, 1)), .sampleWeight,
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let chosen = x.chosenLogRatio - (x[.winProbabilityChosen] - 0.5) / beta
    let rejected = x.rejectedLogRatio - (x[.winProbabilityRejected] - 0.5) / beta
    return 0.5 * (chosen.squared() + rejected.squared())
  }
}

extension InputName {
  /// How often the completion wins against the policy's own, in 0…1, `[B]`.
  public static let winProbabilityChosen: InputName = "win_prob_chosen"
  public static let winProbabilityRejected: InputName = "win_prob_rejected"
}
