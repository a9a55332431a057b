import PairwiseConfig
import PairwiseEvaluation
import PairwiseLaboratory

/// Runs whose true means are known: `mean(objective, flip rate, beta)` and noise that runs of a seed share in
/// part, as they share data.
struct MadeUpComparison {
  var labels = ["dpo", "cdpo", "robust_dpo"]
  var flipRates: [Double] = [0, 0.2, 0.4]
  var betas: [Double] = []
  var seeds = 20
  var spread = 0.1
  var generatorSeed: UInt64 = 1
  /// Lower is better.
  var mean: @Sendable (_ label: String, _ flipRate: Double, _ beta: Double) -> Double

  var facts: ComparisonFacts {
    var grid: [ComparisonFacts.GridKey] = []
    if !flipRates.isEmpty {
      grid.append(.init(key: "problem.flip_rate", values: flipRates.map(\.configNode)))
    }
    if !betas.isEmpty { grid.append(.init(key: "objective.beta", values: betas.map(\.configNode))) }
    return ComparisonFacts(
      name: "noisy-labels", subject: "A log-linear policy under labels that are flipped.",
      objectives: labels.map {
        .init(label: $0, name: $0, parameters: $0 == "dpo" ? "" : "label_smoothing 0.1")
      },
      baseline: labels[0],
      measures: [
        Measure("distance", "Distance of the parameters to the truth", better: .lower),
        Measure("reward", "Mean true reward", better: .higher),
        Measure("kl", "Divergence from the start in nats", better: .neither),
      ],
      primary: "distance", grid: grid)
  }

  var runs: [ComparedRun] {
    var generator = BootstrapGenerator(seed: generatorSeed)
    func noise() -> Double {
      spread * ((0..<12).map { _ in generator.uniform() }.reduce(0, +) - 6)
    }
    var runs: [ComparedRun] = []
    for flipRate in flipRates.isEmpty ? [0] : flipRates {
      for beta in betas.isEmpty ? [0.1] : betas {
        for seed in 0..<seeds {
          let shared = noise()
          for label in labels {
            let final = mean(label, flipRate, beta) + shared + noise()
            runs.append(run(label, flipRate, beta, seed, final, noise()))
          }
        }
      }
    }
    return runs
  }

  private func run(
    _ label: String, _ flipRate: Double, _ beta: Double, _ seed: Int, _ final: Double,
    _ noise: Double
  ) -> ComparedRun {
    var settings: [ComparedRun.Setting] = []
    if !flipRates.isEmpty {
      settings.append(.init(key: "problem.flip_rate", value: flipRate.configNode))
    }
    if !betas.isEmpty { settings.append(.init(key: "objective.beta", value: beta.configNode)) }
    let steps = Array(stride(from: 0, through: 200, by: 20))
    let curve = steps.map { step in
      final + (3 - final) * (1 - Double(step) / 200) * (1 - Double(step) / 200)
    }
    return ComparedRun(
      objective: label, settings: settings, seed: seed, steps: 200,
      measures: [
        ("distance", final), ("reward", 2 - final + noise), ("kl", 1 / (0.2 + abs(final)) + noise),
      ],
      curves: [.init(name: "distance", steps: steps, values: curve)], seconds: 0.01)
  }

  func summary() throws -> ComparisonSummary { try ComparisonSummary(runs, facts) }

  /// The shape of the paper's finding: flips hurt dpo and cdpo, and robust_dpo hardly.
  static let noisy = MadeUpComparison { label, flipRate, _ in
    switch label {
    case "dpo": 0.1 + 6 * flipRate
    case "cdpo": 0.1 + 8 * flipRate
    default: 0.1 + flipRate
    }
  }
}
