internal import Glibc
public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// Groups of data whose losses are ½·c·‖θ − μ‖² with minima and curvatures of their own: what to train on next.
///
/// Ten rounds of eight steps from 0. Learned proportions spend three steps of each round on trials. At a rate of 0.05
/// training comes close to the end, where equal shares are the best by construction; at 0.005 it is far from it, as the
/// training of language models is.
public struct MixtureRounds: StudiedProblem {
  public static let name = "mixture_rounds"
  public static let summary = "proportions of groups: equal, or learned while training"
  public static let source = "Chen et al. 2024, Aioli, arXiv 2411.05735"

  public static let groups = 3
  public var seed = 0
  /// Length of the steps.
  public var rate = 0.05

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of minima and curvatures.")
    rate = reader.value("rate", default: rate, .closed(1e-6...0.2), "Length of the steps.")
  }

  public static let measures: [Measure] = [
    Measure("mean_loss", "mean loss of the groups at the end", better: .lower),
    Measure("worst_loss", "loss of the worst group at the end", better: .lower),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case equal, aioli

    var summary: String {
      switch self {
      case .equal: "all groups alike"
      case .aioli: "proportions by what a step on each group did to all losses"
      }
    }
  }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let minima = (0..<Self.groups).map { _ in (0..<2).map { _ in 2 * rng.normal() } }
    let curvatures = (0..<Self.groups).map { _ in exp(0.7 * rng.normal()) }
    var theta = [0.0, 0]
    func losses() -> [Double] {
      zip(minima, curvatures).map { minimum, curvature in
        let away = zip(theta, minimum).map { $0 - $1 }
        return curvature * dot(away, away) / 2
      }
    }
    func step(_ mixture: [Double]) {
      for axis in theta.indices {
        let slope = (0..<Self.groups).reduce(0.0) {
          $0 + mixture[$1] * curvatures[$1] * (theta[axis] - minima[$1][axis])
        }
        theta[axis] -= rate * slope
      }
    }
    var mixture = GroupMixture(groups: Self.groups)
    var curve = ComparedRun.Curve(name: "mean_loss", steps: [], values: [])
    for round in 1...10 {
      if name == .aioli {
        var drops = [[Double]](repeating: [], count: Self.groups)
        for group in 0..<Self.groups {
          let before = losses()
          step(mixture.trial(group))
          for (k, loss) in losses().enumerated() { drops[k].append(before[k] - loss) }
        }
        try mixture.update(drops: drops)
      }
      for _ in 0..<(name == .aioli ? 5 : 8) { step(mixture.proportions) }
      curve.steps.append(8 * round)
      curve.values.append(losses().reduce(0, +) / Double(Self.groups))
    }
    let end = losses()
    return StudyOutcome(
      ["mean_loss": end.reduce(0, +) / Double(Self.groups), "worst_loss": end.max() ?? 0],
      curves: [curve])
  }
}
