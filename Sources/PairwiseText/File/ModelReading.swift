import PairwiseConfig

extension Vocabulary {
  /// `{"token": id, …}`.
  init(_ node: FileNode) throws(TextError) {
    let entries = try node.table()
    guard !entries.isEmpty else { throw node.error("holds no tokens") }
    self.init(capacity: entries.count)
    for entry in entries {
      guard case .int(let id) = entry.value.value else {
        throw node.child(entry.value, entry.key).error(
          "expected an integer, found \(entry.value.kind)")
      }
      if let refusal = insert(entry.key, id: id) {
        throw node.child(entry.value, entry.key).error(Self.text(of: refusal, id: id))
      }
    }
  }

  static func text(of refusal: Refusal, id: Int) -> String {
    switch refusal {
    case .idOutOfRange: "id \(id) is out of range, expected 0 to \(idLimit - 1)"
    case .tokenKnown: "token appears twice"
    case .idTaken(let owner): "id \(id) is already that of token '\(owner)'"
    }
  }
}

extension BytePairModel {
  init(_ node: FileNode) throws(TextError) {
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = node[key], try !affix.string().isEmpty {
        throw affix.error("is not supported for BPE, expected none")
      }
    }
    if let dropout = node["dropout"], dropout.node.value != .int(0),
      dropout.node.value != .number(0)
    {
      throw dropout.error("random dropout is not supported, expected null")
    }
    let vocabulary = try Vocabulary(node.required("vocab"))
    var unknown: Int32?
    if let token = node["unk_token"] {
      unknown = vocabulary.id(of: try token.string())
      if unknown == nil {
        throw token.error("token '\(try token.string())' is not in the vocabulary")
      }
    }
    self.init(
      vocabulary: vocabulary, merges: try Self.merges(node.required("merges"), vocabulary),
      unknown: unknown, fusesUnknown: try node.bool("fuse_unk", default: false),
      fallsBack: try node.bool("byte_fallback", default: false),
      takesWholeWords: try node.bool("ignore_merges", default: false))
  }

  init(
    vocabulary: Vocabulary, merges: MergeTable, unknown: Int32? = nil, fusesUnknown: Bool = false,
    fallsBack: Bool = false, takesWholeWords: Bool = false
  ) {
    self.vocabulary = vocabulary
    self.merges = merges
    self.unknown = unknown
    self.fusesUnknown = fusesUnknown
    self.takesWholeWords = takesWholeWords
    let symbols = ByteSymbols.scalars.map { String(Character($0)) }
    self.symbols = symbols.map { vocabulary.id(of: $0) ?? -1 }
    fallbacks = symbols.map { fallsBack ? Self.fallback(of: $0, vocabulary) : [] }
  }

  /// `<0xC4><0xA0>` for `Ġ`; empty unless the vocabulary has all of them.
  private static func fallback(of symbol: String, _ vocabulary: Vocabulary) -> [Int32] {
    let ids = symbol.utf8.compactMap { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return vocabulary.id(of: "<0x\(digits.count < 2 ? "0" : "")\(digits)>")
    }
    return ids.count == symbol.utf8.count ? ids : []
  }

  /// `["a b", …]`, or `[["a", "b"], …]`.
  private static func merges(
    _ node: FileNode, _ vocabulary: Vocabulary
  ) throws(TextError) -> MergeTable {
    let items = try node.list()
    var table = MergeTable(capacity: items.count)
    for (index, item) in items.enumerated() {
      let pair: (String, String)
      switch item.value {
      case .string(let text):
        guard let split = Self.pair(text) else {
          throw node.item(item, index).error("expected two tokens and one space, found '\(text)'")
        }
        pair = split
      case .list(let tokens):
        guard tokens.count == 2, case .string(let left) = tokens[0].value,
          case .string(let right) = tokens[1].value
        else { throw node.item(item, index).error("expected two strings") }
        pair = (left, right)
      default:
        throw node.item(item, index).error("expected two tokens, found \(item.kind)")
      }
      if let missing = table.set(pair, rank: index, vocabulary) {
        throw node.item(item, index).error("token '\(missing)' is not in the vocabulary")
      }
    }
    return table
  }

  /// The tokens of `a b`.
  static func pair(_ text: String) -> (String, String)? {
    let bytes = text.utf8
    guard let space = bytes.firstIndex(of: 0x20) else { return nil }
    let right = bytes[bytes.index(after: space)...]
    guard !right.contains(0x20) else { return nil }
    return (String(text[..<space]), String(Substring(right)))
  }
}

extension MergeTable {
  /// Sets a merge of two tokens; returns the token that the vocabulary lacks.
  mutating func set(
    _ pair: (String, String), rank: Int, _ vocabulary: Vocabulary
  ) -> String? {
    guard let left = vocabulary.id(of: pair.0) else { return pair.0 }
    guard let right = vocabulary.id(of: pair.1) else { return pair.1 }
    let joined = pair.0 + pair.1
    guard let id = vocabulary.id(of: joined) else { return joined }
    set(left, right, Merge(rank: UInt32(truncatingIfNeeded: rank), id: id))
    return nil
  }
}

extension WordPieceModel {
  init(_ node: FileNode) throws(TextError) {
    vocabulary = try Vocabulary(node.required("vocab"))
    let unknownNode = try node.required("unk_token")
    guard let unknown = vocabulary.id(of: try unknownNode.string()) else {
      throw unknownNode.error("token '\(try unknownNode.string())' is not in the vocabulary")
    }
    self.unknown = unknown
    let limit = try node["max_input_chars_per_word"]?.int() ?? 100
    guard limit >= 0 else { throw node.error("max_input_chars_per_word is negative") }
    longestWord = limit
    let prefix = Array(try (node["continuing_subword_prefix"]?.string() ?? "##").utf8)
    var continuations = TokenTable()
    for entry in 0..<vocabulary.count {
      let bytes = vocabulary.table.bytes(ofEntry: entry)
      guard bytes.starts(with: prefix) else { continue }
      _ = continuations.insert(
        Array(bytes.dropFirst(prefix.count)).span, id: vocabulary.table.id(ofEntry: entry))
    }
    self.continuations = continuations
  }
}
