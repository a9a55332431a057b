internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `two_modes` in ten rounds of DPO, each from the policy of the round before: where do chosen and rejected arms come
/// from?
///
/// In double precision with exact gradients. A round has 200 pairs and 20 steps of Adam at 0.05; its reference is its
/// start, β = 0.1.
public struct DriftLoop: StudiedProblem {
  public static let name = "drift_loop"
  public static let summary =
    "rounds of DPO that need praise, a true reward, or dissatisfaction alone"
  public static let source = "DRIFT 2025, arXiv 2510.02341"

  public var seed = 0
  public var rounds = 10

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn arms.")
    rounds = reader.value("rounds", default: rounds, .closed(1...1000), "Rounds of DPO.")
  }

  public static let measures: [Measure] = [
    .reward, .entropy,
    Measure(
      "uncovered_share", "share of the reward from the region without praise", better: .higher),
    Measure("balance", "reward of the poorer region over that of the richer", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case drift, offline, spin, iterative = "iterative_dpo"

    var summary: String {
      switch self {
      case .drift: "own draws against what dissatisfied people"
      case .offline: "praised arms against what dissatisfied people"
      case .spin: "praised arms against own draws"
      case .iterative: "the better of two own draws by the true reward"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let features = TwoModes.bumps.features
    var theta = [Double](repeating: 0, count: features[0].count)
    var curve = ComparedRun.Curve(name: "reward", steps: [], values: [])
    for round in 1...rounds {
      var policy = BumpPolicy(features: features, theta: theta)
      let own = ArmSampler(policy.logps.map { exp($0) })
      let pairs = (0..<200).map { _ in Self.pair(name, own, &rng) }
      let beta = 0.1
      for _ in 0..<20 {
        policy.step(pairs, since: theta) { -beta * Logistic.sigmoid(-beta * $0) }
      }
      theta = policy.theta
      curve.steps.append(round)
      curve.values.append(PolicyTruth.mean([policy.logps], [TwoModes.rewards]))
    }
    return StudyOutcome(Self.figures(features.map { dot($0, theta) }), curves: [curve])
  }

  private static let satisfied = ArmSampler(TwoModes.covered)
  private static let dissatisfied = ArmSampler(TwoModes.dissatisfied)

  private static func pair(_ name: Name, _ own: ArmSampler, _ rng: inout SplitMix64)
    -> (chosen: Int, rejected: Int)
  {
    switch name {
    case .drift: return (own.draw(&rng), dissatisfied.draw(&rng))
    case .offline: return (satisfied.draw(&rng), dissatisfied.draw(&rng))
    case .spin: return (satisfied.draw(&rng), own.draw(&rng))
    case .iterative:
      let (a, b) = (own.draw(&rng), own.draw(&rng))
      return TwoModes.rewards[a] >= TwoModes.rewards[b] ? (a, b) : (b, a)
    }
  }

  private static func figures(_ logits: [Double]) -> [String: Double] {
    let logps = [Softmax.logarithms(logits)]
    let reward = PolicyTruth.mean(logps, [TwoModes.rewards])
    let praised = PolicyTruth.mean(logps, [TwoModes.covered])
    let other = reward - praised
    return [
      "reward": reward, "entropy": PolicyTruth.entropy(logps),
      "uncovered_share": other / max(reward, 1e-300),
      "balance": min(praised, other) / max(praised, other, 1e-300),
    ]
  }
}
