/// What a GGUF file says about text (`tokenizer.ggml.*`, `tokenizer.chat_template`).
public struct GGUFVocabulary: Sendable, Equatable {
  /// The file's name, for messages.
  public var file: String
  /// `tokenizer.ggml.model`; only `gpt2`, which is byte-level BPE, is supported.
  public var model: String
  /// `tokenizer.ggml.pre`: how text is split.
  public var pre: String?
  public var tokens: [String]
  /// `tokenizer.ggml.token_type`: 3 marks control tokens, 4 those that users define.
  public var types: [Int32]?
  /// `left right`, the first to be merged first.
  public var merges: [String]
  public var bos: Int32?
  public var eos: Int32?
  public var pad: Int32?
  public var unknown: Int32?
  /// `tokenizer.ggml.add_bos_token`.
  public var addsBOS: Bool?
  public var chatTemplate: String?

  public init(
    file: String = "GGUF file", model: String, pre: String? = nil, tokens: [String],
    types: [Int32]? = nil, merges: [String], bos: Int32? = nil, eos: Int32? = nil,
    pad: Int32? = nil, unknown: Int32? = nil, addsBOS: Bool? = nil, chatTemplate: String? = nil
  ) {
    self.file = file
    self.model = model
    self.pre = pre
    self.tokens = tokens
    self.types = types
    self.merges = merges
    self.bos = bos
    self.eos = eos
    self.pad = pad
    self.unknown = unknown
    self.addsBOS = addsBOS
    self.chatTemplate = chatTemplate
  }
}

/// How the `pre` of a GGUF file splits text.
enum GGUFSplitting: CaseIterable {
  case gpt2
  /// GPT-2's pattern after single digits: what SmolLM2 was trained with.
  case smollm
  case llama3
  case qwen2

  /// The names in files; what llama.cpp splits alike goes by several.
  var names: [String] {
    switch self {
    case .gpt2: ["gpt-2", "default", "olmo", "phi-2"]
    case .smollm: ["smollm", "starcoder"]
    case .llama3: ["llama-bpe", "llama3", "llama-v3", "falcon3", "smaug-bpe"]
    case .qwen2: ["qwen2", "deepseek-r1-qwen"]
    }
  }

  /// - Throws: a file that names none is taken for GPT-2's; an unknown name is refused.
  init(_ vocabulary: GGUFVocabulary) throws(TextError) {
    let name = vocabulary.pre ?? "default"
    guard let known = Self.allCases.first(where: { $0.names.contains(name) }) else {
      let names = Self.allCases.flatMap(\.names).joined(separator: ", ")
      throw TextError(
        file: vocabulary.file, place: "tokenizer.ggml.pre",
        "pre-tokenizer '\(name)' is not supported, expected one of \(names)")
    }
    self = known
  }
}
