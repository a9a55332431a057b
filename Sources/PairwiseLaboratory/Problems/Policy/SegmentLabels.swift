public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// Responses of five segments with a label for the whole and one for each segment.
///
/// A segment is one of 64 items with features φ ~ N(0, I₆), its worth is θ*·φ. Labels are drawn by Bradley and
/// Terry, of the sum for the whole; `segment_labels` says for each segment whether the chosen response has the better,
/// where people are surer (`sharpness`) than about the whole.
public struct SegmentLabels: ComparableProblem {
  public static let name = "segment_labels"
  public static let summary = "five segments, judged as a whole or one by one"
  public static let source = "Wu et al. 2025, DenseDPO, arXiv 2506.03517"

  public static let items = 64
  public static let width = 6
  public var seed = 0
  public var pairs = 100
  public var segments = 5
  /// ‖θ*‖.
  public var norm = 0.27
  /// Differences of segments count so many times as much as those of wholes.
  public var sharpness = 2.0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of features, θ* and pairs.")
    pairs = reader.value("pairs", default: pairs, .closed(1...100_000), "Pairs.")
    segments = reader.value(
      "segments", default: segments, .closed(1...64), "Segments of a response.")
    norm = reader.value("norm", default: norm, .greater(than: 0), "Length of θ*: small is noisy.")
    sharpness = reader.value(
      "sharpness", default: sharpness, .atLeast(0),
      "How much surer labels of segments are than those of wholes; 1: alike.")
  }

  public static let measures = [
    Measure("cosine", "of the angle between what was learned and θ*", better: .higher),
    Measure("agreement", "share of pairs of items ordered as by their worth", better: .higher),
  ]

  public func trial() -> Trial {
    var rng = SplitMix64(seed: UInt64(seed))
    let features = (0..<Self.items).map { _ in (0..<Self.width).map { _ in rng.normal() } }
    let direction = (0..<Self.width).map { _ in rng.normal() }
    let length = max(Newton.length(direction), 1e-12)
    let theta = direction.map { $0 / length * norm }
    let worth = features.map { dot($0, theta) }
    let options = TabularPolicyOptions(
      completions: ChoicePairs.names("s", Self.items),
      features: features.map { $0.map { Float($0) } }, separator: " ")
    var choices = ChoicePairs(completions: options.completions)
    var labels: [Float] = []
    for _ in 0..<pairs {
      let a = (0..<segments).map { _ in rng.randint(Self.items) }
      let b = (0..<segments).map { _ in rng.randint(Self.items) }
      let gaps = zip(a, b).map { worth[$0] - worth[$1] }
      let isFirst = rng.bernoulli(Logistic.sigmoid(gaps.reduce(0, +)))
      for gap in gaps {
        let prefersA = rng.bernoulli(Logistic.sigmoid(sharpness * gap))
        labels.append(gap == 0 ? 0 : prefersA == isFirst ? 1 : -1)
      }
      choices.append(chosen: isFirst ? a : b, rejected: isFirst ? b : a, separator: " ")
    }
    choices.columns = ["segment_labels": labels]
    let truth = PolicyTruth(rewards: [worth], beta: 1)
    return .tabular(choices, options) { policy in
      let found = policy.values.map { Double($0) }
      let lengths = Newton.length(found) * Newton.length(theta)
      return [
        "cosine": lengths > 0 ? dot(found, theta) / lengths : 0,
        "agreement": truth.agreement(policy.logProbabilities),
      ]
    }
  }
}
