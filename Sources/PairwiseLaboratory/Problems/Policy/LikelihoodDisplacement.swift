internal import Glibc
public import PairwiseConfig
internal import PairwiseModels

/// Three tokens and one pair: the preferred token loses probability while its margin grows.
///
/// Logits are W·h with a fixed output matrix and a trained state h. The preferred and the other token have rows
/// that point the same way, and the third token takes what both lose.
public struct LikelihoodDisplacement: ComparableProblem {
  public static let name = "likelihood_displacement"
  public static let summary = "one pair among three tokens: the margin grows, the likelihood falls"
  public static let source = "Razin et al. 2024, arXiv 2410.08847"

  /// Rows of the preferred, the other and the third token.
  public static let unembedding: [[Double]] = [[0, 1], [-0.5, 1], [2, -1]]
  /// h at the start.
  public static let state = [0.5, 1.0]

  /// Whether the output matrix is fixed; else each token has a logit of its own.
  public var frozen = true

  public init() {}

  public init(from reader: inout SectionReader) {
    frozen = reader.value(
      "frozen", default: frozen, "Train the state alone; false: a logit of its own for each token.")
  }

  public static let measures = [
    Measure("p_chosen", "probability of the preferred token", better: .higher),
    Measure("p_rejected", "probability of the other token of the pair", better: .lower),
    Measure("p_other", "probability of the token that nobody asked for", better: .lower),
    Measure("displacement", "log-prob that the preferred token has lost, nats", better: .lower),
    Measure("margin", "log-ratio of the pair gained, nats", better: .higher),
  ]

  private var logits: [Double] { Self.unembedding.map { dot($0, Self.state) } }

  public var truth: [TruthEntry] { [TruthEntry("start", Softmax.of(logits))] }

  public func trial() -> Trial {
    let names = ["chosen", "rejected", "other"]
    let options =
      frozen
      ? TabularPolicyOptions(
        completions: names, start: Self.state.map { Float($0) },
        features: Self.unembedding.map { $0.map { Float($0) } })
      : TabularPolicyOptions(completions: names, start: logits.map { Float($0) })
    var choices = ChoicePairs(completions: names)
    choices.append(chosen: 0, rejected: 1)
    let start = Softmax.logarithms(logits)
    return .tabular(choices, options) { policy in
      let logps = policy.logProbabilities[0]
      return [
        "p_chosen": exp(logps[0]), "p_rejected": exp(logps[1]), "p_other": exp(logps[2]),
        "displacement": start[0] - logps[0],
        "margin": logps[0] - start[0] - (logps[1] - start[1]),
      ]
    }
  }
}
