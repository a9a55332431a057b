import PairwiseText
import Testing

@Suite("Text pipelines")
struct TextPipelineTests {
  typealias Files = [(name: String, bytes: [UInt8])]

  static let tokenizer = """
    {"version": "1.0", "added_tokens": [{"id": 0, "content": "<s>", "special": true}],
     "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
     "decoder": {"type": "ByteLevel"},
     "model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "b": 2, "ab": 3, "<": 4, "p": 5, ">": 6},
       "merges": ["a b"]}}
    """

  static func pipeline(_ others: KeyValuePairs<String, String>) throws -> TextPipeline {
    let files: Files =
      [("tokenizer.json", Array(tokenizer.utf8))]
      + others.map { ($0.key, Array($0.value.utf8)) }
    return try TextPipeline(files: files, folder: "model")
  }

  @Test("needs no more than tokenizer.json")
  func alone() throws {
    let pipeline = try Self.pipeline([:])
    #expect(pipeline.bos == nil && pipeline.eos == nil && pipeline.pad == nil)
    #expect(pipeline.chatTemplate == nil)
    #expect(pipeline.files.map(\.name) == ["tokenizer.json"])
    #expect(throws: TextError(file: "model", "holds no tokenizer.json")) {
      try TextPipeline(files: [], folder: "model")
    }
  }

  @Test("takes special tokens as strings and as tables")
  func specialTokens() throws {
    let pipeline = try Self.pipeline([
      "tokenizer_config.json": """
      {"bos_token": "<s>", "eos_token": {"__type": "AddedToken", "content": "b", "lstrip": false},
       "pad_token": null, "unk_token": "ab", "model_max_length": 1000000000000000019884624838656}
      """
    ])
    #expect(pipeline.bos == SpecialToken(text: "<s>", id: 0))
    #expect(pipeline.eos == SpecialToken(text: "b", id: 2))
    #expect(pipeline.pad == nil)
    #expect(pipeline.unknown == SpecialToken(text: "ab", id: 3))
  }

  /// transformers adds them too: an eos that no added token names is found in the text from then on.
  @Test("adds tokens that only the config knows")
  func addedTokens() throws {
    let pipeline = try Self.pipeline([
      "tokenizer_config.json": """
      {"eos_token": "b", "pad_token": "<p>", "additional_special_tokens": ["<x>"],
       "added_tokens_decoder": {"8": {"content": "<z>", "special": false}, "0": {"content": "<s>",
         "special": true}}}
      """
    ])
    // Those of the table first, then by part; numbered on from the vocabulary's 7 tokens.
    #expect(pipeline.tokenizer.id(of: "<z>") == 7)
    #expect(pipeline.pad == SpecialToken(text: "<p>", id: 8))
    #expect(pipeline.tokenizer.id(of: "<x>") == 9)
    #expect(pipeline.tokenizer.vocabularySize == 10)
    #expect(pipeline.tokenizer.encode("ab<p>a") == [1, 2, 8, 1])
    #expect(pipeline.tokenizer.decode([1, 8, 7], skippingSpecialTokens: true) == "a<z>")
  }

  /// As transformers 5.23 does for a `GPT2Tokenizer` and a `Qwen2Tokenizer`.
  @Test("takes what a config leaves out from the tokenizer's class or the model's type")
  func classTokens() throws {
    let json = Self.tokenizer.replacing("<s>", with: "<|endoftext|>")
    func pipeline(_ config: String, _ type: String? = nil) throws -> TextPipeline {
      let files = [("tokenizer.json", json), ("tokenizer_config.json", config)]
      return try TextPipeline(
        files: files.map { ($0.0, Array($0.1.utf8)) }, folder: "m", modelType: type)
    }
    let end = SpecialToken(text: "<|endoftext|>", id: 0)
    #expect(try pipeline(#"{"model_max_length": 1024}"#, "gpt2").eos == end)
    #expect(try pipeline("{}").eos == nil)
    let gpt2 = try pipeline(#"{"tokenizer_class": "GPT2Tokenizer", "bos_token": null}"#)
    #expect(gpt2.eos == end && gpt2.bos == nil && gpt2.pad == nil && gpt2.unknown == end)
    let qwen2 = try pipeline(#"{"tokenizer_class": "Qwen2Tokenizer", "eos_token": "b"}"#, "gpt2")
    #expect(qwen2.eos?.text == "b" && qwen2.bos == nil && qwen2.pad == end)
  }

  @Test("adds the tokens of parts that only some models have")
  func modelTokens() throws {
    let pipeline = try Self.pipeline([
      "tokenizer_config.json": """
      {"image_token": "<i>", "add_bos_token": true, "extra_special_tokens": {"audio_token": "<a>"}}
      """
    ])
    #expect(pipeline.tokenizer.encode("<a><i>") == [8, 7])
    #expect(pipeline.bos == nil)
  }

  @Test("prefers special_tokens_map.json, unless the config has a table of added tokens")
  func specialTokensMap() throws {
    let map = #"{"bos_token": {"content": "a"}, "pad_token": "b"}"#
    let pipeline = try Self.pipeline([
      "tokenizer_config.json": #"{"bos_token": "<s>"}"#, "special_tokens_map.json": map,
    ])
    #expect(pipeline.bos?.text == "a" && pipeline.pad?.text == "b")
    let other = try Self.pipeline([
      "tokenizer_config.json": #"{"bos_token": "<s>", "added_tokens_decoder": {}}"#,
      "special_tokens_map.json": map,
    ])
    #expect(other.bos?.text == "<s>" && other.pad == nil)
  }

  @Test("finds the chat template in each of its places")
  func chatTemplates() throws {
    let inConfig = #"{"chat_template": "config"}"#
    #expect(
      try Self.pipeline(["tokenizer_config.json": inConfig]).chatTemplate == "config")
    #expect(
      try Self.pipeline([
        "tokenizer_config.json": inConfig, "chat_template.jinja": "file",
      ]).chatTemplate == "file")
    let several = """
      {"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}
      """
    #expect(try Self.pipeline(["tokenizer_config.json": several]).chatTemplate == "d")
  }

  @Test("keeps the folder's files byte for byte, and only those about text")
  func files() throws {
    let config = "{ \"bos_token\" :  \"<s>\" }\n\n"
    let pipeline = try Self.pipeline(["tokenizer_config.json": config, "config.json": "{}"])
    #expect(pipeline.files.map(\.name) == ["tokenizer.json", "tokenizer_config.json"])
    #expect(pipeline.files[0].bytes == Array(Self.tokenizer.utf8))
    #expect(pipeline.files[1].bytes == Array(config.utf8))
    #expect(pipeline.tokenizer.json == Array(Self.tokenizer.utf8))
  }

  @Test("says which file and key is wrong")
  func errors() {
    func message(_ config: String) -> String {
      do {
        _ = try Self.pipeline(["tokenizer_config.json": config])
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      message(#"{"bos_token": 3}"#)
        == "model/tokenizer_config.json: line 1: bos_token: expected a string or a table, "
        + "found an integer")
    #expect(message("[]").contains("expected a table, found a list"))
    #expect(message("{").hasPrefix("model/tokenizer_config.json: line 1, column 2: "))
    #expect(message(#"{"chat_template": 1}"#).contains("chat_template: expected a string"))
    #expect(
      message(#"{"added_tokens_decoder": {"x": {"content": "y"}}}"#).contains("expected an id"))
  }
}
