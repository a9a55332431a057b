internal import Glibc
public import PairwiseConfig

/// T10: actions with two rewards in 0, 0.1, …, 3. Gold rises with them at first and then falls, so that a
/// policy tilted further and further overshoots.
///
/// p₀ ∝ exp(−1.5(r₁ + r₂)), gold = r₁ + r₂ − 0.35(r₁² + r₂²).
public struct ConstrainedGrid: ToyProblem {
  public static let name = "constrained_grid"
  public static let summary = "two rewards of which too much is harmful, on a grid of actions"
  public static let source = "Moskovitz et al. 2023, arXiv 2310.04373"

  /// Start of the draws on which gold is measured, and how many there are at each weight.
  public var seed = 0
  public var samples = 500

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .atLeast(0), "Start of the draws on which gold is measured.")
    samples = reader.value(
      "samples", default: samples, .closed(1...100_000), "Draws on which gold is measured.")
  }

  /// (r₁, r₂) of the 961 actions.
  public let actions: [[Double]] = (0...30).flatMap { first in
    (0...30).map { second in [Double(first) / 10, Double(second) / 10] }
  }

  public var tilt: ExponentialTilt {
    ExponentialTilt(
      base: actions.map { exp(-1.5 * ($0[0] + $0[1])) }, rewards: actions)
  }

  /// Gold reward of each action.
  public var gold: [Double] {
    actions.map { $0[0] + $0[1] - 0.35 * ($0[0] * $0[0] + $0[1] * $0[1]) }
  }

  public var truth: [TruthEntry] {
    [TruthEntry("best_lambda", 1.276), TruthEntry("best_gold", 0.8739158703)]
  }
}
