import PairwiseData
import PairwiseModels
import PairwiseText
import Testing

/// Pairs for text encoders: two whole texts, each between `[CLS]` and `[SEP]`.
@Suite("Pairs to tokens: encoders")
struct PairTokenizerEncoderTests {
  private static let json = """
    {"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
    "max_input_chars_per_word": 100, "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3,
    "a": 4, "b": 5, "c": 6, "d": 7, "##x": 8, ":": 9, "user": 10, "assistant": 11}},
    "added_tokens": [], "normalizer": {"type": "BertNormalizer", "clean_text": true,
    "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "TemplateProcessing",
    "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
    {"SpecialToken": {"id": "[SEP]", "type_id": 0}}], "pair": [],
    "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]},
    "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true}}
    """

  private func tokenize(
    _ block: PairBlock, _ options: TokenOptions
  ) throws -> [(pair: TokenPair, fate: TokenFate)] {
    let pipeline = try TextPipeline(
      files: [("tokenizer.json", Array(Self.json.utf8))], folder: "encoder")
    return try PairTokenizer(pipeline, options, task: .encoder).tokenize(block)
  }

  @Test("prompt and completion are one text, without anything appended")
  func whole() throws {
    let block = PairTokenizerTests.block([("A b", "x", " c d"), ("", "", "d")])
    for boundary in TokenOptions.Boundary.allCases {
      let options = TokenOptions(maxLength: nil, boundary: boundary)
      let pairs = try tokenize(block, options)
      #expect(pairs[0].pair.prompt.isEmpty)
      // "bx" is one word for the tokenizer; apart, "x" is unknown.
      let merged: [Int32] = boundary != .separate ? [2, 4, 5, 8, 3] : [2, 4, 5, 1, 3]
      #expect(pairs[0].pair.chosen == merged)
      #expect(pairs[0].pair.rejected == [2, 4, 5, 6, 7, 3])
      #expect(pairs[1].pair == TokenPair(chosen: [2, 3], rejected: [2, 7, 3]))
    }
  }

  @Test("special tokens survive cutting")
  func cutting() throws {
    let block = PairTokenizerTests.block([("a a b ", "c d", "d")])
    let start = try tokenize(block, TokenOptions(maxLength: 6))[0]
    #expect(start.pair == TokenPair(chosen: [2, 4, 4, 5, 6, 3], rejected: [2, 4, 4, 5, 7, 3]))
    #expect(start.fate.marks == [.completionTruncated])
    let end = try tokenize(block, TokenOptions(maxLength: 6, truncation: .keepPromptEnd))[0]
    #expect(end.pair == TokenPair(chosen: [2, 4, 5, 6, 7, 3], rejected: [2, 4, 4, 5, 7, 3]))
    #expect(end.fate.marks == [.promptTruncated])
    let short = try tokenize(block, TokenOptions(maxLength: 3, truncation: .keepPromptEnd))[0]
    #expect(short.pair == TokenPair(chosen: [2, 6, 3], rejected: [2, 7, 3]))
    #expect(short.fate.marks == [.promptTruncated, .completionTruncated])
  }

  @Test("conversations are one text where there is no template")
  func conversations() throws {
    let block = try PairTokenizerTests.chat(
      PairConversation(
        prompt: [ChatMessage(role: "user", content: "a")],
        chosen: [ChatMessage(role: "assistant", content: "c")],
        rejected: [ChatMessage(role: "assistant", content: "d")]))
    let pair = try tokenize(block, TokenOptions(maxLength: nil))[0].pair
    #expect(
      pair == TokenPair(chosen: [2, 10, 9, 4, 11, 9, 6, 3], rejected: [2, 10, 9, 4, 11, 9, 7, 3]))
  }
}
