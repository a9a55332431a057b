internal import PairwiseEvaluation
internal import PairwiseTensor

extension ConstrainedGrid: StudiedProblem {
  public static let measures: [Measure] = [
    Measure("gold", "mean of the reward that is meant", better: .higher),
    Measure("proxy", "mean sum of the rewards that are measured", better: .neither),
    Measure("kl", "KL from the start, nats", better: .neither),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case fixed = "fixed_weights"
    case light = "light_weights"
    case constrained

    var summary: String {
      switch self {
      case .fixed: "both proxies with the weight 4 against KL: optimised for long"
      case .light: "both proxies with the weight 2"
      case .constrained: "multipliers that keep the proxies where gold was best in a sample"
      }
    }
  }

  /// Constraints are put where the mean gold of `samples` draws was greatest along λ = 0, 0.2, …, 4.
  public func study(_ variant: String) throws -> StudyOutcome {
    let (tilt, gold) = (tilt, gold)
    let lambda: [Double]
    switch try Name.named(variant) {
    case .fixed: lambda = [4, 4]
    case .light: lambda = [2, 2]
    case .constrained: lambda = tilt.ascended(to: thresholds(tilt, gold), steps: 2000)
    }
    let steps = (0...20).map { Double($0) / 5 }
    return StudyOutcome(
      [
        "gold": tilt.mean(gold, lambda), "proxy": tilt.moments(lambda).reduce(0, +),
        "kl": tilt.divergence(lambda),
      ],
      curves: [
        .init(
          name: "gold", steps: Array(steps.indices),
          // What a run passes through on its way to the weights it ends with.
          values: steps.map { step in tilt.mean(gold, lambda.map { min($0, step) }) })
      ])
  }

  private func thresholds(_ tilt: ExponentialTilt, _ gold: [Double]) -> [Double] {
    var rng = SplitMix64(seed: UInt64(seed))
    var best = (worth: -Double.infinity, lambda: 0.0)
    for step in 0...20 {
      let lambda = Double(step) / 5
      let sampler = ArmSampler(tilt.policy([lambda, lambda]))
      let sum = (0..<samples).reduce(0) { sum, _ in sum + gold[sampler.draw(&rng)] }
      if sum > best.worth { best = (sum, lambda) }
    }
    return tilt.moments([best.lambda, best.lambda])
  }
}
