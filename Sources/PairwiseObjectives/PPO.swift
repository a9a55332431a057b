public import PairwiseAutodiff
public import PairwiseConfig

/// Proximal policy optimization's clipped policy gradient on single completions, or tokens, with given advantages.
///
/// ρ = π/π_old, ℓ = −min(ρ·A, clip(ρ, 1 − ε, 1 + ε)·A): where a step has gone far enough in the direction that A
/// asks for, it pulls no more. Beyond it in the other direction it does, without bound: clipping never hides a
/// mistake.
///
/// ## When to use
/// For several updates on completions that an older version of the policy drew. Advantages come from elsewhere:
/// rewards less a baseline, normalised over the batch.
///
/// ## Metrics
/// `ratio`, the mean of ρ; `clip_fraction`, the share of rows that pull no more; `kl`, the mean of log π_old − log
/// π, an estimate of the distance from the old policy; `advantages/mean`; `logps/mean`.
///
/// ## In TRL
/// The policy loss of `PPOTrainer` (`cliprange`), which also trains a value model and generates; ``PPOValue`` has a value
/// network.
///
/// - Source: Schulman et al. 2017 (arXiv 1707.06347).
public struct PPO: Objective {
  public static let name = "ppo"
  public static let summary = "clipped policy gradient with given advantages"
  public static let formula = """
    rho = exp(policy - old)
    loss = -min(rho A, clip(rho, 1 - clip_range, 1 + clip_range) A)
    Schulman et al. 2017, arXiv 1707.06347
    """

  /// ε, > 0 and < 1, default 0.2: how far one batch of completions may move the policy.
  public var clipRange: Float

  public init(clipRange: Float = 0.2) { self.clipRange = clipRange }

  public init(from reader: inout SectionReader) {
    clipRange = reader.value(
      "clip_range", default: 0.2, .between(0, 1),
      "How far the ratio to the old policy may go from 1 before a row pulls no more.")
  }

  public var inputs: [InputSpec] {
    [
      .computed(.policyLogps, .logProbability), .column(.oldLogps, .logProbability),
      .column(.advantages),
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable { surrogate(x).losses }

  private func surrogate(_ x: ObjectiveInputs) -> ClippedSurrogate {
    ClippedSurrogate(
      x[.policyLogps] - x[.oldLogps], x[.advantages].value, clipRange: clipRange)
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let log = x[.policyLogps] - x[.oldLogps]
    sums.mean("ratio", log.atMost(80).exp().value)
    let clipped = surrogate(x).isClipped
    sums.mean("clip_fraction", sum: Double(clipped.count { $0 }), count: clipped.count)
    sums.mean("kl", (-log).value)
    sums.mean("advantages/mean", x[.advantages].value)
    sums.mean("logps/mean", x[.policyLogps].value)
  }
}

extension InputName {
  /// Log-prob under the policy that drew the completion, `[B]`.
  public static let oldLogps: InputName = "old_logps"
  /// How much better than expected it was, `[B]`.
  public static let advantages: InputName = "advantages"
}
