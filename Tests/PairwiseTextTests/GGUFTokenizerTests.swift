import PairwiseConfig
import PairwiseText
import Testing

/// A fixture's tokenizer as a GGUF file would hold it.
struct GGUFCase: CustomTestStringConvertible, Sendable {
  var fixture: FixtureTokenizer
  var pre: String
  var bos: Int32?
  var testDescription: String { "\(fixture.name) as \(pre)" }

  static let all: [GGUFCase] = [
    ("smollm2_digits", "smollm", 1), ("gpt2", "gpt-2", 0), ("llama_untied", "llama-bpe", 0),
    ("qwen2", "qwen2", nil), ("llama_gqa_tied", "smollm", nil), ("smollm2", "default", 1),
  ].compactMap { (name, pre, bos) in
    FixtureTokenizer.all.first { $0.name == name }.map {
      GGUFCase(fixture: $0, pre: pre, bos: bos)
    }
  }

  func vocabulary() throws -> GGUFVocabulary {
    let file = try FixtureFolder.json("\(fixture.folder)/tokenizer.json")
    guard case .table(let entries) = file["model"]?["vocab"]?.value,
      case .list(let merges) = file["model"]?["merges"]?.value,
      case .list(let added) = file["added_tokens"]?.value
    else { throw FixtureProblem.unreadable }
    var tokens = [String](repeating: "", count: entries.count)
    for entry in entries {
      if case .int(let id) = entry.value.value { tokens[id] = entry.key }
    }
    var types = [Int32](repeating: 1, count: tokens.count)
    for token in added {
      if case .int(let id) = token["id"]?.value { types[id] = 3 }
    }
    return GGUFVocabulary(
      model: "gpt2", pre: pre, tokens: tokens, types: types,
      merges: merges.map { merge in
        guard case .list(let pair) = merge.value else { return merge.string ?? "" }
        return pair.compactMap(\.string).joined(separator: " ")
      }, bos: bos)
  }
}

@Suite("GGUF tokenizers")
struct GGUFTokenizerTests {
  static let tiny = GGUFVocabulary(
    file: "tiny.gguf", model: "gpt2", pre: "gpt-2",
    tokens: ["<end>", "a", "b", "Ġ", "ab", "Ġab", "<pad>"], types: [3, 1, 1, 1, 1, 1, 3],
    merges: ["a b", "Ġ ab"], bos: 0, eos: 0, pad: 6, chatTemplate: "{{ x }}")

  @Test(
    "gives the ids of the tokenizer.json it came from", .enabled(if: FixtureFolder.isThere),
    arguments: GGUFCase.all)
  func fixtures(_ test: GGUFCase) throws {
    let tokenizer = try Tokenizer(try test.vocabulary())
    let strings = try TokenizerFixtureTests.strings()
    for line in try FixtureFolder.lines("tokenizers/\(test.fixture.name).expected.jsonl") {
      guard case .int(let index) = line["i"]?.value else { throw FixtureProblem.unreadable }
      let ids = line["ids"]?.ids
      #expect(tokenizer.encode(strings[index], addSpecialTokens: false) == ids, "string \(index)")
      #expect(tokenizer.encode(strings[index]) == line["ids_special"]?.ids ?? ids)
    }
  }

  @Test("gives the ids of the published checkpoints' rows", .enabled(if: FixtureFolder.isThere))
  func realRows() throws {
    let smollm = try Tokenizer(try #require(GGUFCase.all.first).vocabulary())
    let minilm = try #require(FixtureTokenizer.all.first { $0.name == "minilm" }).tokenizer()
    for (name, tokenizer) in [("smollm2", smollm), ("minilm", minilm)] {
      guard case .list(let rows) = try FixtureFolder.json("real/\(name).json")["rows"]?.value else {
        throw FixtureProblem.unreadable
      }
      #expect(!rows.isEmpty)
      for row in rows {
        let text = try #require(row["text"]?.string)
        #expect(tokenizer.encode(text) == row["ids"]?.ids)
      }
    }
  }

  /// Spaces before a digit are the difference; the ids are those of the two fixtures.
  @Test("splits digits where the file says smollm", .enabled(if: FixtureFolder.isThere))
  func digits() throws {
    let test = try #require(GGUFCase.all.first)
    let tokenizer = try Tokenizer(try test.vocabulary())
    let published = try test.fixture.tokenizer()
    let converted = try #require(FixtureTokenizer.all.first { $0.name == "smollm2" }).tokenizer()
    #expect(tokenizer.encode("  5") == published.encode("  5"))
    #expect(tokenizer.encode("  5") != converted.encode("  5"))
  }

  @Test("keeps special tokens and the template, and makes files that give the same ids")
  func pipeline() throws {
    let pipeline = try TextPipeline(Self.tiny)
    #expect(pipeline.bos == SpecialToken(text: "<end>", id: 0))
    #expect(pipeline.eos == SpecialToken(text: "<end>", id: 0))
    #expect(pipeline.pad == SpecialToken(text: "<pad>", id: 6))
    #expect(pipeline.chatTemplate == "{{ x }}")
    #expect(pipeline.tokenizer.encode("ab ab<end>") == [4, 5, 0])
    #expect(pipeline.tokenizer.vocabularySize == 7)
    let again = try TextPipeline(files: pipeline.files, folder: "saved")
    #expect(again.tokenizer.encode("ab ab<end>") == [4, 5, 0])
    #expect(again.bos == pipeline.bos && again.eos == pipeline.eos && again.pad == pipeline.pad)
    #expect(again.chatTemplate == "{{ x }}")
  }

  @Test("adds BOS if the file says so, for Llama 3 even if it says nothing")
  func beginning() throws {
    func ids(_ pre: String, _ adds: Bool?) throws -> [Int32] {
      var vocabulary = Self.tiny
      vocabulary.pre = pre
      vocabulary.addsBOS = adds
      return try Tokenizer(vocabulary).encode("ab")
    }
    #expect(try ids("gpt-2", nil) == [4])
    #expect(try ids("gpt-2", true) == [0, 4])
    #expect(try ids("llama-bpe", nil) == [0, 4])
    #expect(try ids("llama-bpe", false) == [4])
  }

  @Test("names the key of what it cannot take")
  func refusals() {
    func message(_ change: (inout GGUFVocabulary) -> Void) -> String {
      var vocabulary = Self.tiny
      change(&vocabulary)
      do throws(TextError) {
        _ = try Tokenizer(vocabulary)
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message { $0.model = "llama" }
        == "tiny.gguf: tokenizer.ggml.model: model 'llama' is not supported, expected 'gpt2'")
    #expect(
      message { $0.pre = "tekken" }.hasPrefix(
        "tiny.gguf: tokenizer.ggml.pre: pre-tokenizer 'tekken' is not supported, expected one of"))
    #expect(
      message { $0.types = [1] } == "tiny.gguf: tokenizer.ggml.token_type: 1 types for 7 tokens")
    #expect(
      message { $0.tokens[2] = "a" }
        == "tiny.gguf: tokenizer.ggml.tokens: token 'a' appears twice, last with id 2")
    #expect(
      message { $0.eos = 7 }
        == "tiny.gguf: tokenizer.ggml.eos_token_id: id 7 is out of range, expected 0 to 6")
    #expect(message { $0.bos = -1 }.contains("bos_token_id: id -1 is out of range"))
    #expect(message { $0.merges = ["a q"] }.contains("token 'q' is not in the vocabulary"))
    #expect(message { $0.merges = ["ab"] }.contains("expected two tokens and one space"))
    #expect(message { $0.tokens = [] } == "tiny.gguf: tokenizer.ggml.tokens: holds no tokens")
  }
}
