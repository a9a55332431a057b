import PairwiseConfig
import PairwiseText
import Testing

/// A tokenizer whose ids and texts the fixtures hold.
struct FixtureTokenizer: CustomTestStringConvertible, Sendable {
  var name: String
  var folder: String
  var testDescription: String { name }

  static let all = [
    FixtureTokenizer(name: "llama_gqa_tied", folder: "models/llama_gqa_tied"),
    FixtureTokenizer(name: "llama_untied", folder: "models/llama_untied"),
    FixtureTokenizer(name: "qwen2", folder: "models/qwen2"),
    FixtureTokenizer(name: "gpt2", folder: "models/gpt2"),
    FixtureTokenizer(name: "bert", folder: "models/bert"),
    FixtureTokenizer(name: "smollm2", folder: "tokenizers/smollm2"),
    FixtureTokenizer(name: "smollm2_digits", folder: "tokenizers/smollm2_digits"),
    FixtureTokenizer(name: "minilm", folder: "tokenizers/minilm"),
  ]

  func tokenizer() throws -> Tokenizer {
    try Tokenizer(
      json: try FixtureFolder.bytes("\(folder)/tokenizer.json"), file: "\(name)/tokenizer.json")
  }
}

@Suite("Tokenizer fixtures", .enabled(if: FixtureFolder.isThere))
struct TokenizerFixtureTests {
  static func strings() throws -> [String] {
    guard case .list(let items) = try FixtureFolder.json("tokenizers/strings.json").value else {
      return []
    }
    return items.compactMap(\.string)
  }

  @Test("gives the ids and texts of the fixtures, exactly", arguments: FixtureTokenizer.all)
  func expected(_ fixture: FixtureTokenizer) throws {
    let tokenizer = try fixture.tokenizer()
    let strings = try Self.strings()
    let lines = try FixtureFolder.lines("tokenizers/\(fixture.name).expected.jsonl")
    #expect(lines.count == strings.count && lines.count > 300)
    for line in lines {
      guard case .int(let index) = line["i"]?.value else { throw FixtureProblem.unreadable }
      let string = strings[index]
      let ids = try #require(line["ids"]?.ids)
      let special = line["ids_special"]?.ids ?? ids
      let text = try #require(line["text"]?.string)
      let got = tokenizer.encode(string, addSpecialTokens: false)
      #expect(got == ids, "string \(index): \(string.debugDescription)")
      #expect(tokenizer.encode(string) == special, "string \(index)")
      #expect(tokenizer.encode(utf8: Array(string.utf8)) == special, "string \(index)")
      #expect(tokenizer.decode(special).utf8.elementsEqual(text.utf8), "string \(index)")
      let skipped = line["text_skip"]?.string ?? text
      #expect(
        tokenizer.decode(special, skippingSpecialTokens: true).utf8.elementsEqual(skipped.utf8),
        "string \(index)")
    }
  }

  @Test("decodes cut sequences, also one id at a time", arguments: FixtureTokenizer.all)
  func decoding(_ fixture: FixtureTokenizer) throws {
    let tokenizer = try fixture.tokenizer()
    let lines = try FixtureFolder.lines("tokenizers/\(fixture.name).decode.jsonl")
    #expect(lines.count >= 60)
    for line in lines {
      let ids = try #require(line["ids"]?.ids)
      let text = try #require(line["text"]?.string)
      #expect(tokenizer.decode(ids).utf8.elementsEqual(text.utf8), "\(ids)")
      var stream = TokenTextStream(tokenizer, skippingSpecialTokens: false)
      let parts = ids.map { stream.append($0) } + [stream.finish()]
      #expect(parts.joined().utf8.elementsEqual(text.utf8), "\(ids)")
    }
  }

  @Test(
    "tokenises rendered conversations",
    arguments: FixtureTokenizer.all.filter { $0.name != "bert" && $0.name != "minilm" })
  func conversations(_ fixture: FixtureTokenizer) throws {
    guard let lines = try? FixtureFolder.lines("tokenizers/\(fixture.name).chat.jsonl") else {
      return
    }
    let tokenizer = try fixture.tokenizer()
    for line in lines {
      let text = try #require(line["text"]?.string)
      #expect(tokenizer.encode(text, addSpecialTokens: false) == line["ids"]?.ids)
    }
  }
}

enum FixtureProblem: Error { case unreadable }
