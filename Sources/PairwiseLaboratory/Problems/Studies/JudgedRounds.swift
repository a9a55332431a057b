internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Rounds of own candidates that are ranked, paired and trained on: by whom should they be ranked?
///
/// Forty arms in bumps with two good regions, reward times four. In each of five rounds the policy draws five
/// candidates for each of 100 prompts, the best and the worst by the ranking make a pair, and DPO with β = 0.3 since the
/// round's start takes 40 steps. The policy's own opinion and the judge's are each fitted to 20 labels of their own; the
/// policy's also favours what it has come to say often, as it shares its weights. Tools are three readings of the true
/// reward with a noise of 1.
public struct JudgedRounds: SeededStudy {
  public static let name = "judged_rounds"
  public static let summary =
    "own candidates ranked by oneself, by a judge, or by a judge with tools"
  public static let source = "Zhou et al. 2025, Anyprefer, arXiv 2504.19276"

  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    .reward,
    Measure(
      "right", "share of the first round's pairs that are in the right order", better: .higher),
    .entropy,
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case own = "self_rewarding"
    case judge
    case tools = "judge_with_tools"

    var summary: String {
      switch self {
      case .own: "the policy ranks its own candidates"
      case .judge: "a judge apart from the policy ranks them"
      case .tools: "the judge ranks them with readings of tools"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    let (features, truth) = (TwoModes.bumps.features, TwoModes.rewards.map { 4 * $0 })
    let width = features[0].count
    var rng = SplitMix64(seed: UInt64(seed))
    let anywhere = ArmSampler(truth.map { _ in 1 })
    func opinion() throws -> [Double] {
      let labels = (0..<20).map { _ in anywhere.pair(truth, &rng) }
      let theta = try LinearPairs(
        labels.flatMap { zip(features[$0.chosen], features[$0.rejected]).map { $0 - $1 } },
        width: width
      ).fit(l2: 0.02)
      return features.map { dot($0, theta) }
    }
    let (own, judge) = (try opinion(), try opinion())
    var theta = [Double](repeating: 0, count: width)
    var curve = ComparedRun.Curve(name: "reward", steps: [], values: [])
    var (right, all) = (0, 0)
    let builder = PairBuilder()
    for round in 1...5 {
      var policy = BumpPolicy(features: features, theta: theta)
      let logps = policy.logps
      let sampler = ArmSampler(logps.map { exp($0) })
      var pairs: [(chosen: Int, rejected: Int)] = []
      for prompt in 0..<100 {
        let drawn = (0..<5).map { _ in sampler.draw(&rng) }
        let scores = drawn.map { arm -> Double in
          switch name {
          case .own: return own[arm] + 0.5 * logps[arm]
          case .judge: return judge[arm]
          case .tools:
            let readings = (0..<3).reduce(0.0) { sum, _ in sum + truth[arm] + rng.normal() }
            return (judge[arm] + readings) / 4
          }
        }
        for pair in try builder.pairs(of: scores, prompt: prompt) {
          let (chosen, rejected) = (drawn[pair.chosen], drawn[pair.rejected])
          if chosen == rejected { continue }
          pairs.append((chosen, rejected))
          if round > 1 { continue }
          all += 1
          if truth[chosen] > truth[rejected] { right += 1 }
        }
      }
      let start = theta
      for _ in 0..<40 {
        policy.step(pairs, since: start) { -0.3 * Logistic.sigmoid(-0.3 * $0) }
      }
      theta = policy.theta
      curve.steps.append(round)
      curve.values.append(PolicyTruth.mean([policy.logps], [TwoModes.rewards]))
    }
    let last = [BumpPolicy(features: features, theta: theta).logps]
    return StudyOutcome(
      [
        "reward": PolicyTruth.mean(last, [TwoModes.rewards]),
        "right": Double(right) / Double(max(1, all)), "entropy": PolicyTruth.entropy(last),
      ], curves: [curve])
  }
}
