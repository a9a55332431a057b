import PairwiseConfig

extension Tokenizer {
  /// Reads a `tokenizer.json`.
  ///
  /// Truncation and padding that the file asks for are ignored, as transformers does. Ids of added
  /// tokens follow from the vocabulary, not from what the file says, as in Hugging Face's tokenizers.
  ///
  /// - Parameter file: the name for messages.
  /// - Throws: what is damaged, or which component is not supported, with its place.
  public init(json bytes: [UInt8], file: String) throws(TextError) {
    let root = try FileNode(json: bytes, file: file)
    var parts = try TokenizerParts(root)
    parts.add(try Self.addedTokens(root["added_tokens"]))
    self.init(parts, json: bytes)
  }

  private static func addedTokens(_ node: FileNode?) throws(TextError) -> [AddedToken] {
    guard let node else { return [] }
    var tokens: [AddedToken] = []
    for item in try node.items() {
      let id = try item.required("id").int()
      guard id >= 0 else { throw item.error("id \(id) is negative") }
      tokens.append(try AddedToken(item))
    }
    return tokens
  }
}

extension AddedToken {
  /// The table that files describe a token with.
  init(_ node: FileNode) throws(TextError) {
    content = try node.required("content").string()
    isSingleWord = try node.bool("single_word", default: false)
    stripsLeft = try node.bool("lstrip", default: false)
    stripsRight = try node.bool("rstrip", default: false)
    isSpecial = try node.bool("special", default: false)
    isNormalized = try node.bool("normalized", default: !isSpecial)
  }
}

extension TokenizerParts {
  init(_ root: FileNode) throws(TextError) {
    let modelNode = try root.required("model")
    let type = try modelNode["type"]?.string() ?? (modelNode["merges"] == nil ? "WordPiece" : "BPE")
    let model: Model
    switch type {
    case "BPE": model = .bytePairs(try BytePairModel(modelNode))
    case "WordPiece": model = .wordPiece(try WordPieceModel(modelNode))
    default:
      throw try modelNode.unsupported("model", known: ["BPE", "WordPiece"])
    }
    var isByteLevel = false
    let preTokenizer = try PreTokenizer(root["pre_tokenizer"], isByteLevel: &isByteLevel)
    guard isByteLevel == (type == "BPE") else {
      throw root.error(
        isByteLevel
          ? "pre-tokenizer 'ByteLevel' is not supported for model 'WordPiece'"
          : "model 'BPE' is supported with pre-tokenizer 'ByteLevel' alone")
    }
    self.init(
      model: model, normalizer: try Normalizer(root["normalizer"]), preTokenizer: preTokenizer,
      postProcessor: try PostProcessor(root["post_processor"]),
      decoder: try TokenDecoder(root["decoder"]))
  }
}
