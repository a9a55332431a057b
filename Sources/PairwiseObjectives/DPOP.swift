public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// DPO-Positive: DPO that keeps the chosen completion at least as likely as it was.
///
/// ℓ = softplus(−β·[(pc − rc) − (pr − rr) − λ·max(0, rc − pc)]): what the chosen log-prob falls below the
/// reference's counts λ times more than the margin gains. Where pc = rc, as at the start, the penalty's
/// derivative is 0. λ = 0 is DPO.
///
/// ## When to use
/// When both completions of a pair are alike and DPO lowers both. It costs what DPO costs, but gradients are up
/// to 1 + λ times DPO's: clip them. The paper's λ is said to be 50 with β 0.3.
///
/// ## Metrics
/// `dpop/penalty`, the mean of max(0, rc − pc), and `dpop/active`, the share of pairs that have one; `rewards/*` are
/// β·log-ratio.
///
/// ## In TRL
/// TRL has none. The formula was not compared with the authors' training code, which is not published.
///
/// - Source: Pal et al. 2024 (Smaug, arXiv 2402.13228).
public struct DPOP: PairedPolicyObjective {
  public static let name = "dpop"
  public static let summary = "DPO that keeps the chosen completion likely"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)
              - lambda max(0, ref_chosen - policy_chosen)]
    loss = softplus(-z)
    Pal et al. 2024, arXiv 2402.13228
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// λ ≥ 0: what a loss of chosen log-prob counts; to be given in configs, 50 otherwise.
  public var lambda: Float

  public init(beta: Float = 0.1, lambda: Float = 50) {
    self.beta = beta
    self.lambda = lambda
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    lambda = reader.required(
      "lambda", fallback: 50, .atLeast(0),
      "What a fall of the chosen log-prob below the reference's counts; 5 to 500, 0 is DPO.")
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let penalty = (-x.chosenLogRatio).relu()
    return (-(beta * (x.logRatioMargin - lambda * penalty))).softplus()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    let penalty = (-x.chosenLogRatio).relu().value
    sums.mean("dpop/penalty", penalty)
    let active = penalty.array.count { $0 > 0 }
    sums.mean("dpop/active", sum: Double(active), count: penalty.count)
  }
}
