public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// The best of sixty-four answers by a reward of relevance: copies of the question, answers on the subject of any
/// length, and texts about something else.
///
/// Gold is how many different words of the subject an answer has, of forty.
public struct RelevanceHack: StudiedProblem {
  public static let name = "relevance_hack"
  public static let summary = "relevance alone is answered by repeating the question"
  public static let source = "Kim and Seo 2024, R3, arXiv 2402.03469"

  public var seed = 0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the drawn answers.")
  }

  public static let measures: [Measure] = [
    Measure(
      "gold", "different words on the subject in the chosen answer, of forty", better: .higher),
    Measure("copied", "share of the question's words in the chosen answer", better: .lower),
  ]
  public static let variants = Name.list

  enum Name: String, VariantName {
    case relevance, relevanceAndLength = "relevance_and_length", length, r3

    var summary: String {
      switch self {
      case .relevance: "likeness to the question alone"
      case .relevanceAndLength: "likeness times length"
      case .length: "length alone"
      case .r3: "likeness times length times the share of unique trigrams"
      }
    }
  }

  private static let question = (0..<8).map { "q\($0)" }

  public func study(_ variant: String) throws -> StudyOutcome {
    let name = try Name.named(variant)
    var rng = SplitMix64(seed: UInt64(seed))
    let answers = (0..<64).map { _ in Self.answer(&rng) }
    let query = Self.question.joined(separator: " ")
    let scores = answers.map { words -> Double in
      let text = words.joined(separator: " ")
      let relevance = RelevanceReward.relevance(query, text)
      let length = Double(words.count) / 100
      return switch name {
      case .relevance: relevance
      case .relevanceAndLength: relevance * length
      case .length: length
      case .r3: relevance * length * CompletionText.uniqueTrigrams(text)
      }
    }
    let best = answers[scores.indices.max { scores[$0] < scores[$1] } ?? 0]
    let copied = best.count { $0.hasPrefix("q") }
    return StudyOutcome([
      "gold": Double(Set(best.filter { $0.hasPrefix("t") }).count),
      "copied": Double(copied) / Double(best.count),
    ])
  }

  /// One answer's words: "q…" of the question, "t…" of the subject, "o…" of others.
  private static func answer(_ rng: inout SplitMix64) -> [String] {
    let kind = rng.randint(3)
    let size = 1 + rng.randint(6)
    switch kind {
    case 0: return (0..<size).flatMap { _ in question }
    case 1:
      // Every third word is the question's.
      return (0..<size * 8).map { place in
        place % 3 == 0 ? question[rng.randint(8)] : "t\(rng.randint(40))"
      }
    default: return (0..<size * 8).map { _ in "o\(rng.randint(400))" }
    }
  }
}
