import PairwiseConfig

/// What `tokenizer_config.json` and `special_tokens_map.json` say about special tokens.
struct SpecialTokenFile {
  /// The tokens with a part to play, by key.
  private(set) var tokens: [String: AddedToken] = [:]
  private(set) var chatTemplate: String?
  /// Tokens with a part that only some models have, and tokens without any.
  private var parts: [AddedToken] = []
  private var extra: [AddedToken] = []
  /// The folder's own table of added tokens.
  private var table: [AddedToken] = []

  /// In the order in which tokens are added that the tokenizer lacks.
  private static let keys = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// - Parameter map: counts where the config has no table of added tokens of its own.
  /// - Parameter modelType: names the class where the config does not.
  init(config: FileNode?, map: FileNode?, modelType: String?) throws(TextError) {
    let name = try config?["tokenizer_class"]?.string() ?? modelType ?? ""
    for part in Self.classTokens(name) where config?.node[part.key] == nil {
      // A null in the config is an answer too.
      tokens[part.key] = AddedToken(content: part.content, isSpecial: true)
    }
    if let config { try read(config) }
    if let map, config?["added_tokens_decoder"] == nil { try readTokens(map) }
    if let config { chatTemplate = try Self.chatTemplate(config["chat_template"]) }
  }

  /// The tokens of a class of transformers (or of the model type that goes with it) that a config
  /// leaves out: GPT-2's folder names none at all.
  private static func classTokens(_ name: String) -> [(key: String, content: String)] {
    switch name {
    case "gpt2", "GPT2Tokenizer", "GPT2TokenizerFast":
      ["bos_token", "eos_token", "unk_token"].map { ($0, "<|endoftext|>") }
    case "qwen2", "Qwen2Tokenizer", "Qwen2TokenizerFast":
      ["eos_token", "unk_token", "pad_token"].map { ($0, "<|endoftext|>") }
    case "bert", "BertTokenizer", "BertTokenizerFast":
      [
        ("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"),
        ("cls_token", "[CLS]"), ("mask_token", "[MASK]"),
      ]
    case "roberta", "RobertaTokenizer", "RobertaTokenizerFast":
      [
        ("bos_token", "<s>"), ("eos_token", "</s>"), ("sep_token", "</s>"), ("cls_token", "<s>"),
        ("unk_token", "<unk>"), ("pad_token", "<pad>"), ("mask_token", "<mask>"),
      ]
    default: []
    }
  }

  private mutating func read(_ config: FileNode) throws(TextError) {
    _ = try config.table()
    try readTokens(config)
    guard let decoder = config["added_tokens_decoder"] else { return }
    var numbered: [(id: Int, token: AddedToken)] = []
    for entry in try decoder.table() {
      let node = decoder.child(entry.value, entry.key)
      guard let id = Int(entry.key) else { throw node.error("expected an id as the key") }
      numbered.append((id, try AddedToken(node)))
    }
    table = numbered.sorted { $0.id < $1.id }.map(\.token)
  }

  private mutating func readTokens(_ node: FileNode) throws(TextError) {
    _ = try node.table()
    for key in Self.keys {
      if let value = node[key] { tokens[key] = try Self.token(value) }
    }
    for entry in try node.table() {
      let value = node.child(entry.value, entry.key)
      switch (entry.key, entry.value.value) {
      case ("additional_special_tokens", .list), ("extra_special_tokens", .list):
        for item in try value.items() { extra.append(try Self.token(item)) }
      case ("extra_special_tokens", .table(let named)):
        for token in named { parts.append(try Self.token(value.child(token.value, token.key))) }
      case (let key, .string) where key.hasSuffix("_token") && !Self.keys.contains(key):
        parts.append(try Self.token(value))
      default:
        continue
      }
    }
  }

  /// A token as its text, or as a table with its properties.
  private static func token(_ node: FileNode) throws(TextError) -> AddedToken {
    switch node.node.value {
    case .string(let text): return AddedToken(content: text, isSpecial: true)
    case .table:
      var token = try AddedToken(node)
      token.isSpecial = true
      return token
    default: throw node.error("expected a string or a table, found \(node.node.kind)")
    }
  }

  /// The template, or the one named `default` of several.
  private static func chatTemplate(_ node: FileNode?) throws(TextError) -> String? {
    guard let node else { return nil }
    if case .list = node.node.value {
      for item in try node.items() where try item.required("name").string() == "default" {
        return try item.required("template").string()
      }
      return nil
    }
    return try node.string()
  }

  /// What the tokenizer has not among its added tokens, or with other properties.
  func toAdd(to tokenizer: Tokenizer) -> [AddedToken] {
    let known = tokenizer.core.parts
    var tokens = table.filter { known.addedToken($0.content)?.token != $0 }
    var contents = Set(tokens.map { Array($0.content.utf8) })
    for token in Self.keys.compactMap({ self.tokens[$0] }) + parts + extra {
      guard known.addedToken(token.content) == nil else { continue }
      if contents.insert(Array(token.content.utf8)).inserted { tokens.append(token) }
    }
    return tokens
  }

  /// A `tokenizer_config.json` for a generated `tokenizer.json`.
  static func config(
    bos: SpecialToken?, eos: SpecialToken?, pad: SpecialToken?, unknown: SpecialToken?
  ) -> [UInt8] {
    var json = JSONWriter(.pretty)
    json.beginObject()
    for (key, token) in [
      ("bos_token", bos), ("eos_token", eos), ("pad_token", pad), ("unk_token", unknown),
    ] {
      guard let token else { continue }
      json.key(key)
      json.value(token.text)
    }
    json.key("clean_up_tokenization_spaces")
    json.value(false)
    json.key("tokenizer_class")
    json.value("PreTrainedTokenizerFast")
    json.endObject()
    json.endLine()
    return Array(json.string.utf8)
  }
}

extension Tokenizer {
  /// The tokenizer with more tokens to look for. `json` stays that of the file.
  func adding(_ tokens: [AddedToken]) -> Tokenizer {
    if tokens.isEmpty { return self }
    var parts = core.parts
    parts.add(tokens)
    return Tokenizer(parts, json: json)
  }
}
