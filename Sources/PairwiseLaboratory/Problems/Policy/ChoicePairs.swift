internal import PairwiseData

/// Pairs of choices from short lists, on their way to a policy over these lists.
struct ChoicePairs {
  private let prompts: [[UInt8]]
  private let completions: [[UInt8]]
  private var texts = PairTexts()
  /// Columns of numbers, as many for each pair as the others have.
  var columns: [PairColumn: [Float]] = [:]
  /// Names of the indices in the column `group`.
  var groups: [String] = []
  /// Where test pairs begin; nil: there are none.
  private var firstTest: Int?

  /// - Parameter prompts: none: all pairs have the same prompt.
  init(prompts: [String] = [], completions: [String]) {
    self.prompts = prompts.map { Array($0.utf8) }
    self.completions = completions.map { Array($0.utf8) }
  }

  var count: Int { texts.count }

  mutating func append(prompt: Int = 0, chosen: Int, rejected: Int) {
    texts.append(
      prompt: prompts.isEmpty ? [] : prompts[prompt], chosen: completions[chosen],
      rejected: completions[rejected])
  }

  /// Completions that are sequences of choices.
  mutating func append(chosen: [Int], rejected: [Int], separator: String) {
    texts.append(
      prompt: [UInt8](), chosen: joined(chosen, separator), rejected: joined(rejected, separator))
  }

  private func joined(_ places: [Int], _ separator: String) -> [UInt8] {
    Array(places.map { completions[$0] }.joined(separator: separator.utf8))
  }

  /// Pairs that come from here on are for tests.
  mutating func beginTest() { firstTest = count }

  /// All of them, with the splits `train` and, where there are any, `test`.
  var source: InMemoryPairs {
    var source = InMemoryPairs(texts: texts, columns: columns, groups: groups)
    source.splits["train"] = .range(0..<(firstTest ?? count))
    if let firstTest { source.splits["test"] = .range(firstTest..<count) }
    return source
  }

  /// "x0", "x1", …
  static func names(_ prefix: String, _ count: Int) -> [String] {
    (0..<count).map { "\(prefix)\($0)" }
  }

  /// The place that a name of `names` has; nil for other texts.
  static func place(_ prefix: String, _ text: String, below count: Int) -> Int? {
    guard text.hasPrefix(prefix), let place = Int(text.dropFirst(prefix.count)), place >= 0,
      place < count
    else { return nil }
    return place
  }
}
