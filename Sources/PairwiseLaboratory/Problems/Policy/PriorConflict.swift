internal import Glibc
public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseTensor

/// Questions with two clues: a text from which the answer can be guessed, and a signal that has to be looked at.
///
/// The right answer is 0 or 1. The text points at it with one probability, the signal with another, whatever the
/// text says. The policy is log-linear in what either clue points at and starts with the text's odds. Columns
/// `chosen_margin_reward` and `rejected_margin_reward` hold the answers' log-probs by the text alone.
public struct PriorConflict: ComparableProblem {
  public static let name = "prior_conflict"
  public static let summary = "a guess from the text against a signal that contradicts it"
  public static let source = "AVERE 2026, AVEm-DPO, arXiv 2602.07054"

  public var seed = 0
  public var pairs = 4000
  /// How often the text points at the right answer, and the signal.
  public var textAccuracy = 0.8
  public var signalAccuracy = 0.75

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn questions.")
    pairs = reader.value("pairs", default: pairs, .closed(ToySize.rows), "Pairs.")
    textAccuracy = reader.value(
      "text_accuracy", default: textAccuracy, .closed(0.01...0.99), "How often the text is right.")
    signalAccuracy = reader.value(
      "signal_accuracy", default: signalAccuracy, .closed(0.01...0.99),
      "How often the signal is right.")
  }

  public static let measures = [
    Measure(
      "conflict_accuracy", "probability of the right answer where the text is wrong",
      better: .higher),
    Measure("accuracy", "probability of the right answer", better: .higher),
    Measure("text_weight", "log-odds that the text adds", better: .neither),
    Measure("signal_weight", "log-odds that the signal adds", better: .neither),
  ]

  /// The weights of who knows how often either clue is right.
  public var truth: [TruthEntry] {
    [
      TruthEntry("text_weight", log(textAccuracy / (1 - textAccuracy))),
      TruthEntry("signal_weight", log(signalAccuracy / (1 - signalAccuracy))),
    ]
  }

  public func trial() -> Trial {
    let clues = [(0, 0), (0, 1), (1, 0), (1, 1)]
    let options = TabularPolicyOptions(
      completions: ["0", "1"], prompts: clues.map { "text \($0.0), signal \($0.1)" },
      start: [Float(log(textAccuracy / (1 - textAccuracy))), 0],
      promptFeatures: clues.map { text, signal in
        (0...1).map { [$0 == text ? 1 : 0, $0 == signal ? 1 : 0] }
      })
    var choices = ChoicePairs(prompts: options.prompts, completions: options.completions)
    let byText = [log(1 - textAccuracy), log(textAccuracy)].map { Float($0) }
    var (chosen, rejected) = ([Float](), [Float]())
    var rng = SplitMix64(seed: UInt64(seed))
    for _ in 0..<pairs {
      let answer = rng.randint(2)
      let text = rng.bernoulli(textAccuracy) ? answer : 1 - answer
      let signal = rng.bernoulli(signalAccuracy) ? answer : 1 - answer
      choices.append(prompt: text * 2 + signal, chosen: answer, rejected: 1 - answer)
      chosen.append(byText[text == answer ? 1 : 0])
      rejected.append(byText[text == answer ? 0 : 1])
    }
    choices.columns = ["chosen_margin_reward": chosen, "rejected_margin_reward": rejected]
    let (byTextRight, bySignalRight) = (textAccuracy, signalAccuracy)
    return .tabular(choices, options) { policy in
      let (text, signal) = (Double(policy.values[0]), Double(policy.values[1]))
      // P(right) when text and signal point at the answer (+1) or away from it (−1).
      func right(_ sign: Double) -> Double {
        bySignalRight * Logistic.sigmoid(sign * text + signal)
          + (1 - bySignalRight) * Logistic.sigmoid(sign * text - signal)
      }
      return [
        "conflict_accuracy": right(-1),
        "accuracy": byTextRight * right(1) + (1 - byTextRight) * right(-1),
        "text_weight": text, "signal_weight": signal,
      ]
    }
  }
}
