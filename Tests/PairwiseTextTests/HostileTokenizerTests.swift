import PairwiseText
import Testing

@Suite("Damaged tokenizer files")
struct HostileTokenizerTests {
  static func message(_ json: String) -> String {
    do throws(TextError) {
      _ = try Tokenizer(json: Array(json.utf8), file: "t.json")
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  static func file(
    vocab: String = #"{"a": 0, "b": 1, "ab": 2}"#, merges: String = #"["a b"]"#,
    pre: String = #"{"type": "ByteLevel", "add_prefix_space": false}"#, model: String = "",
    others: String = ""
  ) -> String {
    """
    {"pre_tokenizer": \(pre), \(others)
     "model": {"type": "BPE", "vocab": \(vocab), "merges": \(merges)\(model)}}
    """
  }

  @Test("the file the others are made from is in order")
  func good() throws {
    let tokenizer = try Tokenizer(json: Array(Self.file().utf8), file: "t.json")
    #expect(tokenizer.encode("abb") == [2, 1])
    // Without a decoder, tokens stand apart.
    #expect(tokenizer.decode([2, 1]) == "ab b")
  }

  static let damaged: [(json: String, message: String)] = [
    ("", "t.json: line 1, column 1: expected a value, found the end"),
    ("[]", "t.json: line 1: expected a table, found a list"),
    ("{}", "t.json: line 1: lacks 'model'"),
    (#"{"model": {}}"#, "t.json: line 1: model: lacks 'vocab'"),
    (
      #"{"model": {"type": "Unigram"}}"#,
      "t.json: line 1: model: model 'Unigram' is not supported, expected one of BPE, WordPiece"
    ),
    (file(vocab: "{}"), "t.json: line 2: model.vocab: holds no tokens"),
    (file(vocab: "[]"), "t.json: line 2: model.vocab: expected a table, found a list"),
    (
      file(vocab: #"{"a": "0"}"#),
      "t.json: line 2: model.vocab.a: expected an integer, found a string"
    ),
    (
      file(vocab: #"{"a": -1}"#),
      "t.json: line 2: model.vocab.a: id -1 is out of range, expected 0 to 4194303"
    ),
    (
      file(vocab: #"{"a": 9223372036854775807}"#),
      "t.json: line 2: model.vocab.a: id 9223372036854775807 is out of range, expected 0 to 4194303"
    ),
    (
      file(vocab: #"{"a": 1e300}"#),
      "t.json: line 2: model.vocab.a: expected an integer, found a number"
    ),
    (
      file(vocab: #"{"a": 0, "b": 0}"#),
      "t.json: line 2: model.vocab.b: id 0 is already that of token 'a'"
    ),
    (
      file(merges: #"["a q"]"#),
      "t.json: line 2: model.merges[0]: token 'q' is not in the vocabulary"
    ),
    (
      file(merges: #"["b a"]"#),
      "t.json: line 2: model.merges[0]: token 'ba' is not in the vocabulary"
    ),
    (
      file(merges: #"["ab"]"#),
      "t.json: line 2: model.merges[0]: expected two tokens and one space, found 'ab'"
    ),
    (file(merges: #"[["a"]]"#), "t.json: line 2: model.merges[0]: expected two strings"),
    (
      file(merges: "[3]"), "t.json: line 2: model.merges[0]: expected two tokens, found an integer"
    ),
    (
      file(model: #", "unk_token": "<u>""#),
      "t.json: line 2: model.unk_token: token '<u>' is not in the vocabulary"
    ),
    (
      file(model: #", "dropout": 0.1"#),
      "t.json: line 2: model.dropout: random dropout is not supported, expected null"
    ),
    (
      file(model: #", "end_of_word_suffix": "</w>""#),
      "t.json: line 2: model.end_of_word_suffix: is not supported for BPE, expected none"
    ),
    (
      file(pre: #"{"type": "Metaspace"}"#),
      "t.json: line 1: pre_tokenizer: pre-tokenizer 'Metaspace' is not supported, expected one of "
        + "BertPreTokenizer, ByteLevel, Digits, Sequence, Split"
    ),
    (
      file(pre: "null"),
      "t.json: line 1: model 'BPE' is supported with pre-tokenizer 'ByteLevel' alone"
    ),
    (
      file(others: #""normalizer": {"type": "NFKC"},"#),
      "t.json: line 1: normalizer: normalizer 'NFKC' is not supported, expected one of "
        + "BertNormalizer, Lowercase, NFC, NFD, Prepend, Replace, Sequence, Strip, StripAccents"
    ),
    (
      file(others: #""decoder": {"type": "CTC"},"#),
      "t.json: line 1: decoder: decoder 'CTC' is not supported, expected one of ByteLevel, Fuse, "
        + "Sequence, WordPiece"
    ),
    (
      file(
        others:
          #""post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "x"}}]},"#
      ),
      "t.json: line 1: post_processor.single[0].SpecialToken: token 'x' is not among special_tokens"
    ),
    (
      file(
        others:
          #""post_processor": {"type": "BertProcessing", "cls": ["a", 4294967296], "sep": ["b", 1]},"#
      ),
      "t.json: line 1: post_processor.cls[1]: id 4294967296 is out of range, expected 0 to 4194303"
    ),
    (
      file(
        others: #"""
          "post_processor": {"type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}]},
          """#),
      "t.json: line 1: post_processor: expected sequence A once in 'single'"
    ),
    (
      file(others: #""added_tokens": [{"id": 3}],"#),
      "t.json: line 1: added_tokens[0]: lacks 'content'"
    ),
    (
      file(others: #""added_tokens": [{"id": -3, "content": "x"}],"#),
      "t.json: line 1: added_tokens[0]: id -3 is negative"
    ),
  ]

  @Test("names what is wrong and where", arguments: damaged)
  func refusals(_ json: String, _ message: String) {
    #expect(Self.message(json) == message)
  }

  @Test("ids that added tokens claim do not matter, as in Hugging Face's tokenizers")
  func addedIDs() throws {
    let json = Self.file(
      others: #""added_tokens": [{"id": 4294967295, "content": "<x>"}, {"id": 0, "content": "b"}],"#
    )
    let tokenizer = try Tokenizer(json: Array(json.utf8), file: "t.json")
    #expect(tokenizer.id(of: "<x>") == 3)
    #expect(tokenizer.id(of: "b") == 1)
    #expect(tokenizer.vocabularySize == 4)
  }

  @Test(
    "any cut and any changed byte of a file is read or refused, never a crash",
    .enabled(if: FixtureFolder.isThere))
  func damage() throws {
    for folder in ["models/bert", "models/qwen2", "models/llama_untied"] {
      let bytes = try FixtureFolder.bytes("\(folder)/tokenizer.json")
      for end in stride(from: 0, to: bytes.count - 1, by: 37) {
        #expect(throws: TextError.self) { try Tokenizer(json: Array(bytes[..<end]), file: "t") }
      }
      var state: UInt64 = 7
      for _ in 0..<400 {
        var copy = bytes
        for _ in 0..<3 {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          copy[Int(state >> 33) % copy.count] = UInt8(truncatingIfNeeded: state >> 20)
        }
        if let tokenizer = try? Tokenizer(json: copy, file: "t") {
          let ids = tokenizer.encode("Hello, <|im_start|> 123 Ünïcödé [MASK]  !")
          _ = tokenizer.decode(ids)
        }
      }
    }
  }

  @Test("a hundred thousand added tokens take no more than seconds", .timeLimit(.minutes(1)))
  func manyAddedTokens() throws {
    let added = (0..<100_000).map { #"{"id": \#($0), "content": "<\#($0)>"}"# }
    let json = Self.file(others: "\"added_tokens\": [\(added.joined(separator: ","))],")
    let tokenizer = try Tokenizer(json: Array(json.utf8), file: "t.json")
    #expect(tokenizer.encode("a<99999>b<7>") == [0, 100_002, 1, 10])
  }

  @Test("a thousand nested sequences are refused")
  func depth() {
    let deep =
      String(repeating: #"{"type": "Sequence", "normalizers": ["#, count: 1000)
      + String(repeating: "]}", count: 1000)
    #expect(Self.message(Self.file(others: "\"normalizer\": \(deep),")).contains("nested deeper"))
  }

  @Test("text that is no UTF-8 counts as U+FFFD")
  func brokenText() throws {
    let json = Self.file(
      vocab: #"{"a": 0, "b": 1, "ab": 2, "ï": 3, "¿": 4, "½": 5}"#,
      others: #""decoder": {"type": "ByteLevel"},"#)
    let tokenizer = try Tokenizer(json: Array(json.utf8), file: "t.json")
    #expect(tokenizer.encode(utf8: [0x61, 0xFF, 0x62]) == [0, 3, 4, 5, 1])
    #expect(tokenizer.encode(utf8: [0xF0, 0x9F]) == [3, 4, 5])
    #expect(tokenizer.decode([0, 3, 4]) == "a\u{FFFD}")
    // Ids that nobody has are left out.
    #expect(tokenizer.decode([-1, 0, 6, .max, .min, 1]) == "ab")
  }
}
