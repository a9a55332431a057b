internal import RealModule

/// Items of RewardBench 2: one right completion among several, and prompts with several right ones.
///
/// - Source: Malik et al. 2025, "RewardBench 2"; methods reference, §8.1.
public enum BestOfScores {
  /// Credit for choosing among completions of which the first is right: 1 / (number that attain the maximum) if
  /// it is one of them, else 0.
  ///
  /// - Throws: for fewer than two scores, or one that is not finite.
  public static func credit(_ scores: [Double]) throws(EvaluationError) -> Double {
    try EvaluationError.check(scores, "best-of scores")
    guard scores.count > 1, let best = scores.max() else {
      throw .outOfRange("best-of scores", row: nil, found: "1", expected: "2 completions or more")
    }
    guard scores[0] == best else { return 0 }
    return 1 / Double(scores.filter { $0 == best }.count)
  }
}

/// How a model treats prompts with several right completions: all above the wrong ones, and close together.
///
/// Each tied prompt comes with a reference prompt that has one right completion.
/// `score = 0.30·accuracy + 0.30·reference accuracy + 0.20·mean[gap > spread] + 0.20·mean[least gap > spread]
/// + 0.01·mean tanh(least gap / spread − 1)`, where the least gap is that of the prompt and its reference.
/// - Source: Malik et al. 2025; methods reference, §8.1 "Version 2".
public struct TiesScore: Sendable, Equatable {
  /// Scores of right and of wrong completions of one prompt, one or more of each.
  public struct Prompt: Sendable, Equatable {
    public var correct: [Double]
    public var wrong: [Double]

    public init(correct: [Double], wrong: [Double]) {
      (self.correct, self.wrong) = (correct, wrong)
    }

    /// Lowest right − highest wrong score.
    var gap: Double { (correct.min() ?? 0) - (wrong.max() ?? 0) }
    /// Highest − lowest right score.
    var spread: Double { (correct.max() ?? 0) - (correct.min() ?? 0) }
  }

  /// Share of tied prompts with every right completion above every wrong one, and of references.
  public let accuracy: Double
  public let referenceAccuracy: Double
  /// Share of tied prompts whose gap is wider than their spread; and their least gap.
  public let wideGap: Double
  public let wideLeastGap: Double
  /// Mean of tanh(least gap / spread − 1); 0 where both are 0.
  public let separation: Double
  public let score: Double

  /// - Throws: for no prompts, another number of references, or a prompt without right or wrong scores or with
  ///   one that is not finite.
  public init(tied: [Prompt], references: [Prompt]) throws(EvaluationError) {
    guard !tied.isEmpty else { throw .empty("tied prompts") }
    guard references.count == tied.count else {
      throw .lengthsDiffer("reference prompts", found: references.count, expected: tied.count)
    }
    for prompt in tied + references {
      try EvaluationError.check(prompt.correct, "scores of right completions")
      try EvaluationError.check(prompt.wrong, "scores of wrong completions")
    }
    func mean(_ value: (Prompt, Prompt) -> Double) -> Double {
      zip(tied, references).reduce(0) { $0 + value($1.0, $1.1) } / Double(tied.count)
    }
    accuracy = mean { tied, _ in tied.gap > 0 ? 1 : 0 }
    referenceAccuracy = mean { _, reference in reference.gap > 0 ? 1 : 0 }
    wideGap = mean { tied, _ in tied.gap > tied.spread ? 1 : 0 }
    wideLeastGap = mean { tied, reference in min(reference.gap, tied.gap) > tied.spread ? 1 : 0 }
    separation = mean { tied, reference in
      let value = Double.tanh(min(reference.gap, tied.gap) / tied.spread - 1)
      return value.isNaN ? 0 : value
    }
    score =
      0.3 * accuracy + 0.3 * referenceAccuracy + 0.2 * wideGap + 0.2 * wideLeastGap
      + 0.01 * separation
  }
}
