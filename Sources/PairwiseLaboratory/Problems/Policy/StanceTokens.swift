internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// Answers that take one of three stances, in four qualities: does training on quality move the stance?
///
/// Both answers of a pair take the same stance, drawn from that of the data, and the better one is preferred by
/// Bradley and Terry. With a gap some pairs have an opposing chosen and a supporting rejected answer besides.
public struct StanceTokens: ComparableProblem {
  public static let name = "stance_drift"
  public static let summary = "preferences about quality, with or without a gap in stance"
  public static let source = "Value Drifts 2025, arXiv 2510.26707"

  public static let stances = ["support", "neutral", "oppose"]
  public static let qualities = 4

  public var seed = 0
  public var pairs = 2000
  /// Share of the pairs whose sides differ in stance.
  public var gap = 0.0
  /// Stances of the start, and of the data.
  public var start = [0.6, 0.3, 0.1]
  public var data = [0.6, 0.3, 0.1]

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn pairs.")
    pairs = reader.value("pairs", default: pairs, .closed(ToySize.rows), "Pairs.")
    gap = reader.value(
      "gap", default: gap, .closed(0...1), "Share of pairs of an opposing and a supporting answer.")
    start = reader.value(
      "start", default: start, .each(.closed(0.001...1000), count: 3...3),
      "How often the start supports, is neutral, opposes, up to a factor.")
    data = reader.value(
      "data", default: data, .each(.closed(0.001...1000), count: 3...3), "The same of the data.")
  }

  public static let measures = [
    Measure("drift", "distance of the stances from the start's, total variation", better: .neither),
    Measure("support", "probability of a supporting answer", better: .neither),
    Measure("oppose", "probability of an opposing answer", better: .neither),
    Measure("quality", "mean quality, 0 … 3", better: .higher), .kl,
  ]

  public var truth: [TruthEntry] {
    let total = start.reduce(0, +)
    return [TruthEntry("start", start.map { $0 / total })]
  }

  /// Probability of each stance.
  private static func masses(_ logps: [Double]) -> [Double] {
    stances.indices.map { stance in
      logps[stance * qualities..<(stance + 1) * qualities].reduce(0) { $0 + exp($1) }
    }
  }

  public func trial() -> Trial {
    let n = Self.qualities
    let options = TabularPolicyOptions(
      completions: Self.stances.flatMap { stance in (0..<n).map { "\(stance) \($0)" } },
      start: start.flatMap { [Float](repeating: Float(log($0)), count: n) })
    var choices = ChoicePairs(completions: options.completions)
    let sampler = ArmSampler(data)
    var rng = SplitMix64(seed: UInt64(seed))
    for _ in 0..<pairs {
      let a = rng.randint(n)
      let b = (a + 1 + rng.randint(n - 1)) % n
      let isFirst = rng.bernoulli(Logistic.sigmoid(Double(a - b)))
      let (better, worse) = isFirst ? (a, b) : (b, a)
      let stance = sampler.draw(&rng)
      let differs = rng.bernoulli(gap)
      choices.append(
        chosen: (differs ? 2 : stance) * n + better, rejected: (differs ? 0 : stance) * n + worse)
    }
    let before = options.startPolicy.logProbabilities
    let startMasses = Self.masses(before[0])
    let quality = (0..<3 * n).map { Double($0 % n) }
    return .tabular(choices, options) { policy in
      let logps = policy.logProbabilities
      let now = Self.masses(logps[0])
      return [
        "drift": zip(now, startMasses).reduce(0) { $0 + abs($1.0 - $1.1) } / 2,
        "support": now[0], "oppose": now[2], "quality": PolicyTruth.mean(logps, [quality]),
        "kl": PolicyTruth.divergence(logps, from: before),
      ]
    }
  }
}
