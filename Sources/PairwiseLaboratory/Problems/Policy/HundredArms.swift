internal import Glibc
public import PairwiseConfig
internal import PairwiseModels
internal import PairwiseTensor

/// A hundred arms in a row, data that come from few of them, and a reward whose peak lies where data are or where
/// they are not.
///
/// Data come from tanh of a Cauchy variable (−0.7, 0.4), cut into a hundred bins, exactly; the reward is
/// exp(−((a − peak)/10)²). For each state some arms are drawn, and the best of them is preferred to the worst.
public struct HundredArms: RewardedProblem {
  public static let name = "hundred_arms"
  public static let summary = "a bandit whose reward peaks where data are, or where they are not"
  public static let source = "Tajwar et al. 2024, arXiv 2404.14367"

  public enum Form: String, Sendable, CaseIterable {
    /// 25 bumps: neighbours rise together.
    case bumps
    /// A logit for each arm.
    case tabular
  }

  public static let arms = 100
  public var seed = 0
  /// The best arm: 20 is aligned with the data, 70 is not.
  public var peak = 70
  public var states = 100
  /// Arms drawn for a state.
  public var samples = 10
  public var policy = Form.bumps

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn arms.")
    peak = reader.value(
      "peak", default: peak, .closed(0...99), "The best arm: data are around 20, few at 70.")
    states = reader.value(
      "states", default: states, .closed(1...100_000), "How often arms are drawn: pairs at most.")
    samples = reader.value(
      "samples", default: samples, .closed(2...1000), "Arms drawn for a state.")
    policy = reader.choice(
      "policy", default: policy,
      "25 bumps, so that neighbours rise together, or a logit for each arm.")
  }

  public static let measures: [Measure] = [.reward, .kl, .entropy]

  /// Reward of each arm.
  public var rewards: [Double] {
    (0..<Self.arms).map { arm in
      let away = Double(arm - peak) / 10
      return exp(-away * away)
    }
  }

  /// Where data come from.
  public static let data: [Double] = {
    func below(_ y: Double) -> Double {
      guard y > -1 else { return 0 }
      guard y < 1 else { return 1 }
      return 0.5 + atan((atanh(y) + 0.7) / 0.4) / Double.pi
    }
    return (0..<arms).map { arm in
      below(Double(arm + 1) / 50 - 1) - below(Double(arm) / 50 - 1)
    }
  }()

  static let bumps = Bumps(25, over: arms)
  /// θ of the bumps that give the data best; all alike if there are none, which the fixed data rule out.
  static let start: [Double] =
    (try? bumps.fit(data)) ?? [Double](repeating: 0, count: 25)

  private var options: TabularPolicyOptions {
    let names = ChoicePairs.names("arm", Self.arms)
    return switch policy {
    case .tabular:
      TabularPolicyOptions(completions: names, start: Self.data.map { Float(log($0)) })
    case .bumps:
      TabularPolicyOptions(
        completions: names, start: Self.start.map { Float($0) },
        features: Self.bumps.features.map { $0.map { Float($0) } })
    }
  }

  public var truth: [TruthEntry] {
    let start = options.startPolicy.logProbabilities
    return [
      TruthEntry("start_reward", PolicyTruth.mean(start, [rewards])),
      TruthEntry("best_reward", 1),
    ]
  }

  public func reward(prompt: String, completion: String) -> Double? {
    ChoicePairs.place("arm", completion, below: Self.arms).map { rewards[$0] }
  }

  public func trial() -> Trial {
    let (rewards, options) = (rewards, options)
    var choices = ChoicePairs(completions: options.completions)
    let sampler = ArmSampler(Self.data)
    var rng = SplitMix64(seed: UInt64(seed))
    for _ in 0..<states {
      let drawn = (0..<samples).map { _ in sampler.draw(&rng) }.sorted { rewards[$0] > rewards[$1] }
      // States whose arms are all worth the same say nothing.
      guard rewards[drawn[0]] > rewards[drawn[samples - 1]] else { continue }
      choices.append(chosen: drawn[0], rejected: drawn[samples - 1])
    }
    if choices.count == 0 {
      let order = rewards.indices.sorted { rewards[$0] > rewards[$1] }
      choices.append(chosen: order[0], rejected: order[Self.arms - 1])
    }
    let start = options.startPolicy.logProbabilities
    return .tabular(choices, options) { policy in
      let logps = policy.logProbabilities
      return [
        "reward": PolicyTruth.mean(logps, [rewards]),
        "kl": PolicyTruth.divergence(logps, from: start), "entropy": PolicyTruth.entropy(logps),
      ]
    }
  }
}
