internal import PairwiseData
internal import PairwiseModels

extension Trial {
  /// A trial of a policy over short lists.
  static func tabular(
    _ pairs: ChoicePairs, _ model: TabularPolicyOptions,
    measure: @escaping @Sendable (TabularPolicy) -> [String: Double]
  ) -> Trial {
    let width = model.startPolicy.values.count
    return Trial(pairs: pairs.source, model: model) { trained in
      // A config may train another model on the pairs.
      guard let policy = trained as? TabularPolicy, policy.values.count == width,
        policy.options.completions == model.completions, policy.options.prompts == model.prompts
      else {
        throw DataError(
          .invalid, file: "model", "expected none: the truth is known of the problem's own policy")
      }
      return measure(policy)
    }
  }
}

extension Measure {
  static let reward = Measure("reward", "mean true reward of what the policy says", better: .higher)
  static let regret = Measure(
    "regret", "true reward less β·KL, how far below the best policy's", better: .lower)
  static let kl = Measure("kl", "KL from the start, nats", better: .neither)
  static let distance = Measure(
    "distance", "greatest difference of a probability from the best policy's", better: .lower)
  static let winRate = Measure(
    "win_rate", "how often a judge prefers the policy to its start", better: .higher)
  static let entropy = Measure("entropy", "entropy of the policy, nats", better: .neither)
}

extension TabularPolicyOptions {
  /// The model at its start.
  var startPolicy: TabularPolicy { TabularPolicy(self) }
}

/// A policy problem that can also be sampled from: it says what any completion is worth.
///
/// Recipes that generate while they train ask it instead of a reward model.
public protocol RewardedProblem: ComparableProblem {
  /// The true reward of a completion; nil for a text that is none of the problem's.
  func reward(prompt: String, completion: String) -> Double?
}
