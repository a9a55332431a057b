internal import Glibc

/// What no single predictor can win back on a pair whose groups disagree.
///
/// With P(a ≻ b) = p_k in groups of weights π, whoever doesn't know the group pays h(p̄) nats at least, and
/// who knows it Σ πₖh(pₖ): the gap is the mutual information between group and label.
///
/// - Source: Shen et al. 2025, MiCRo, arXiv 2505.24846, whose bound 2ρK·Var(p) lies below it (ρ the least
///   weight, the variance with divisor K).
public struct GroupGap: Sendable, Equatable {
  /// h(p̄) and Σ πₖh(pₖ), nats.
  public let blind: Double
  public let informed: Double
  public let bound: Double

  /// How much knowing the group is worth, ≥ 0.
  public var gap: Double { blind - informed }

  /// Traps for no groups or lists of different lengths.
  public init(weights: [Double], probabilities: [Double]) {
    precondition(
      !weights.isEmpty && weights.count == probabilities.count,
      "group gap: \(weights.count) weights, \(probabilities.count) probabilities")
    blind = Self.entropy(dot(weights, probabilities))
    informed = dot(weights, probabilities.map(Self.entropy))
    let count = Double(weights.count)
    let mean = probabilities.reduce(0, +) / count
    let variance = probabilities.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    bound = 2 * (weights.min() ?? 0) * count * variance
  }

  /// h(p) in nats, 0 at both ends.
  private static func entropy(_ p: Double) -> Double {
    [p, 1 - p].reduce(0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
  }
}
