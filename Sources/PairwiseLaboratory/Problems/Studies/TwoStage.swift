internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Preferences of which those with a small gap are mostly noise: DPO on all of them, or DPO on the easy ones and then
/// reinforcement with that policy as the reference.
///
/// Forty arms of `two_modes`, reward times four; 400 pairs of the uniform start. A reward model on the bumps is fitted
/// to all pairs, and pairs whose gap it puts above the median are easy. Reinforcement follows the exact slope of
/// E r̂ − β·KL to the reference, β = 0.3, for 200 steps of Adam at 0.05; so does DPO with its β of 0.3.
public struct TwoStage: StudiedProblem {
  public static let name = "two_stage"
  public static let summary = "easy pairs first, then reinforcement from there"
  public static let source = "Mixed Preference Optimization 2024, arXiv 2403.19443"

  public var seed = 0
  public var pairs = 400

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn pairs.")
    pairs = reader.value("pairs", default: pairs, .closed(20...100_000), "Pairs.")
  }

  public static let measures: [Measure] = [.reward, .entropy, .kl]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case twoStage = "two_stage"
    case dpoAll = "dpo_all"
    case dpoEasy = "dpo_easy"
    case reinforcement

    var summary: String {
      switch self {
      case .twoStage: "DPO on the easy half, then reinforcement with that policy as reference"
      case .dpoAll: "DPO on all pairs"
      case .dpoEasy: "DPO on the easy half"
      case .reinforcement: "reinforcement from the start"
      }
    }
  }

  private static let beta = 0.3

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let (features, truth) = (TwoModes.bumps.features, TwoModes.rewards.map { 4 * $0 })
    let sampler = ArmSampler(truth.map { _ in 1 })
    var rng = SplitMix64(seed: UInt64(seed))
    let drawn = (0..<pairs).map { _ in sampler.pair(truth, &rng) }
    let width = features[0].count
    let theta = try LinearPairs(
      drawn.flatMap { zip(features[$0.chosen], features[$0.rejected]).map { $0 - $1 } },
      width: width
    ).fit(l2: 1e-3)
    let learned = features.map { dot($0, theta) }
    let gaps = drawn.map { learned[$0.chosen] - learned[$0.rejected] }
    let middle = Quantiles.quantile(ofSorted: gaps.sorted(), at: 0.5)
    let easy = drawn.indices.filter { gaps[$0] > middle }.map { drawn[$0] }
    let start = [Double](repeating: 0, count: width)
    let logps: [Double]
    switch name {
    case .dpoAll: logps = Self.dpo(features, drawn, start).logps
    case .dpoEasy: logps = Self.dpo(features, easy, start).logps
    case .reinforcement: logps = Self.reinforced(features, learned, start)
    case .twoStage:
      logps = Self.reinforced(features, learned, Self.dpo(features, easy, start).theta)
    }
    let uniform = Softmax.logarithms(truth.map { _ in 0 })
    return StudyOutcome([
      "reward": PolicyTruth.mean([logps], [TwoModes.rewards]),
      "entropy": PolicyTruth.entropy([logps]),
      "kl": PolicyTruth.divergence([logps], from: [uniform]),
    ])
  }

  private static func dpo(
    _ features: [[Double]], _ pairs: [(chosen: Int, rejected: Int)], _ start: [Double]
  ) -> BumpPolicy {
    var policy = BumpPolicy(features: features, theta: start)
    for _ in 0..<200 { policy.step(pairs, since: start) { -beta * Logistic.sigmoid(-beta * $0) } }
    return policy
  }

  /// log π after the exact slope of E r̂ − β·KL(π ‖ reference).
  private static func reinforced(
    _ features: [[Double]], _ rewards: [Double], _ reference: [Double]
  ) -> [Double] {
    var theta = reference
    var adam = Adam(unknowns: theta.count, rate: 0.05)
    let anchor = Softmax.logarithms(features.map { dot($0, reference) })
    for _ in 0..<200 {
      let logps = Softmax.logarithms(features.map { dot($0, theta) })
      let p = logps.map { exp($0) }
      let worth = rewards.indices.map { rewards[$0] - beta * (logps[$0] - anchor[$0]) }
      let mean = dot(p, worth)
      var slope = [Double](repeating: 0, count: theta.count)
      for (arm, row) in features.enumerated() {
        let weight = -p[arm] * (worth[arm] - mean)
        for k in slope.indices { slope[k] += weight * row[k] }
      }
      adam.update(&theta, slope)
    }
    return Softmax.logarithms(features.map { dot($0, theta) })
  }
}
