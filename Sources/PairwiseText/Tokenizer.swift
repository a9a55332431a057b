/// Turns text into token ids and back: byte-level BPE or WordPiece, with everything around it that a
/// `tokenizer.json` asks for. Gives the ids that Hugging Face's tokenizers gives.
///
/// A value to hand around freely; texts can be encoded from many threads at once.
public struct Tokenizer: Sendable {
  let core: TokenizerCore

  init(_ parts: TokenizerParts, json: [UInt8]) {
    core = TokenizerCore(parts, json: json)
  }

  /// A `tokenizer.json` that gives the same ids: the very bytes it was read from, if it was.
  public var json: [UInt8] { core.json }

  /// One more than the highest id of any token, added tokens included: how many rows an embedding
  /// needs.
  public var vocabularySize: Int { core.parts.idEnd }

  /// The id of a token spelled as in the vocabulary (`Ġthe`, `##ing`, `<|im_end|>`).
  public func id(of token: String) -> Int32? { core.parts.id(of: token) }

  /// A token as the vocabulary spells it.
  public func token(of id: Int32) -> String? { core.parts.token(of: id) }

  /// Whether decoding leaves the token out on request.
  public func isSpecial(_ id: Int32) -> Bool { core.specialIDs.contains(id) }
}

/// What a tokenizer is made of.
struct TokenizerParts: Sendable {
  enum Model: Sendable {
    case bytePairs(BytePairModel)
    case wordPiece(WordPieceModel)

    var vocabulary: Vocabulary {
      switch self {
      case .bytePairs(let model): model.vocabulary
      case .wordPiece(let model): model.vocabulary
      }
    }
  }

  var model: Model
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer
  var postProcessor: PostProcessor
  var decoder: TokenDecoder
  /// In the order they were added.
  private(set) var added: [(token: AddedToken, id: Int32)] = []
  /// The places in `added`, by content.
  private var places = TokenTable()

  init(
    model: Model, normalizer: Normalizer?, preTokenizer: PreTokenizer,
    postProcessor: PostProcessor, decoder: TokenDecoder
  ) {
    self.model = model
    self.normalizer = normalizer
    self.preTokenizer = preTokenizer
    self.postProcessor = postProcessor
    self.decoder = decoder
  }

  /// Adds tokens to be looked for in the text. One that the vocabulary has keeps its id; the others
  /// are numbered on from its end. One that was added before takes on the new properties.
  mutating func add(_ tokens: [AddedToken]) {
    var next = nextID
    for token in tokens where !token.content.isEmpty {
      let place = Int32(clamping: added.count)
      if let known = places.insert(Array(token.content.utf8).span, id: place) {
        added[Int(known)].token = token
      } else if let id = model.vocabulary.id(of: token.content) {
        added.append((token, id))
      } else {
        added.append((token, next))
        next += 1
      }
    }
  }

  private var nextID: Int32 {
    let count = Int32(clamping: model.vocabulary.count)
    return max(count, (added.map(\.id).max() ?? -1) + 1)
  }

  func addedToken(_ content: String) -> (token: AddedToken, id: Int32)? {
    places.id(of: content).map { added[Int($0)] }
  }

  var idEnd: Int { max(model.vocabulary.idEnd, (added.map { Int($0.id) }.max() ?? -1) + 1) }

  func id(of token: String) -> Int32? {
    addedToken(token)?.id ?? model.vocabulary.id(of: token)
  }

  func token(of id: Int32) -> String? {
    added.last { $0.id == id }?.token.content ?? model.vocabulary.token(of: id)
  }

  /// An added token as it is looked for.
  func pattern(of token: AddedToken) -> [UInt8] {
    let content = Array(token.content.utf8)
    guard token.isNormalized, let normalizer else { return content }
    return normalizer.apply(content)
  }
}
