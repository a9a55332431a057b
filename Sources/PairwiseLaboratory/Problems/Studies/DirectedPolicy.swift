internal import Glibc
internal import PairwiseEvaluation
internal import PairwiseTensor

/// One policy that is told a direction in two rewards, against mixtures of two policies: rejection sampling on the arms
/// of `front_of_pairs`.
///
/// Policies are log-linear in fourteen bumps; one that is told a direction has weights for either of its components.
/// In each of six rounds every one of 200 prompts gets a direction from 0° to 90°, the best of eight draws along it is
/// kept, and its likelihood climbs for 40 steps of Adam at 0.05. The two policies of a soup have half of the prompts each.
public struct DirectedPolicy: SeededStudy {
  public static let name = "directed_policy"
  public static let summary = "a policy that is told a direction, and soups of two that are not"
  public static let source = "Wang et al. 2024, DPA, arXiv 2402.18571"

  public var seed = 0

  public init() {}

  public static let measures: [Measure] = [
    Measure("score", "mean reward along what is asked for, over nine directions", better: .higher),
    Measure(
      "hypervolume", "what the nine policies cover in both rewards, of the arms' own share",
      better: .higher),
    Measure(
      "follows", "Kendall's τ of the direction asked for and the one obtained", better: .higher),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case directed, soups, blind

    var summary: String {
      switch self {
      case .directed: "one policy that is told the direction"
      case .soups: "policies for either reward, parameters averaged by the direction"
      case .blind: "one policy that is not told"
      }
    }
  }

  private static let features = Bumps(14, over: 40).features

  /// Weights of bumps for either component of a direction, `[28]`, after rejection sampling.
  private static func trained(
    _ rng: inout SplitMix64, told: Bool, prompts: Int = 200,
    direction: (inout SplitMix64) -> [Double]
  ) -> [Double] {
    let width = features[0].count
    var theta = [Double](repeating: 0, count: 2 * width)
    var adam = Adam(unknowns: theta.count, rate: 0.05)
    for _ in 0..<6 {
      var kept: [(input: [Double], arm: Int)] = []
      for _ in 0..<prompts {
        let wanted = direction(&rng)
        let input = told ? wanted : [1, 0]
        let sampler = ArmSampler(logps(theta, input).map { exp($0) })
        let drawn = (0..<8).map { _ in sampler.draw(&rng) }
        let worth = drawn.map { arm in dot(wanted, FrontOfPairs.rewards.map { $0[arm] }) }
        let best = worth.indices.reduce(0) { worth[$1] > worth[$0] ? $1 : $0 }
        kept.append((input, drawn[best]))
      }
      for _ in 0..<40 {
        var slope = [Double](repeating: 0, count: theta.count)
        for (input, arm) in kept {
          let p = logps(theta, input).map { exp($0) }
          for k in 0..<width {
            var miss = -features[arm][k]
            for (p, row) in zip(p, features) { miss += p * row[k] }
            for part in 0..<2 { slope[part * width + k] += input[part] * miss / Double(prompts) }
          }
        }
        adam.update(&theta, slope)
      }
    }
    return theta
  }

  private static func logps(_ theta: [Double], _ input: [Double]) -> [Double] {
    let width = features[0].count
    let mixed = (0..<width).map { input[0] * theta[$0] + input[1] * theta[width + $0] }
    return Softmax.logarithms(features.map { dot($0, mixed) })
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    func anywhere(_ rng: inout SplitMix64) -> [Double] {
      let angle = rng.uniform() * .pi / 2
      return [cos(angle), sin(angle)]
    }
    let models: [[Double]]
    switch name {
    case .directed: models = [Self.trained(&rng, told: true, direction: anywhere)]
    case .blind: models = [Self.trained(&rng, told: false, direction: anywhere)]
    case .soups:
      models = [[1.0, 0], [0, 1]].map { end in
        Self.trained(&rng, told: false, prompts: 100) { _ in end }
      }
    }
    let angles = (0...8).map { Double($0) * .pi / 16 }
    var (points, score) = ([[Double]](), 0.0)
    for angle in angles {
      let wanted = [cos(angle), sin(angle)]
      let logps: [Double]
      switch name {
      case .directed: logps = Self.logps(models[0], wanted)
      case .blind: logps = Self.logps(models[0], [1, 0])
      case .soups:
        let share = angle / (.pi / 2)
        logps = Self.logps(zip(models[0], models[1]).map { (1 - share) * $0 + share * $1 }, [1, 0])
      }
      points.append(FrontOfPairs.point(logps))
      score += dot(wanted, points.last ?? []) / Double(angles.count)
    }
    let arms = (0..<40).map { arm in FrontOfPairs.rewards.map { $0[arm] } }
    let obtained = points.map { atan2($0[1], $0[0]) }
    return StudyOutcome([
      "score": score, "hypervolume": FrontOfPairs.volume(points) / FrontOfPairs.volume(arms),
      "follows": RankCorrelation.kendall(angles, obtained) ?? 0,
    ])
  }
}
