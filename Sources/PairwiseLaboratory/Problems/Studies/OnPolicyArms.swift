internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `hundred_arms` with data that are drawn once, or anew from the policy in every round.
///
/// In double precision with exact gradients: 25 bumps, Adam at 0.05. Offline 200 steps on the best and worst of ten
/// arms of 100 states; on-policy 100 rounds of ten states, two steps each. β = 0.05, which is a target margin of 10
/// for IPO. The reference is the start throughout.
public struct OnPolicyArms: StudiedProblem {
  public static let name = "on_policy_arms"
  public static let summary =
    "the same losses on data of the start, and on data of the policy itself"
  public static let source = "Tajwar et al. 2024, arXiv 2404.14367"

  public var seed = 0
  /// The best arm: 20 is aligned with the start's data, 70 is not.
  public var peak = 70

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn arms.")
    peak = reader.value(
      "peak", default: peak, .closed(0...99), "The best arm: data are around 20, few at 70.")
  }

  public static let measures: [Measure] = [.reward, .kl, .entropy]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case offlineDPO = "offline_dpo"
    case onlineDPO = "online_dpo"
    case offlineIPO = "offline_ipo"
    case onlineIPO = "online_ipo"
    case offlineBest = "offline_best_of_n"
    case onlineBest = "online_best_of_n"

    var isOnline: Bool { [.onlineDPO, .onlineIPO, .onlineBest].contains(self) }

    var summary: String {
      let loss =
        switch self {
        case .offlineDPO, .onlineDPO: "DPO"
        case .offlineIPO, .onlineIPO: "IPO"
        case .offlineBest, .onlineBest: "likelihood of the best of ten"
        }
      return loss + (isOnline ? " on draws of the policy" : " on draws of the start")
    }

    /// The loss's slope in θ for one pair, as a factor of φ(chosen) − φ(rejected); nil: of the likelihood.
    func slope(margin: Double) -> Double? {
      let beta = 0.05
      return switch self {
      case .offlineDPO, .onlineDPO: -beta * Logistic.sigmoid(-beta * margin)
      case .offlineIPO, .onlineIPO: 2 * (margin - 1 / (2 * beta))
      case .offlineBest, .onlineBest: nil
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var problem = HundredArms()
    (problem.seed, problem.peak) = (seed, peak)
    let rewards = problem.rewards
    let (features, start) = (HundredArms.bumps.features, HundredArms.start)
    var rng = SplitMix64(seed: UInt64(seed))
    var policy = BumpPolicy(features: features, theta: start)
    let before = policy.logps
    var curve = ComparedRun.Curve(name: "reward", steps: [], values: [])
    let rounds = name.isOnline ? 100 : 1
    for round in 0..<rounds {
      let data = name.isOnline ? policy.logps.map { exp($0) } : HundredArms.data
      let pairs = Self.pairs(name.isOnline ? 10 : 100, from: data, rewards, &rng)
      for step in 0..<(name.isOnline ? 2 : 200) {
        policy.step(pairs, since: start) { name.slope(margin: $0) }
        let done = round * 2 + step + 1
        if done.isMultiple(of: 10) {
          curve.steps.append(done)
          curve.values.append(PolicyTruth.mean([policy.logps], [rewards]))
        }
      }
    }
    let logps = [policy.logps]
    return StudyOutcome(
      [
        "reward": PolicyTruth.mean(logps, [rewards]),
        "kl": PolicyTruth.divergence(logps, from: [before]), "entropy": PolicyTruth.entropy(logps),
      ], curves: [curve])
  }

  /// For each state the best and the worst of ten draws.
  private static func pairs(
    _ states: Int, from probabilities: [Double], _ rewards: [Double], _ rng: inout SplitMix64
  ) -> [(chosen: Int, rejected: Int)] {
    let sampler = ArmSampler(probabilities)
    return (0..<states).map { _ in
      let drawn = (0..<10).map { _ in sampler.draw(&rng) }.sorted { rewards[$0] > rewards[$1] }
      return (drawn[0], drawn[9])
    }
  }
}

/// A policy log-linear in bumps, trained with exact slopes in double precision.
struct BumpPolicy {
  let features: [[Double]]
  private(set) var theta: [Double]
  private var adam: Adam

  init(features: [[Double]], theta: [Double], rate: Double = 0.05) {
    (self.features, self.theta) = (features, theta)
    adam = Adam(unknowns: theta.count, rate: rate)
  }

  /// log π of each arm.
  var logps: [Double] { Softmax.logarithms(features.map { dot($0, theta) }) }

  /// One step on pairs of arms.
  ///
  /// - Parameters:
  ///   - reference: θ of the reference.
  ///   - slope: of the loss in the log-ratio margin, nats; nil: −log-likelihood of the chosen arm instead.
  mutating func step(
    _ pairs: [(chosen: Int, rejected: Int)], since reference: [Double],
    _ slope: (Double) -> Double?
  ) {
    var gradient = [Double](repeating: 0, count: theta.count)
    let moved = zip(theta, reference).map { $0 - $1 }
    // Both sides share the normaliser, so that margins are linear in θ.
    let ratios = features.map { dot($0, moved) }
    var likelihoods = 0
    for (chosen, rejected) in pairs where chosen != rejected {
      let isLikelihood: Bool
      let weight: Double
      if let slope = slope(ratios[chosen] - ratios[rejected]) {
        (isLikelihood, weight) = (false, slope)
      } else {
        (isLikelihood, weight) = (true, -1)
        likelihoods += 1
      }
      for k in gradient.indices {
        gradient[k] += weight * features[chosen][k]
        if !isLikelihood { gradient[k] -= weight * features[rejected][k] }
      }
    }
    if likelihoods > 0 {
      let p = logps.map { exp($0) }
      for (arm, row) in features.enumerated() {
        for k in gradient.indices { gradient[k] += Double(likelihoods) * p[arm] * row[k] }
      }
    }
    let count = Double(max(1, pairs.count))
    adam.update(&theta, gradient.map { $0 / count })
  }
}
