internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// Learning from preferences by two proxies of which too much is harmful: the actions and rewards of
/// `constrained_grid`, pairs of the start's actions labelled by the sum of the proxies.
///
/// The policy is log-linear in both proxies. DPO's optimum tilts the start by λ = 1/β in either, so that gold over β
/// is the exact curve of `ExponentialTilt`: it peaks at β = 1/1.276 and falls below.
public struct ConstrainedBandit: RewardedProblem {
  public static let name = "constrained_bandit"
  public static let summary = "two proxy rewards and a gold reward that peaks inside"
  public static let source = "Moskovitz et al. 2023, arXiv 2310.04373"

  public var seed = 0
  public var pairs = 4000

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn pairs.")
    pairs = reader.value("pairs", default: pairs, .closed(ToySize.rows), "Pairs.")
  }

  public static let measures = [
    Measure("gold", "mean of the reward that is meant", better: .higher),
    Measure("proxy", "mean sum of the rewards that are measured", better: .neither), .kl,
  ]

  private static let grid = ConstrainedGrid()
  private static let tilt = grid.tilt
  private static let names = grid.actions.map { action in
    action.map { "\(Int(($0 * 10).rounded()))" }.joined(separator: "/")
  }
  private static let places = [String: Int](
    uniqueKeysWithValues: names.enumerated().map { ($1, $0) })

  public var truth: [TruthEntry] { Self.grid.truth + [TruthEntry("thresholds", Self.thresholds)] }

  /// Means of the proxies where gold is highest: what constraints keep them at.
  public static let thresholds = tilt.moments([1.276, 1.276])

  /// Gold of the policy tilted by λ in both proxies.
  public static func gold(tiltedBy lambda: Double) -> Double {
    tilt.mean(grid.gold, [lambda, lambda])
  }

  /// The two proxies of a completion; nil for a text that is none of the problem's.
  public static func proxies(of completion: String) -> [Double]? {
    places[completion].map { grid.actions[$0] }
  }

  /// The sum of the proxies: what a reward model would have learned.
  public func reward(prompt: String, completion: String) -> Double? {
    Self.proxies(of: completion).map { $0[0] + $0[1] }
  }

  public func trial() -> Trial {
    let proxies = Self.grid.actions.map { $0[0] + $0[1] }
    let options = TabularPolicyOptions(
      completions: Self.names, start: [-1.5, -1.5],
      features: Self.grid.actions.map { $0.map { Float($0) } })
    var choices = ChoicePairs(completions: options.completions)
    let sampler = ArmSampler(Self.tilt.base)
    var rng = SplitMix64(seed: UInt64(seed))
    for _ in 0..<pairs {
      let pair = sampler.pair(proxies, &rng)
      choices.append(chosen: pair.chosen, rejected: pair.rejected)
    }
    let (gold, start) = (Self.grid.gold, options.startPolicy.logProbabilities)
    return .tabular(choices, options) { policy in
      let logps = policy.logProbabilities
      return [
        "gold": PolicyTruth.mean(logps, [gold]), "proxy": PolicyTruth.mean(logps, [proxies]),
        "kl": PolicyTruth.divergence(logps, from: start),
      ]
    }
  }
}
