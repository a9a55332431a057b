import PairwiseText
import Testing

/// Texts and the words that Hugging Face's tokenizers 0.23.3 cuts them into (`pre_tokenize_str`).
struct SplitCase: CustomTestStringConvertible, Sendable {
  var pre: String
  var text: String
  var words: [String]
  var testDescription: String { "\(pre): \(text.debugDescription)" }

  init(_ pre: String, _ text: String, _ words: [String]) {
    self.pre = pre
    self.text = text
    self.words = words
  }

  static let all = [
    SplitCase(
      "gpt-2", "I'll we'Re  it's 'sa",
      ["I", "'ll", " we", "'", "Re", " ", " it", "'s", " '", "sa"]),
    SplitCase("gpt-2", "a  b \n\n c\t d  ", ["a", " ", " b", " \n\n", " c", "\t", " d", "  "]),
    SplitCase(
      "gpt-2", " 12½x Ⅷ!?\u{A0}¿ é", [" 12½", "x", " Ⅷ", "!?", "\u{A0}", "¿", " é"]),
    // In any case of the letters, U+017F is an s.
    SplitCase("llama-bpe", "I'LL it'\u{17F} 'tis", ["I", "'LL", " it", "'\u{17F}", " '", "tis"]),
    SplitCase(
      "llama-bpe", "a  b \n\n c\td \r\n", ["a", " ", " b", " \n\n", " c", "\td", " \r\n"]),
    SplitCase(
      "llama-bpe", "1234567 ½x !?\n\n (a)\u{A0}é",
      ["123", "456", "7", " ", "½", "x", " !?\n\n", " (", "a", ")", "\u{A0}é"]),
    SplitCase("qwen2", "12 x\n  \n y", ["1", "2", " x", "\n  \n", " y"]),
    SplitCase("smollm", "  5 ½¾ 12's", ["  ", "5", " ", "½", "¾", " ", "1", "2", "'s"]),
  ]
}

@Suite("Split patterns")
struct SplitPatternTests {
  /// The bytes of text as a byte-level vocabulary spells them.
  static func symbols(_ text: String) -> String { text.utf8.map(symbol).joined() }

  static func symbol(_ byte: UInt8) -> String {
    let before = (UInt8.min..<byte).filter { !isPrintable($0) }.count
    let scalar = isPrintable(byte) ? UInt32(byte) : 0x100 + UInt32(before)
    return Unicode.Scalar(scalar).map { String(Character($0)) } ?? "?"
  }

  private static func isPrintable(_ byte: UInt8) -> Bool {
    (0x21...0x7E).contains(byte) || (0xA1...0xFF).contains(byte) && byte != 0xAD
  }

  /// A tokenizer that takes whole words as they are and knows these alone gives their ids in order.
  @Test("cut texts as Hugging Face's tokenizers does", arguments: SplitCase.all)
  func words(_ test: SplitCase) throws {
    let file = try Tokenizer(
      GGUFVocabulary(model: "gpt2", pre: test.pre, tokens: ["a"], merges: [])
    ).json
    var tokens: [String] = []
    for word in test.words.map(Self.symbols) where !tokens.contains(word) { tokens.append(word) }
    let vocabulary = tokens.enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ",")
    var json = String(decoding: file, as: UTF8.self)
    json.replace(#""vocab":{"a":0}"#, with: "\"vocab\":{\(vocabulary)}")
    json.replace(#""ignore_merges":false"#, with: #""ignore_merges":true"#)
    let tokenizer = try Tokenizer(json: Array(json.utf8), file: "t.json")
    let got = tokenizer.encode(test.text).compactMap { tokenizer.token(of: $0) }
    #expect(got == test.words.map(Self.symbols))
  }

  @Test("BERT drops white space and sets punctuation apart")
  func bert() throws {
    let words = ["a", "-", "b", "$", "5", "…", "«", "x", "»", "語", "，"]
    let vocabulary = (["?"] + words).enumerated().map { "\"\($1)\": \($0)" }.joined(separator: ",")
    let json = """
      {"pre_tokenizer": {"type": "BertPreTokenizer"},
       "model": {"type": "WordPiece", "unk_token": "?", "vocab": {\(vocabulary)}}}
      """
    let tokenizer = try Tokenizer(json: Array(json.utf8), file: "t.json")
    #expect(tokenizer.encode("a-b  $5…«x»\u{3000}語，") == (1...11).map { $0 })
  }

  /// UAX #15: composed, excluded from composition, reordered, and Hangul.
  @Test("Qwen2's normaliser composes")
  func composition() throws {
    let symbols = (UInt8.min...UInt8.max).map(Self.symbol)
    let tokenizer = try Tokenizer(
      GGUFVocabulary(model: "gpt2", pre: "qwen2", tokens: symbols, merges: []))
    for (text, composed) in [
      ("e\u{301}x", "\u{E9}x"), ("\u{212B}", "\u{C5}"), ("\u{958}", "\u{915}\u{93C}"),
      ("a\u{301}\u{323}", "\u{1EA1}\u{301}"), ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
      ("plain \u{2019} text", "plain \u{2019} text"),
    ] {
      let got = tokenizer.decode(tokenizer.encode(text))
      #expect(got.unicodeScalars.elementsEqual(composed.unicodeScalars), "\(text)")
    }
  }
}
