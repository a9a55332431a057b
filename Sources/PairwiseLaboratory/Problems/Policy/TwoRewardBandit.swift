public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// Arms with two rewards that pull apart; the policy sought is the best for a weighted sum of them.
///
/// Pairs are labelled by one of the rewards and carry the other in the columns `chosen_margin_reward` and
/// `rejected_margin_reward`. Without sampling every pair of arms is there in both orders, each weighted by the
/// probability of that order: an objective that reads weights then meets the population.
public struct TwoRewardBandit: ComparableProblem {
  public static let name = "two_reward_bandit"
  public static let summary = "arms with two opposed rewards, and the best policy for any weight"
  public static let source = "Zhou et al. 2023, MODPO, arXiv 2310.03708"

  /// Who labels.
  public enum Labels: String, Sendable, CaseIterable {
    /// People who look at the first reward, or at the second.
    case first, second
    /// Some people of either kind, in the proportion of the weight.
    case mixed
  }

  public var seed = 0
  /// Rewards of the arms.
  public var first = [1.0, 0.8, 0.5, 0.2, 0, 0.4]
  public var second = [0.0, 0.3, 0.6, 0.8, 1, 0.1]
  /// Log-probs of the start up to a constant; nil: uniform.
  public var start: [Double]?
  /// w of the first reward; the second has 1 − w.
  public var weight = 0.5
  public var beta = 0.1
  public var labels = Labels.first
  /// Sampled pairs; 0: the population.
  public var pairs = 0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the sampled pairs.")
    first = reader.value(
      "first", default: first, .each(.any, count: 2...64), "First reward of each arm.")
    second = reader.value(
      "second", default: second, .each(.any, count: 2...64), "Second reward of each arm.")
    start = reader.optional(
      "start", [Double].self, .each(.any, count: 2...64),
      "Log-probs to start from, up to a constant; null: all arms alike.")
    weight = reader.value(
      "weight", default: weight, .closed(0...1),
      "Weight of the first reward; the second's is the rest.")
    beta = reader.value("beta", default: beta, .greater(than: 0), "β of the objectives.")
    labels = reader.choice(
      "labels", default: labels,
      "What labels go by: the first reward, the second, or people of both kinds.")
    pairs = reader.value(
      "pairs", default: pairs, .closed(0...1_000_000),
      "Sampled pairs; 0: every pair in both orders, weighted by its probability.")
    for (key, count) in [("second", second.count), ("start", start?.count ?? first.count)]
    where count != first.count {
      reader.report(key, "expected \(first.count) numbers as in first, found \(count)")
      (second, start) = (first, nil)
    }
  }

  public static let measures = [
    .distance, .regret,
    Measure("first", "mean first reward", better: .higher),
    Measure("second", "mean second reward", better: .higher),
    Measure("reward", "the weighted sum of both", better: .higher), .kl,
  ]

  /// The optimum for the weighted sum: π₀·exp((w·r₁ + (1 − w)·r₂)/β).
  public var policyTruth: PolicyTruth {
    let sum = zip(first, second).map { weight * $0 + (1 - weight) * $1 }
    return PolicyTruth(rewards: [sum], start: start.map { [$0] }, beta: beta)
  }

  public var truth: [TruthEntry] {
    let best = policyTruth.best
    return [
      TruthEntry("policy", Softmax.of(best[0])),
      TruthEntry("first", PolicyTruth.mean(best, [first])),
      TruthEntry("second", PolicyTruth.mean(best, [second])),
    ]
  }

  /// P(arm a is preferred to arm b).
  private func preference(_ a: Int, _ b: Int) -> Double {
    let byFirst = Logistic.sigmoid(first[a] - first[b])
    let bySecond = Logistic.sigmoid(second[a] - second[b])
    return switch labels {
    case .first: byFirst
    case .second: bySecond
    case .mixed: weight * byFirst + (1 - weight) * bySecond
    }
  }

  public func trial() -> Trial {
    let truth = policyTruth
    let options = TabularPolicyOptions(
      completions: ChoicePairs.names("arm", first.count), start: start.map { $0.map { Float($0) } })
    var choices = ChoicePairs(completions: options.completions)
    let margins = labels == .second ? first : second
    var (weights, chosen, rejected) = ([Float](), [Float](), [Float]())
    func add(_ a: Int, _ b: Int, _ weight: Double) {
      choices.append(chosen: a, rejected: b)
      weights.append(Float(weight))
      chosen.append(Float(margins[a]))
      rejected.append(Float(margins[b]))
    }
    if pairs == 0 {
      for a in first.indices {
        // Both orders of a pair have the weight 2 together, so that the mean is 1.
        for b in first.indices where b != a { add(a, b, 2 * preference(a, b)) }
      }
    } else {
      var rng = SplitMix64(seed: UInt64(seed))
      for _ in 0..<pairs {
        let a = rng.randint(first.count)
        let b = (a + 1 + rng.randint(first.count - 1)) % first.count
        let isFirst = rng.bernoulli(preference(a, b))
        add(isFirst ? a : b, isFirst ? b : a, 1)
      }
    }
    choices.columns = pairs == 0 ? [.weight: weights] : [:]
    if labels != .mixed {
      choices.columns["chosen_margin_reward"] = chosen
      choices.columns["rejected_margin_reward"] = rejected
    }
    let (r1, r2) = ([first], [second])
    return .tabular(choices, options) { policy in
      let logps = policy.logProbabilities
      return [
        "distance": truth.distance(logps), "regret": truth.regret(logps),
        "first": PolicyTruth.mean(logps, r1), "second": PolicyTruth.mean(logps, r2),
        "reward": truth.reward(logps), "kl": truth.divergence(logps),
      ]
    }
  }
}
