internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Forty arms with two rewards that want different regions, and pairs of either: which way of weighing them reaches
/// furthest?
///
/// Rewards are three times a broad bump around 12 and around 26. 600 pairs of uniform arms of each reward, labelled by
/// Bradley and Terry. Policies are log-linear in fourteen bumps, the reward model of the margin in twenty; β = 0.5, five
/// weights from 0.1 to 0.9.
public struct FrontOfPairs: StudiedProblem {
  public static let name = "front_of_pairs"
  public static let summary =
    "two rewards weighed by a margin, by mixing losses or by mixing policies"
  public static let source = "Zhou et al. 2023, MODPO, arXiv 2310.03708"

  static let weights = [0.1, 0.3, 0.5, 0.7, 0.9]
  private static let beta = 0.5
  public var seed = 0
  public var pairs = 600

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn pairs.")
    pairs = reader.value(
      "pairs", default: pairs, .closed(20...100_000), "Pairs labelled by each reward.")
  }

  public static let measures: [Measure] = [
    Measure("regret", "weighted reward less β·KL, mean distance from the best", better: .lower),
    Measure(
      "hypervolume", "what the five policies cover in both rewards, of the best policies' share",
      better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case modpo, soups
    case lossWeights = "loss_weights"

    var summary: String {
      switch self {
      case .modpo: "MODPO: pairs of the first reward with a margin from a model of the second"
      case .soups: "DPO for either reward, parameters averaged"
      case .lossWeights: "DPO on both kinds of pairs, their losses weighed"
      }
    }
  }

  static func bump(_ centre: Double) -> [Double] {
    (0..<40).map { arm in
      let away = (Double(arm) - centre) / 7
      return 3 * exp(-away * away)
    }
  }

  static let rewards = [bump(12), bump(26)]

  /// Mean of both rewards.
  static func point(_ logps: [Double]) -> [Double] {
    rewards.map { PolicyTruth.mean([logps], [$0]) }
  }

  static func volume(_ points: [[Double]]) -> Double {
    ParetoFront(points, reference: [0, 0]).hypervolume
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let features = Bumps(14, over: 40).features
    let finer = Bumps(20, over: 40).features
    let anywhere = ArmSampler([Double](repeating: 1, count: 40))
    var rng = SplitMix64(seed: UInt64(seed))
    let drawn = Self.rewards.map { reward in
      (0..<pairs).map { _ in anywhere.pair(reward, &rng) }
    }
    func linear(
      _ pairs: [(chosen: Int, rejected: Int)], _ features: [[Double]]
    ) -> LinearPairs {
      LinearPairs(
        pairs.flatMap { zip(features[$0.chosen], features[$0.rejected]).map { $0 - $1 } },
        width: features[0].count)
    }
    let ends = try drawn.map { try linear($0, features).fit(l2: 1e-3) }
    let second = try linear(drawn[1], finer).fit(l2: 1e-3)
    let learned = finer.map { dot($0, second) }
    var (points, best, regret) = ([[Double]](), [[Double]](), 0.0)
    for weight in Self.weights {
      var theta: [Double]
      switch name {
      case .soups: theta = zip(ends[0], ends[1]).map { weight * $0 + (1 - weight) * $1 }
      case .lossWeights:
        var both = linear(drawn[0] + drawn[1], features)
        both.weights =
          [Double](repeating: 2 * weight, count: pairs)
          + [Double](repeating: 2 * (1 - weight), count: pairs)
        theta = try both.fit(l2: 1e-3)
      case .modpo:
        // z = (β·log-ratio − (1 − w)·Δr₂)/w; what is fitted is β·θ/w.
        var first = linear(drawn[0], features)
        first.margins = drawn[0].map {
          (1 - weight) / weight * (learned[$0.chosen] - learned[$0.rejected])
        }
        theta = try first.fit(l2: 1e-3).map { weight * $0 }
      }
      theta = theta.map { $0 / Self.beta }
      let logps = Softmax.logarithms(features.map { dot($0, theta) })
      let sum = zip(Self.rewards[0], Self.rewards[1]).map { weight * $0 + (1 - weight) * $1 }
      let truth = PolicyTruth(rewards: [sum], beta: Self.beta)
      regret += truth.regret([logps]) / Double(Self.weights.count)
      points.append(Self.point(logps))
      best.append(Self.point(truth.best[0]))
    }
    return StudyOutcome([
      "regret": regret, "hypervolume": Self.volume(points) / Self.volume(best),
    ])
  }
}
