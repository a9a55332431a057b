import PairwiseText
import Testing

@Suite("Merging")
struct MergeTests {
  /// Joins the leftmost pair of the lowest rank, over and over: the definition.
  static func plainMerge(_ word: [String], _ ranks: [String: Int]) -> [String] {
    var word = word
    while true {
      let pairs = word.indices.dropLast().compactMap { index in
        ranks["\(word[index]) \(word[index + 1])"].map { (rank: $0, index: index) }
      }
      guard let best = pairs.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else {
        return word
      }
      word.replaceSubrange(
        best.index...best.index + 1, with: [word[best.index] + word[best.index + 1]])
    }
  }

  @Test("gives what the definition gives, for random merges and words", arguments: 0..<40)
  func random(_ seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var tokens = ["a", "b", "c"]
    var merges: [String] = []
    for _ in 0..<30 {
      let pair = "\(tokens[next(tokens.count)]) \(tokens[next(tokens.count)])"
      let joined = pair.filter { $0 != " " }
      if merges.contains(pair) || joined.count > 12 { continue }
      merges.append(pair)
      if !tokens.contains(joined) { tokens.append(joined) }
    }
    let ranks = Dictionary(uniqueKeysWithValues: merges.enumerated().map { ($1, $0) })
    let tokenizer = try Tokenizer(
      GGUFVocabulary(model: "gpt2", pre: "gpt-2", tokens: tokens, merges: merges))
    for length in [1, 2, 5, 17, 60, 200] {
      let word = (0..<length).map { _ in tokens[next(3)] }
      let expected = Self.plainMerge(word, ranks)
      let ids = tokenizer.encode(word.joined())
      #expect(ids.map { tokenizer.token(of: $0) } == expected)
      #expect(tokenizer.encode(word.joined()) == ids, "from the cache")
    }
  }

  /// 200,000 bytes without a break are one word; a quadratic merge would take minutes.
  @Test("takes a very long word", .timeLimit(.minutes(1)))
  func longWord() throws {
    let tokenizer = try Tokenizer(
      GGUFVocabulary(
        model: "gpt2", pre: "gpt-2", tokens: ["a", "aa", "aaaa"], merges: ["a a", "aa aa"]))
    let ids = tokenizer.encode(String(repeating: "a", count: 200_003))
    #expect(ids.count == 50_002)
    #expect(ids.suffix(2) == [1, 0])
  }
}
