internal import PairwiseConfig

extension TextPipeline {
  /// The same with a new token to pad with, one that no text contains by chance. Its id is the next one.
  public func addingPad() -> TextPipeline {
    var (text, count) = ("<|pad|>", 0)
    while tokenizer.id(of: text) != nil {
      count += 1
      text = "<|pad_\(count)|>"
    }
    var result = self
    result.tokenizer = tokenizer.adding([AddedToken(content: text, isSpecial: true)])
    guard let id = result.tokenizer.id(of: text) else { return self }
    if !files.contains(where: { $0.name == "tokenizer_config.json" }) {
      result.replaceFiles(files + [("tokenizer_config.json", Array("{}".utf8))])
    }
    return result.padding(with: SpecialToken(text: text, id: id))
  }

  /// The same with another pad token, in the files too: a model that looks for its pad token in a batch
  /// must find the one that the tokenizer pads with.
  public func padding(with token: SpecialToken) -> TextPipeline {
    var files = self.files
    for index in files.indices
    where ["tokenizer_config.json", "special_tokens_map.json"].contains(files[index].name) {
      files[index].bytes = TextPipeline.setting("pad_token", to: token.text, in: files[index].bytes)
    }
    var result = self
    result.pad = token
    result.replaceFiles(files)
    return result
  }

  /// A JSON object with one key replaced or added; other bytes are returned as they are.
  private static func setting(_ key: String, to text: String, in json: [UInt8]) -> [UInt8] {
    guard let document = try? JSON.parse(json), case .table(var entries) = document.value else {
      return json
    }
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index].value = text.configNode
    } else {
      entries.append(.init(key: key, value: text.configNode))
    }
    var writer = JSONWriter(.pretty)
    writer.write(ConfigNode(.table(entries)))
    writer.endLine()
    return writer.bytes
  }
}

extension Tokenizer {
  /// Added tokens that decoding leaves out on request, in the order they were added.
  public var specialTokens: [SpecialToken] {
    core.parts.added.filter { core.specialIDs.contains($0.id) }
      .map { SpecialToken(text: $0.token.content, id: $0.id) }
  }
}
