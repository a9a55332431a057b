internal import Glibc
public import PairwiseConfig
internal import PairwiseModels
internal import PairwiseTensor

/// Pairs that have nothing to do with each other, with a reference that gets half of them wrong: margins over the
/// reference grow at once, orders of the policy hardly turn.
///
/// Pair i has c ~ N(0, spread²), by how many nats the reference prefers the wrong completion.
public struct IndependentPairs: ComparableProblem {
  public static let name = "independent_pairs"
  public static let summary = "pairs on their own: reward accuracy is not ranking accuracy"
  public static let source = "Chen et al. 2024, arXiv 2405.19534"

  public var seed = 0
  public var pairs = 1000
  /// Deviation of c, nats.
  public var spread = 5.0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the reference's log-probs.")
    pairs = reader.value("pairs", default: pairs, .closed(1...65_536), "Pairs.")
    spread = reader.value(
      "spread", default: spread, .atLeast(0), "Deviation of the reference's preferences, nats.")
  }

  public static let measures = [
    Measure(
      "ranking_accuracy", "share of pairs whose preferred completion is at least as likely",
      better: .higher),
    Measure(
      "reward_accuracy", "share of pairs whose margin over the reference is positive",
      better: .higher),
    Measure(
      "flipped", "share of the reference's wrong orders that are right by now", better: .higher),
  ]

  /// c of each pair.
  public var gaps: [Double] {
    var rng = SplitMix64(seed: UInt64(seed))
    return (0..<pairs).map { _ in spread * rng.normal() }
  }

  /// Of the reference; a policy that reached DPO's minimum for labels that are always right ranks all.
  public var truth: [TruthEntry] {
    [TruthEntry("reference_ranking_accuracy", Double(gaps.count { $0 <= 0 }) / Double(pairs))]
  }

  public func trial() -> Trial {
    let gaps = gaps
    let options = TabularPolicyOptions(
      completions: ["chosen", "rejected"], prompts: ChoicePairs.names("x", pairs),
      promptStart: gaps.map { [Float(-$0 / 2), Float($0 / 2)] })
    var choices = ChoicePairs(prompts: options.prompts, completions: options.completions)
    for row in 0..<pairs { choices.append(prompt: row, chosen: 0, rejected: 1) }
    let references = options.startPolicy.logProbabilities.map { $0[0] - $0[1] }
    let wrong = max(1, references.count { $0 < 0 })
    return .tabular(choices, options) { policy in
      let margins = policy.logProbabilities.map { $0[0] - $0[1] }
      let flips = zip(margins, references).count { $0 >= 0 && $1 < 0 }
      let ahead = zip(margins, references).count { $0 > $1 }
      return [
        "ranking_accuracy": Double(margins.count { $0 >= 0 }) / Double(margins.count),
        "reward_accuracy": Double(ahead) / Double(margins.count),
        "flipped": Double(flips) / Double(wrong),
      ]
    }
  }
}
