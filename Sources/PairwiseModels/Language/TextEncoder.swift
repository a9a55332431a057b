public import PairwiseAutodiff
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// How the hidden states of a text become one vector.
public enum Pooling: String, Sendable, CaseIterable {
  /// BERT's pooler, tanh(W·h_CLS + b): what transformers' classifiers read.
  case pooler
  /// The mean over all tokens, [CLS] and [SEP] too: what sentence embedders use.
  case mean
  /// The first token.
  case cls
}

/// A bidirectional transformer with pooling: one vector for each text.
public struct TextEncoder: Sendable {
  public let transformer: Transformer
  public let pooling: Pooling
  /// BERT's pooler, `[D, D]` and `[D]`.
  private let pooler: (weight: Parameter, bias: Parameter)?

  /// Registers the parameters. Without `keepsPooler` a pooler is registered only if it is read.
  init(
    _ config: TransformerConfig, pooling: Pooling, lora: LoRAOptions? = nil,
    _ builder: inout ParameterBuilder
  ) {
    transformer = Transformer(config, lora: lora, &builder)
    self.pooling = pooling
    let d = config.hiddenSize
    pooler =
      pooling == .pooler
      ? builder.freezing(lora != nil) { builder in
        (
          builder.add("pooler.dense.weight", [d, d], .normal(standardDeviation: 0.02)),
          builder.add("pooler.dense.bias", [d], .zeros, decays: false)
        )
      } : nil
  }

  /// Vectors `[S, D]` of S texts, each of at least one token.
  public func callAsFunction(_ texts: [[Int32]], _ weights: Weights, _ pass: ForwardPass)
    -> Variable
  {
    let layout = TokenLayout(texts.map { ($0.count, nil) })
    let hidden = transformer(
      TokenRows(ids: texts.flatMap { $0 }, layout: layout), weights, pass)
    if pooling == .mean { return mean(hidden, texts) }
    let first = hidden.rows(layout.segments.map { Int32($0.start) })
    guard let pooler else { return first }
    return first.dense(weights[pooler.weight], bias: weights[pooler.bias]).tanh()
  }

  private func mean(_ hidden: Variable, _ texts: [[Int32]]) -> Variable {
    var owners: [Int32] = []
    for (index, text) in texts.enumerated() {
      owners += [Int32](repeating: Int32(index), count: text.count)
    }
    let sums = hidden.scatteredRows(owners, count: texts.count)
    let counts = Tensor([texts.count, 1], texts.map { Float($0.count) })
    return sums / Variable(constant: counts)
  }
}

/// A text encoder with one output: the score of a prompt with its completion.
public struct EncoderRewardModel: RewardModel {
  public var store: ParameterStore
  package let encoder: TextEncoder
  /// `[1, D]`
  let head: Parameter
  /// `[1]`, frozen: it cancels in every difference of scores.
  let bias: Parameter
  let origin: LanguageOrigin
  public let reader: any PairReader

  init(_ layers: Layers, store: ParameterStore, origin: LanguageOrigin, reader: any PairReader) {
    (encoder, head, bias) = (layers.encoder, layers.head, layers.bias)
    (self.store, self.origin, self.reader) = (store, origin, reader)
  }

  /// The layers and the parameters they registered.
  struct Layers: Sendable {
    let encoder: TextEncoder
    let head: Parameter
    let bias: Parameter
    let parameters: ParameterBuilder

    init(_ config: TransformerConfig, pooling: Pooling) {
      var builder = ParameterBuilder()
      encoder = TextEncoder(config, pooling: pooling, &builder)
      head = builder.add(
        "classifier.weight", [1, config.hiddenSize], .normal(standardDeviation: 0.02))
      bias = builder.freezing(true) { $0.add("classifier.bias", [1], .zeros, decays: false) }
      parameters = builder
    }
  }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    scores(input, weights, ForwardPass(dropout: dropout))
  }

  public func forward(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> ModelOutput {
    .scores(RewardOutput(scores: scores(input, weights, pass)))
  }

  private func scores(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> Variable {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("encoder: expected tokens")
    }
    let texts = pairs.pairs.flatMap { [$0.prompt + $0.chosen, $0.prompt + $0.rejected] }
    let vectors = encoder(texts, weights, pass)
    return vectors.dense(weights[head], bias: weights[bias]).reshaped([texts.count])
  }

  public func save(to folder: String, _ notes: SavedNotes) throws(DataError) {
    try origin.save(
      store, encoder.transformer.config, architecture: .sequenceClassification, notes, to: folder)
  }

  public mutating func loadTrained(from folder: String) throws(DataError) {
    try origin.loadTrained(&store, encoder.transformer.config, from: folder)
  }
}
