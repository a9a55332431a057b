internal import Glibc
public import PairwiseConfig
internal import PairwiseModels
internal import PairwiseTensor

/// Forty arms with two good regions. People say of one region only that they were satisfied; what dissatisfied
/// them comes from everywhere.
///
/// The reward is exp(−((a − c)/2.8)²) around c = 10 and c = 30. Chosen arms are draws of the uniform start thinned
/// by the reward of the covered region, rejected ones draws thinned by 1 − reward.
public struct TwoModes: RewardedProblem {
  public static let name = "two_modes"
  public static let summary = "two good regions, and praise for one of them only"
  public static let source = "DRIFT 2025, arXiv 2510.02341"

  public static let arms = 40
  /// The middle of the region that praise covers, and of the other.
  public static let centres = [10.0, 30.0]

  public var seed = 0
  public var pairs = 500

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn arms.")
    pairs = reader.value("pairs", default: pairs, .closed(ToySize.rows), "Pairs.")
  }

  public static let measures = [
    .reward, .entropy,
    Measure(
      "uncovered_share", "share of the reward from the region without praise", better: .higher),
    .kl,
  ]

  private static func bump(_ centre: Double) -> [Double] {
    (0..<arms).map { arm in
      let away = (Double(arm) - centre) / 2.8
      return exp(-away * away)
    }
  }

  /// Reward of each arm, of the covered region and of both.
  static let covered = bump(centres[0])
  public static let rewards = zip(covered, bump(centres[1])).map { $0 + $1 }
  /// Where completions that dissatisfied people come from, up to a factor.
  public static let dissatisfied = rewards.map { max(0, 1 - $0) }
  static let bumps = Bumps(14, over: arms)

  public var truth: [TruthEntry] {
    [TruthEntry("start_reward", Self.rewards.reduce(0, +) / Double(Self.arms))]
  }

  public func reward(prompt: String, completion: String) -> Double? {
    ChoicePairs.place("arm", completion, below: Self.arms).map { Self.rewards[$0] }
  }

  public func trial() -> Trial {
    let options = TabularPolicyOptions(
      completions: ChoicePairs.names("arm", Self.arms),
      start: [Float](repeating: 0, count: Self.bumps.features[0].count),
      features: Self.bumps.features.map { $0.map { Float($0) } })
    var choices = ChoicePairs(completions: options.completions)
    let (satisfied, dissatisfied) = (ArmSampler(Self.covered), ArmSampler(Self.dissatisfied))
    var rng = SplitMix64(seed: UInt64(seed))
    for _ in 0..<pairs {
      var (chosen, rejected) = (satisfied.draw(&rng), dissatisfied.draw(&rng))
      if chosen == rejected {
        // The same arm twice says nothing; its better neighbour stands for it.
        chosen = chosen < 10 ? chosen + 1 : chosen - 1
      }
      if Self.rewards[chosen] < Self.rewards[rejected] { swap(&chosen, &rejected) }
      choices.append(chosen: chosen, rejected: rejected)
    }
    let uniform = options.startPolicy.logProbabilities
    let other = zip(Self.rewards, Self.covered).map { $0 - $1 }
    return .tabular(choices, options) { policy in
      let logps = policy.logProbabilities
      let reward = PolicyTruth.mean(logps, [Self.rewards])
      return [
        "reward": reward, "entropy": PolicyTruth.entropy(logps),
        "uncovered_share": PolicyTruth.mean(logps, [other]) / max(reward, 1e-300),
        "kl": PolicyTruth.divergence(logps, from: uniform),
      ]
    }
  }
}
