/// How well a reward model tells apart several responses to the same prompt, without labels: what MetaRM
/// keeps up on a shifted distribution.
///
/// J = mean over prompts of (2/k²)·Σ_{i<j} σ(|rᵢ − rⱼ|), from (k − 1)/(2k) where all rewards are equal to
/// below (k − 1)/k.
///
/// The training step: θ' = θ + s·η·∇J on the unlabelled responses, then θ ← θ − α·∇L at θ' (first order:
/// the gradient is taken at θ' and applied at θ).
///
/// - Source: Wang et al. 2024, arXiv 2401.06080; Dou et al. 2024, "MetaRM", arXiv 2405.00438.
public struct RewardSpread: Sendable, Equatable {
  /// J.
  public let value: Double
  /// ∂J/∂r, `[P][k]`. Equal rewards pull in no direction, so start from a head with noise.
  public let gradient: [[Double]]

  /// - Parameter rewards: `[P][k]`, k ≥ 2 of each prompt.
  /// - Throws: `EvaluationError` for no prompts, fewer than two responses, or a reward that is not finite.
  public init(_ rewards: [[Double]]) throws(EvaluationError) {
    guard !rewards.isEmpty else { throw .empty("meta responses") }
    var total = 0.0
    var gradient: [[Double]] = []
    for (row, values) in rewards.enumerated() {
      guard values.count >= 2 else {
        throw .outOfRange(
          "meta responses", row: row, found: "\(values.count)", expected: "at least 2 of a prompt")
      }
      for value in values {
        try EvaluationError.check(value, within: Moments.largestMagnitude, "meta reward", row: row)
      }
      let scale = 2 / Double(values.count * values.count)
      var slopes = [Double](repeating: 0, count: values.count)
      for i in values.indices {
        for j in values.indices.dropFirst(i + 1) {
          let gap = values[i] - values[j]
          let size = Logistic.sigmoid(abs(gap))
          total += scale * size
          let slope = scale * size * Logistic.sigmoid(-abs(gap)) * (gap > 0 ? 1 : gap < 0 ? -1 : 0)
          slopes[i] += slope
          slopes[j] -= slope
        }
      }
      gradient.append(slopes)
    }
    value = total / Double(rewards.count)
    self.gradient = gradient.map { $0.map { $0 / Double(rewards.count) } }
  }
}
