internal import RealModule

/// A reward without preference labels: relevance, held back by length and repetition (R³).
///
/// `relevance(prompt, completion) · words/unit · unique trigrams` for an open question,
/// `F(relevance(reference, completion)) · unique trigrams` for one with an answer to compare with. Relevance is
/// the cosine of lower-cased word counts; F maps 0 … 1 linearly to `range`.
///
/// ```swift
/// try RelevanceReward().open(prompt: "how do i boil an egg", completion: "boil an egg for nine minutes")  // 0.03
/// ```
/// - Source: Kim & Seo 2024, "Preference-free Alignment Learning with Regularized Relevance Reward" (arXiv
///   2402.03469), with a bag of words for its retriever; methods reference, §4.5.
public struct RelevanceReward: Sendable, Equatable {
  /// Words that count as length 1.
  public var lengthUnit: Double
  /// Most that length may count; nil for no limit.
  public var lengthCap: Double?
  /// Where F maps 0 and 1 to.
  public var range: ClosedRange<Double>

  /// - Throws: for a unit or cap that is not above 0.
  public init(
    lengthUnit: Double = 100, lengthCap: Double? = nil, range: ClosedRange<Double> = 0...1
  ) throws(EvaluationError) {
    for value in [lengthUnit, lengthCap ?? 1] where !(value > 0 && value.isFinite) {
      throw .outOfRange(
        "relevance reward", row: nil, found: "a length of \(value)", expected: "above 0")
    }
    (self.lengthUnit, self.lengthCap, self.range) = (lengthUnit, lengthCap, range)
  }

  /// Of an open question.
  ///
  /// - Throws: for a completion without words.
  public func open(prompt: String, completion: String) throws(EvaluationError) -> Double {
    let words = CompletionText.words(completion).count
    guard words > 0 else { throw .empty("completion without words") }
    return reward(
      relevance: Self.relevance(prompt, completion), words: words,
      unique: CompletionText.uniqueTrigrams(completion))
  }

  /// Of a question with a reference answer.
  ///
  /// - Throws: for a completion or a reference without words.
  public func closed(reference: String, completion: String) throws(EvaluationError) -> Double {
    guard !CompletionText.words(completion).isEmpty, !CompletionText.words(reference).isEmpty
    else { throw .empty("completion or reference without words") }
    return reward(
      referenceRelevance: Self.relevance(reference, completion),
      unique: CompletionText.uniqueTrigrams(completion))
  }

  /// The parts put together, for other measures of relevance.
  public func reward(relevance: Double, words: Int, unique: Double) -> Double {
    let length = Double(words) / lengthUnit
    return relevance * min(length, lengthCap ?? length) * unique
  }

  public func reward(referenceRelevance: Double, unique: Double) -> Double {
    let width = range.upperBound - range.lowerBound
    return (range.lowerBound + width * referenceRelevance) * unique
  }

  /// Cosine of the counts of lower-cased words; 0 for a text without words.
  public static func relevance(_ a: String, _ b: String) -> Double {
    let (x, y) = (counts(a), counts(b))
    let product = x.reduce(0) { $0 + $1.value * (y[$1.key] ?? 0) }
    let lengths = x.values.reduce(0) { $0 + $1 * $1 } * y.values.reduce(0) { $0 + $1 * $1 }
    return lengths > 0 ? product / lengths.squareRoot() : 0
  }

  private static func counts(_ text: String) -> [Substring: Double] {
    CompletionText.words(text.lowercased()).reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }
}
