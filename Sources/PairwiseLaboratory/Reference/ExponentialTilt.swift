internal import Glibc
internal import PairwiseEvaluation

/// The policy over finitely many actions that is closest to p₀ among those with given mean rewards:
/// π ∝ p₀·exp(Σ λᵢrᵢ).
///
/// - Source: the exact form of Moskovitz et al. 2023, arXiv 2310.04373.
public struct ExponentialTilt: Sendable, Equatable {
  /// p₀, of sum 1.
  public let base: [Double]
  /// `[n][N]`: the rewards of each action.
  public let rewards: [[Double]]

  /// Traps for no actions, or actions of different numbers of rewards.
  public init(base: [Double], rewards: [[Double]]) {
    precondition(
      !base.isEmpty && base.count == rewards.count
        && rewards.allSatisfy { $0.count == rewards[0].count },
      "tilt: \(base.count) probabilities for \(rewards.count) actions")
    let total = base.reduce(0, +)
    self.base = base.map { $0 / total }
    self.rewards = rewards
  }

  private func logits(_ lambda: [Double]) -> [Double] {
    zip(base, rewards).map { log($0) + dot(lambda, $1) }
  }

  /// π, `[n]`.
  public func policy(_ lambda: [Double]) -> [Double] { Softmax.of(logits(lambda)) }

  /// ln Z, whose gradient in λ are the moments.
  public func logPartition(_ lambda: [Double]) -> Double { Softmax.logSumExp(logits(lambda)) }

  /// E rᵢ, `[N]`.
  public func moments(_ lambda: [Double]) -> [Double] {
    let p = policy(lambda)
    return lambda.indices.map { i in zip(p, rewards).reduce(0) { $0 + $1.0 * $1.1[i] } }
  }

  /// KL(π ‖ p₀), nats.
  public func divergence(_ lambda: [Double]) -> Double {
    dot(lambda, moments(lambda)) - logPartition(lambda)
  }

  /// Mean of a number of each action under π.
  public func mean(_ values: [Double], _ lambda: [Double]) -> Double { dot(policy(lambda), values) }

  /// The λ with E r = θ: the minimum of ln Z(λ) − λ·θ.
  ///
  /// - Throws: `FitError` if no λ reaches the thresholds: they must lie strictly inside the rewards' hull.
  public func multipliers(reaching thresholds: [Double]) throws(FitError) -> [Double] {
    try Newton.minimize(
      TiltDual(tilt: self, thresholds: thresholds), from: thresholds.map { _ in 0 },
      tolerance: 1e-11)
  }

  /// The same by gradient steps with λ ≥ 0, as a trainer would do it.
  public func ascended(
    to thresholds: [Double], rate: Double = 0.05, steps: Int = 20_000
  ) -> [Double] {
    var lambda = thresholds.map { _ in 0.0 }
    for _ in 0..<steps {
      let means = moments(lambda)
      for i in lambda.indices {
        lambda[i] = max(0, lambda[i] - rate * (means[i] - thresholds[i]))
      }
    }
    return lambda
  }
}

private struct TiltDual: SmoothFunction {
  let name = "multipliers of a tilt"
  let tilt: ExponentialTilt
  let thresholds: [Double]

  func value(at lambda: [Double]) -> Double {
    tilt.logPartition(lambda) - dot(lambda, thresholds)
  }

  func expansion(at lambda: [Double]) -> Expansion {
    let n = lambda.count
    var result = Expansion(unknowns: n)
    result.value = value(at: lambda)
    let p = tilt.policy(lambda)
    let means = tilt.moments(lambda)
    for i in 0..<n { result.gradient[i] = means[i] - thresholds[i] }
    for (weight, r) in zip(p, tilt.rewards) {
      for i in 0..<n {
        for j in 0..<n {
          result.hessian[i * n + j] += weight * (r[i] - means[i]) * (r[j] - means[j])
        }
      }
    }
    return result
  }
}
