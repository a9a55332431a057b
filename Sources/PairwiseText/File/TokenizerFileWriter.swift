import PairwiseConfig

/// Writes the `tokenizer.json` that says what a GGUF file's vocabulary says.
struct TokenizerFileWriter {
  private var json = JSONWriter()
  private let vocabulary: GGUFVocabulary
  private let splitting: GGUFSplitting

  init(_ vocabulary: GGUFVocabulary) throws(TextError) {
    self.vocabulary = vocabulary
    splitting = try GGUFSplitting(vocabulary)
  }

  static func bytes(_ vocabulary: GGUFVocabulary) throws(TextError) -> [UInt8] {
    try check(vocabulary)
    var writer = try TokenizerFileWriter(vocabulary)
    writer.write()
    return Array(writer.json.string.utf8)
  }

  // MARK: Checks

  /// Everything that could not be written, or would be refused without naming the GGUF's key.
  private static func check(_ vocabulary: GGUFVocabulary) throws(TextError) {
    func error(_ key: String, _ message: String) -> TextError {
      TextError(file: vocabulary.file, place: "tokenizer.ggml.\(key)", message)
    }
    guard vocabulary.model == "gpt2" else {
      throw error("model", "model '\(vocabulary.model)' is not supported, expected 'gpt2'")
    }
    let count = vocabulary.tokens.count
    guard count > 0 else { throw error("tokens", "holds no tokens") }
    if let types = vocabulary.types, types.count != count {
      throw error("token_type", "\(types.count) types for \(count) tokens")
    }
    var tokens = Vocabulary(capacity: count)
    for (id, token) in vocabulary.tokens.enumerated() {
      switch tokens.insert(token, id: id) {
      case nil: continue
      case .tokenKnown: throw error("tokens", "token '\(token)' appears twice, last with id \(id)")
      case let refusal?: throw error("tokens", Vocabulary.text(of: refusal, id: id))
      }
    }
    for (key, id) in [
      ("bos_token_id", vocabulary.bos), ("eos_token_id", vocabulary.eos),
      ("padding_token_id", vocabulary.pad), ("unknown_token_id", vocabulary.unknown),
    ] {
      if let id, id < 0 || Int(id) >= count {
        throw error(key, "id \(id) is out of range, expected 0 to \(count - 1)")
      }
    }
  }

  // MARK: Parts

  private mutating func write() {
    json.beginObject()
    member("version", "1.0")
    none("truncation")
    none("padding")
    json.key("added_tokens")
    writeAddedTokens()
    if splitting == .qwen2 {
      component("normalizer", "NFC") { _ in }
    } else {
      none("normalizer")
    }
    writePreTokenizer()
    writePostProcessor()
    component("decoder", "ByteLevel") { $0.byteLevel(usesPattern: true) }
    writeModel()
    json.endObject()
  }

  /// Control tokens are special; without types, those that the file names.
  private mutating func writeAddedTokens() {
    let named = Set([vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unknown])
    json.beginArray()
    for (id, token) in vocabulary.tokens.enumerated() {
      let type = vocabulary.types?[id] ?? (named.contains(Int32(clamping: id)) ? 3 : 1)
      guard type == 3 || type == 4 else { continue }
      json.beginObject()
      json.key("id")
      json.value(id)
      member("content", token)
      for key in ["single_word", "lstrip", "rstrip", "normalized"] { member(key, false) }
      member("special", type == 3)
      json.endObject()
    }
    json.endArray()
  }

  private mutating func writePreTokenizer() {
    switch splitting {
    case .gpt2:
      component("pre_tokenizer", "ByteLevel") { $0.byteLevel(usesPattern: true) }
    case .smollm:
      sequence {
        $0.item("Digits") { $0.member("individual_digits", true) }
        $0.item("ByteLevel") { $0.byteLevel(usesPattern: true) }
      }
    case .llama3, .qwen2:
      let numbers = splitting == .qwen2 ? #"\p{N}"# : #"\p{N}{1,3}"#
      sequence {
        $0.item("Split") {
          $0.json.key("pattern")
          $0.json.beginObject()
          $0.member("Regex", SplitPattern.llama3Text(numbers))
          $0.json.endObject()
          $0.member("behavior", SplitBehavior.isolated.rawValue)
          $0.member("invert", false)
        }
        $0.item("ByteLevel") { $0.byteLevel(usesPattern: false) }
      }
    }
  }

  /// Llama 3's files add BOS, whether they say so or not.
  private var bosToken: String? {
    guard let bos = vocabulary.bos, vocabulary.addsBOS ?? (splitting == .llama3) else { return nil }
    return vocabulary.tokens[Int(bos)]
  }

  private mutating func writePostProcessor() {
    let bos = bosToken
    component("post_processor", "TemplateProcessing") {
      for (key, texts) in [("single", ["A"]), ("pair", ["A", "B"])] {
        $0.json.key(key)
        $0.json.beginArray()
        for (index, text) in texts.enumerated() {
          if let bos { $0.templatePart("SpecialToken", bos, type: index) }
          $0.templatePart("Sequence", text, type: index)
        }
        $0.json.endArray()
      }
      $0.json.key("special_tokens")
      $0.json.beginObject()
      if let bos { $0.templateToken(bos) }
      $0.json.endObject()
    }
  }

  private mutating func templatePart(_ kind: String, _ id: String, type: Int) {
    json.beginObject()
    json.key(kind)
    json.beginObject()
    member("id", id)
    json.key("type_id")
    json.value(type)
    json.endObject()
    json.endObject()
  }

  private mutating func templateToken(_ token: String) {
    json.key(token)
    json.beginObject()
    member("id", token)
    json.key("ids")
    json.beginArray()
    json.value(vocabulary.bos ?? 0)
    json.endArray()
    json.key("tokens")
    json.beginArray()
    json.value(token)
    json.endArray()
    json.endObject()
  }

  private mutating func writeModel() {
    component("model", "BPE") {
      for key in ["dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"] {
        $0.none(key)
      }
      $0.member("fuse_unk", false)
      $0.member("byte_fallback", false)
      $0.member("ignore_merges", $0.splitting == .llama3)
      $0.json.key("vocab")
      $0.json.beginObject()
      for (id, token) in $0.vocabulary.tokens.enumerated() {
        $0.json.key(token)
        $0.json.value(id)
      }
      $0.json.endObject()
      $0.json.key("merges")
      $0.json.beginArray()
      for merge in $0.vocabulary.merges { $0.json.value(merge) }
      $0.json.endArray()
    }
  }

  // MARK: Words

  private mutating func member(_ key: String, _ value: String) {
    json.key(key)
    json.value(value)
  }

  private mutating func member(_ key: String, _ value: Bool) {
    json.key(key)
    json.value(value)
  }

  private mutating func none(_ key: String) {
    json.key(key)
    json.null()
  }

  private mutating func component(
    _ key: String, _ type: String, _ body: (inout TokenizerFileWriter) -> Void
  ) {
    json.key(key)
    item(type, body)
  }

  private mutating func item(_ type: String, _ body: (inout TokenizerFileWriter) -> Void) {
    json.beginObject()
    member("type", type)
    body(&self)
    json.endObject()
  }

  private mutating func sequence(_ body: (inout TokenizerFileWriter) -> Void) {
    component("pre_tokenizer", "Sequence") {
      $0.json.key("pretokenizers")
      $0.json.beginArray()
      body(&$0)
      $0.json.endArray()
    }
  }

  private mutating func byteLevel(usesPattern: Bool) {
    member("add_prefix_space", false)
    member("trim_offsets", true)
    member("use_regex", usesPattern)
  }
}
