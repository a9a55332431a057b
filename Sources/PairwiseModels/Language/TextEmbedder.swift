public import PairwiseData
internal import PairwiseNN
internal import PairwiseText

/// A text encoder or a decoder that turns texts into vectors. A vector depends on its own text alone.
public struct TextEmbedder: Sendable {
  public let pooling: EmbeddingOptions.Pooling
  /// Most tokens of a text; nil without a limit.
  public let maxLength: Int?
  public let normalizes: Bool
  let transformer: Transformer
  let store: ParameterStore
  private let tokenizer: PairTokenizer
  private let truncation: TokenOptions.Truncation

  /// D, the length of a vector.
  public var width: Int { transformer.config.hiddenSize }

  /// Loads an encoder or decoder: a folder of Hugging Face or sentence-transformers, of a run or of an
  /// adapter, or a GGUF file.
  ///
  /// Where neither the options nor the files of sentence-transformers say otherwise, encoders take the mean
  /// over at most 512 tokens, decoders the last token, and vectors keep their length.
  ///
  /// - Throws: also for a limit that the model has no positions for.
  public init(model path: String, options: EmbeddingOptions = .init()) throws(DataError) {
    let backbone = try Backbone(path)
    (transformer, store) = (backbone.transformer, backbone.store)
    let config = transformer.config
    let settings = try SentenceSettings(readingFrom: path, ignoresPooling: options.pooling != nil)
    pooling = options.pooling ?? settings.pooling ?? (config.isCausal ? .last : .mean)
    if config.isCausal, pooling == .cls {
      throw DataError(
        .invalid, file: path,
        "pooling cls needs an encoder: the first token of a decoder sees nothing of the text")
    }
    if let limit = options.maxLength, limit > config.maxPositions {
      throw DataError(
        .invalid, file: path, "has \(config.maxPositions) positions, fewer than \(limit)")
    }
    let usual = min(config.maxPositions, config.isCausal ? .max : 512)
    maxLength = options.maxLength ?? min(settings.maxLength ?? usual, config.maxPositions)
    normalizes = options.normalizes ?? settings.normalizes
    truncation = options.truncation
    // Decoders read pairs as reward models do; what is too long is cut here, not left out.
    tokenizer = try PairTokenizer(
      backbone.text,
      TokenOptions(maxLength: config.isCausal ? nil : maxLength, truncation: truncation),
      task: config.isCausal ? .reward : .encoder)
  }

  /// What to read of pairs.
  public static let needs = PairTokenizer.needs

  /// Token ids whose vectors are wanted.
  public struct Sequences: Sendable, Equatable {
    /// What all begin with: decoders compute it once. Empty for encoders.
    public var shared: [Int32]
    /// What follows, one vector each; of at least one token.
    public var ends: [[Int32]]
    /// Whether something was cut off.
    public var isCut: Bool

    public init(shared: [Int32] = [], ends: [[Int32]], isCut: Bool = false) {
      (self.shared, self.ends, self.isCut) = (shared, ends, isCut)
    }

    /// Rows that are computed.
    public var rows: Int { ends.reduce(shared.count) { $0 + $1.count } }
  }

  /// The tokens of prompt + chosen and prompt + rejected of every pair, two vectors each. For decoders both
  /// end with the text's end token, as for reward models.
  ///
  /// - Parameter block: read with `needs`.
  /// - Throws: the first pair without tokens, or one that the chat template refuses, by its row.
  public func sequences(of block: PairBlock) throws(DataError) -> [Sequences] {
    var result: [Sequences] = []
    for (index, (pair, fate)) in try tokenizer.tokenize(block).enumerated() {
      if let reason = fate.dropped {
        throw DataError(.invalid, file: "pairs", place: "row \(block.rows[index])", reason)
      }
      let isCut = fate.marks.contains(.promptTruncated) || fate.marks.contains(.completionTruncated)
      let whole = Sequences(shared: pair.prompt, ends: [pair.chosen, pair.rejected], isCut: isCut)
      result.append(cut(whole))
    }
    return result
  }

  /// The tokens of a text between the tokenizer's special tokens; of none if nothing is left.
  public func sequence(of text: String) -> Sequences? {
    let (ids, isCut) = tokenizer.ids(of: text, limit: maxLength)
    return ids.isEmpty ? nil : Sequences(shared: [], ends: [ids], isCut: isCut)
  }

  private func cut(_ sequences: Sequences) -> Sequences {
    let longest = sequences.shared.count + (sequences.ends.map(\.count).max() ?? 0)
    guard let maxLength, longest > maxLength else { return sequences }
    var shared = sequences.shared
    if truncation == .keepPromptEnd { shared.removeFirst(min(shared.count, longest - maxLength)) }
    let whole = sequences.ends.map { Array((shared + $0).prefix(maxLength)) }
    // The last token of each stays its own.
    let common = min(shared.count, whole.map { $0.count - 1 }.min() ?? 0)
    return Sequences(
      shared: Array(shared[..<common]), ends: whole.map { Array($0[common...]) }, isCut: true)
  }
}

/// The layers and parameters of a model without what stands on top of it.
private struct Backbone {
  let transformer: Transformer
  let store: ParameterStore
  let text: TextPipeline

  init(_ path: String) throws(DataError) {
    let model: any Model
    if PEFTAdapter.isAdapter(path) {
      model = try ModelDirectory.load(path).model
    } else {
      let start = try StartingPoint(path)
      guard start.config.isCausal else {
        (transformer, store, text) = try Backbone.read(start)
        return
      }
      model = try LanguageModelFolder.whole(start, .init(SavedNotes(), nil))
    }
    let text: TextPipeline?
    switch model {
    case let model as CausalLM:
      (transformer, store, text) = (model.transformer, model.store, model.origin.text)
    case let model as LanguageRewardModel:
      (transformer, store, text) = (model.transformer, model.store, model.origin.text)
    default: throw DataError(.invalid, file: path, "expected a text encoder or a language model")
    }
    guard let text else {
      throw DataError(.invalid, file: path, "expected a tokenizer beside the model")
    }
    self.text = text
  }

  private static func read(_ start: StartingPoint) throws(DataError) -> (
    Transformer, ParameterStore, TextPipeline
  ) {
    guard let source = start.weights else {
      throw DataError(.invalid, file: start.path, "expected weights")
    }
    var builder = ParameterBuilder()
    let transformer = Transformer(start.config, &builder)
    var store = ParameterStore(zeros: builder)
    try ParameterFilling(encoder: source).fill(&store, builder.parameters)
    return (transformer, store, start.text)
  }
}
