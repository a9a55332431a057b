/// Everything that a Hugging Face folder, or a GGUF file, keeps about text.
public struct TextPipeline: Sendable {
  public var tokenizer: Tokenizer
  public var bos: SpecialToken?
  public var eos: SpecialToken?
  public var pad: SpecialToken?
  /// The token for what the vocabulary does not know, which some chat templates mention.
  public var unknown: SpecialToken?
  /// The source of the chat template, if there is one.
  public var chatTemplate: String?
  /// The files to write beside a saved model, for transformers' `AutoTokenizer` to load: those of the
  /// folder byte for byte, or made from a GGUF.
  public private(set) var files: [(name: String, bytes: [UInt8])]

  /// The files of a folder that tell about text.
  public static let fileNames = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt",
  ]

  /// Reads a folder's files.
  ///
  /// Only `tokenizer.json` has to be there. Special tokens come from `tokenizer_config.json` and
  /// `special_tokens_map.json`, as transformers reads them; those that the tokenizer does not have
  /// are added to it. A `chat_template.jinja` goes before the template in `tokenizer_config.json`.
  ///
  /// - Parameters:
  ///   - files: names that are not in `fileNames` are ignored.
  ///   - folder: for messages.
  ///   - modelType: `model_type` of the folder's `config.json`. Folders that leave special tokens to
  ///     transformers' classes, as GPT-2's does, need it if their config names no class either.
  public init(
    files: [(name: String, bytes: [UInt8])], folder: String, modelType: String? = nil
  ) throws(TextError) {
    self.files = files.filter { Self.fileNames.contains($0.name) }
    func bytes(_ name: String) -> [UInt8]? { files.first { $0.name == name }?.bytes }
    guard let json = bytes("tokenizer.json") else {
      throw TextError(file: folder, "holds no tokenizer.json")
    }
    tokenizer = try Tokenizer(json: json, file: "\(folder)/tokenizer.json")
    let config = try SpecialTokenFile(
      config: try bytes("tokenizer_config.json").map { bytes throws(TextError) in
        try FileNode(json: bytes, file: "\(folder)/tokenizer_config.json")
      },
      map: try bytes("special_tokens_map.json").map { bytes throws(TextError) in
        try FileNode(json: bytes, file: "\(folder)/special_tokens_map.json")
      }, modelType: modelType)
    tokenizer = tokenizer.adding(config.toAdd(to: tokenizer))
    chatTemplate = config.chatTemplate
    if let template = bytes("chat_template.jinja") {
      chatTemplate = String(decoding: template, as: UTF8.self)
    }
    bos = special(config.tokens["bos_token"])
    eos = special(config.tokens["eos_token"])
    pad = special(config.tokens["pad_token"])
    unknown = special(config.tokens["unk_token"])
  }

  /// Takes over what a GGUF file says.
  public init(_ vocabulary: GGUFVocabulary) throws(TextError) {
    tokenizer = try Tokenizer(vocabulary)
    func special(_ id: Int32?) -> SpecialToken? {
      id.map { SpecialToken(text: vocabulary.tokens[Int($0)], id: $0) }
    }
    bos = special(vocabulary.bos)
    eos = special(vocabulary.eos)
    pad = special(vocabulary.pad)
    unknown = special(vocabulary.unknown)
    chatTemplate = vocabulary.chatTemplate
    var files = [("tokenizer.json", tokenizer.json)]
    files.append(
      (
        "tokenizer_config.json",
        SpecialTokenFile.config(bos: bos, eos: eos, pad: pad, unknown: unknown)
      ))
    if let chatTemplate { files.append(("chat_template.jinja", Array(chatTemplate.utf8))) }
    self.files = files.map { (name: $0.0, bytes: $0.1) }
  }

  mutating func replaceFiles(_ files: [(name: String, bytes: [UInt8])]) { self.files = files }

  private func special(_ token: AddedToken?) -> SpecialToken? {
    guard let token, let id = tokenizer.id(of: token.content) else { return nil }
    return SpecialToken(text: token.content, id: id)
  }
}
