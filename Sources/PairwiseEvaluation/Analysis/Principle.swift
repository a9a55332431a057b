/// A principle that a program can judge: of two completions the one with more (or less) of a quantity.
///
/// ```swift
/// let votes = Principle.library.map { principle in
///   pairs.map { principle.vote(first: $0.chosen, second: $0.rejected) }
/// }
/// ```
/// - Source: methods reference, §8.7.
public struct Principle: Sendable {
  public let name: String
  private let measure: @Sendable (String) -> Double?

  /// - Parameter measure: what the better completion has more of; nil where it does not apply.
  public init(_ name: String, more measure: @escaping @Sendable (String) -> Double?) {
    (self.name, self.measure) = (name, measure)
  }

  /// What the principle says of two completions.
  public func vote(first: String, second: String) -> PrincipleVote {
    guard let a = measure(first), let b = measure(second), !a.isNaN, !b.isNaN else {
      return .notApplicable
    }
    return Self.vote(a, b)
  }

  /// The side with the higher value; `neither` for equal ones. Serves features of pairs as well.
  public static func vote(_ first: Double, _ second: Double) -> PrincipleVote {
    first > second ? .first : first < second ? .second : .neither
  }

  /// Shorter, longer, more list items, contains a question, fewer repeated trigrams, more hedging words.
  public static let library = [
    Principle("shorter") { -Double($0.unicodeScalars.count) },
    Principle("longer") { Double($0.unicodeScalars.count) },
    Principle("more list items") { Double(CompletionText.listItems($0)) },
    Principle("contains a question") { $0.unicodeScalars.contains("?") ? 1 : 0 },
    Principle("fewer repeated trigrams") { CompletionText.uniqueTrigrams($0) },
    Principle("more hedging words") { Double(CompletionText.hedges($0)) },
  ]

  /// The keyword comes earlier; does not apply to completions without it. Case does not matter.
  public static func earlier(_ keyword: String) -> Principle {
    let word = keyword.lowercased()
    return Principle("'\(keyword)' comes earlier") { text in
      CompletionText.words(text.lowercased()).firstIndex { $0 == word }.map { -Double($0) }
    }
  }
}

/// Counts over a completion's text.
public enum CompletionText {
  /// Words: what white space separates.
  public static func words(_ text: String) -> [Substring] {
    text.split(whereSeparator: \.isWhitespace)
  }

  /// Lines that begin with `-`, `*`, `•`, or a number and a full stop or bracket.
  public static func listItems(_ text: String) -> Int {
    text.split(whereSeparator: \.isNewline).count { line in
      let content = line.drop(while: \.isWhitespace)
      guard let first = content.first else { return false }
      if "-*•".contains(first) { return content.dropFirst().first?.isWhitespace == true }
      let rest = content.drop { $0.isASCII && $0.isNumber }
      return rest.count < content.count && (rest.first == "." || rest.first == ")")
    }
  }

  /// Distinct trigrams of words / trigrams; 1 for fewer than three words.
  public static func uniqueTrigrams(_ text: String) -> Double {
    let words = words(text)
    guard words.count >= 3 else { return 1 }
    var seen: Set<[Substring]> = []
    for start in 0...(words.count - 3) { seen.insert(Array(words[start..<(start + 3)])) }
    return Double(seen.count) / Double(words.count - 2)
  }

  /// Words that take an assertion back a little.
  public static func hedges(_ text: String) -> Int {
    words(text.lowercased()).count { word in
      hedgeWords.contains(word.filter { $0.isLetter })
    }
  }

  private static let hedgeWords: Set<String> = [
    "maybe", "perhaps", "possibly", "probably", "might", "may", "could", "seems", "seem", "appears",
    "likely", "generally", "usually", "somewhat", "suggest", "suggests", "roughly", "arguably",
  ]
}
