public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// Labels by a reward that favours one of six modes for its direction alone, or by the same reward after that
/// direction was taken out of it: the modes of `embed_modes`.
///
/// With β = 1 the best policy is the softmax of five times the scores, whose entropy is known.
public struct BiasedDirection: ComparableProblem {
  public static let name = "biased_direction"
  public static let summary = "six modes, one favoured by the reward's bias, corrected or not"
  public static let source = "Chen et al. 2025, D2-Align, arXiv 2512.24146"

  public var seed = 0
  public var pairs = 6000
  /// Whether labels are by the corrected reward.
  public var corrected = false

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn pairs.")
    pairs = reader.value("pairs", default: pairs, .closed(ToySize.rows), "Pairs.")
    corrected = reader.value(
      "corrected", default: corrected, "Label by the reward with the bias taken out.")
  }

  public static let measures = [
    Measure("entropy", "entropy over the modes, nats; ln 6 at most", better: .higher),
    Measure("favoured", "probability of the favoured mode", better: .lower), .kl,
  ]

  /// Scores of the modes before and after the correction. The correction is that of T15, whose inputs are fixed.
  private static let plain: [Double] = {
    let problem = EmbedModes()
    return problem.modes.map { dot($0, problem.prompt) }
  }()
  private static let correctedScores: [Double] = {
    let problem = EmbedModes()
    guard let correction = try? DirectionalCorrection(embedding: problem.prompt),
      let b = correction.fit(
        problem.modes, start: problem.prompt.map { _ in 1e-3 }, steps: 3000)
    else { return plain }
    return problem.modes.map { correction.reward(of: $0, by: b) ?? 0 }
  }()

  private var scores: [Double] { corrected ? Self.correctedScores : Self.plain }

  public var truth: [TruthEntry] { [TruthEntry("entropy", EmbedModes.entropy(scores))] }

  public func trial() -> Trial {
    let rewards = scores.map { 5 * $0 }
    let options = TabularPolicyOptions(completions: ChoicePairs.names("mode", rewards.count))
    var choices = ChoicePairs(completions: options.completions)
    let sampler = ArmSampler(rewards.map { _ in 1 })
    var rng = SplitMix64(seed: UInt64(seed))
    for _ in 0..<pairs {
      let pair = sampler.pair(rewards, &rng)
      choices.append(chosen: pair.chosen, rejected: pair.rejected)
    }
    let truth = PolicyTruth(rewards: [rewards], beta: 1)
    return .tabular(choices, options) { policy in
      let logps = policy.logProbabilities
      return [
        "entropy": PolicyTruth.entropy(logps),
        "favoured": PolicyTruth.mean(logps, [[1, 0, 0, 0, 0, 0]]),
        "kl": truth.divergence(logps),
      ]
    }
  }
}
