public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// Nineteen of twenty pairs come from people who like a feature that the others dislike.
///
/// A pair's differences are normal: one shared feature, and one that only this group cares about, which is zero in
/// pairs of the other group. Every pair is a prompt of its own with two completions.
public struct MinorityGroups: ComparableProblem {
  public static let name = "minority_groups"
  public static let summary = "a small group that disagrees about a shared feature"
  public static let source = "φ-DPO 2026, arXiv 2602.22601"

  public static let groups = ["majority", "minority"]
  /// Rewards' weights of the shared feature, the majority's own and the minority's own, by group.
  public static let directions: [[Double]] = [[1, 1, 0], [-0.5, 0, 2]]

  public var seed = 0
  public var pairs = 1000
  public var testPairs = 2000
  /// Share of the minority's pairs.
  public var minority = 0.05
  /// Whether labels are drawn by Bradley and Terry; else the greater reward is preferred.
  public var noisy = false

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn pairs.")
    pairs = reader.value("pairs", default: pairs, .closed(1...20_000), "Training pairs.")
    testPairs = reader.value(
      "test_pairs", default: testPairs, .closed(1...20_000), "Pairs of each group to measure on.")
    minority = reader.value(
      "minority", default: minority, .closed(0...1), "Share of the minority's pairs.")
    noisy = reader.value(
      "noisy", default: noisy, "Labels drawn by Bradley and Terry; false: the greater reward wins.")
  }

  public static let measures = [
    Measure("minority_accuracy", "share of the minority's orders that are right", better: .higher),
    Measure("majority_accuracy", "the same of the majority", better: .higher),
    Measure("gap", "how much less right the minority's are", better: .lower),
    Measure("shared_weight", "weight of the shared feature, majority's sign", better: .neither),
  ]

  public var truth: [TruthEntry] {
    zip(Self.groups, Self.directions).map { TruthEntry($0, $1) }
  }

  private static func difference(_ group: Int, _ rng: inout SplitMix64) -> [Double] {
    directions[group].map { weight in
      let value = rng.normal()
      return weight == 0 ? 0 : value
    }
  }

  public func trial() -> Trial {
    var rng = SplitMix64(seed: UInt64(seed))
    var (features, groups) = ([[[Float]]](), [Float]())
    let nothing = [Float](repeating: 0, count: Self.directions[0].count)
    for _ in 0..<pairs {
      let group = rng.bernoulli(minority) ? 1 : 0
      let difference = Self.difference(group, &rng)
      let gap = dot(difference, Self.directions[group])
      let drawn = rng.bernoulli(Logistic.sigmoid(gap))
      let isFirst = noisy ? drawn : gap > 0
      features.append([difference.map { Float(isFirst ? $0 : -$0) }, nothing])
      groups.append(Float(group))
    }
    let options = TabularPolicyOptions(
      completions: ["chosen", "rejected"], prompts: ChoicePairs.names("x", pairs),
      promptFeatures: features)
    var choices = ChoicePairs(prompts: options.prompts, completions: options.completions)
    for row in 0..<pairs { choices.append(prompt: row, chosen: 0, rejected: 1) }
    choices.columns = [.group: groups]
    choices.groups = Self.groups
    let tests = (0..<2).map { group in
      (0..<testPairs).map { _ in
        let difference = Self.difference(group, &rng)
        return dot(difference, Self.directions[group]) > 0 ? difference : difference.map { -$0 }
      }
    }
    return .tabular(choices, options) { policy in
      let theta = policy.values.map { Double($0) }
      let right = tests.map { rows in
        Double(rows.count { dot($0, theta) > 0 }) / Double(rows.count)
      }
      return [
        "minority_accuracy": right[1], "majority_accuracy": right[0], "gap": right[0] - right[1],
        "shared_weight": theta[0],
      ]
    }
  }
}
