internal import Glibc
public import PairwiseConfig
internal import PairwiseTensor

/// T16: a policy that was trained on directions within 20° of the first reward and gets worse outside.
///
/// At angle t a draw has the rewards R(t)·(cos t, sin t) + 0.3·(normal, normal), R = 1 within 20° and
/// max(0, 1 − 1.2·(|t| − 20°)) outside, in radians.
public struct DirectionGap: ToyProblem {
  public static let name = "direction_gap"
  public static let summary = "candidates from neighbours of a direction the policy does not know"
  public static let source = "Mao et al. 2025, RPS, arXiv 2510.20498"

  public var seed = 71
  /// The target of a study, degrees from the first reward.
  public var degrees = 45.0
  public let trials = 1500
  public let candidates = 5

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the draws.")
    degrees = reader.value(
      "degrees", default: degrees, .closed(-180...180), "The target, from the first reward.")
  }

  /// What selection is worth at a target angle.
  public struct Outcome: Sendable, Equatable {
    /// Share of trials in which the neighbours' best beats the target's own best.
    public var winRate: Double
    /// Mean score of the best, from the target itself and from its neighbours.
    public var baseline: Double
    public var selected: Double
  }

  /// Trials at several targets, one after the other from one stream.
  public func outcomes(degrees: [Double]) -> [Outcome] {
    var rng = SplitMix64(seed: UInt64(seed))
    let width = 30 * Double.pi / 180
    return degrees.map { target in
      let t = target * Double.pi / 180
      let v = [cos(t), sin(t)]
      var (wins, own, other) = (0, 0.0, 0.0)
      for _ in 0..<trials {
        var best = -Double.infinity
        for _ in 0..<candidates { best = max(best, dot(v, draw(t, &rng))) }
        var neighbour = -Double.infinity
        for _ in 0..<candidates {
          let offset = (2 * rng.uniform() - 1) * width
          neighbour = max(neighbour, dot(v, draw(t + offset, &rng)))
        }
        if neighbour > best { wins += 1 }
        own += best
        other += neighbour
      }
      let n = Double(trials)
      return Outcome(winRate: Double(wins) / n, baseline: own / n, selected: other / n)
    }
  }

  private func draw(_ t: Double, _ rng: inout SplitMix64) -> [Double] {
    let outside = max(0, abs(t) - 20 * Double.pi / 180)
    let size = max(0, 1 - 1.2 * outside)
    let first = rng.normal()
    return [size * cos(t) + 0.3 * first, size * sin(t) + 0.3 * rng.normal()]
  }
}
