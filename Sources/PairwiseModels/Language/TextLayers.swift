internal import PairwiseAutodiff
internal import PairwiseNN
internal import PairwiseTensor

/// The layers of a text encoder or a decoder that turn token ids into one vector a text, without a head.
enum TextLayers: Sendable {
  case encoder(TextEncoder)
  /// Read at the last token of a text.
  case decoder(Transformer)

  /// - Parameter lora: adapters on a decoder; what it is made of is frozen then.
  init(
    _ config: TransformerConfig, pooling: Pooling, lora: LoRAOptions? = nil,
    _ builder: inout ParameterBuilder
  ) {
    self =
      config.isCausal
      ? .decoder(Transformer(config, lora: lora, &builder))
      : .encoder(TextEncoder(config, pooling: pooling, &builder))
  }

  var transformer: Transformer {
    switch self {
    case .encoder(let encoder): encoder.transformer
    case .decoder(let transformer): transformer
    }
  }

  /// D
  var width: Int { transformer.config.hiddenSize }

  /// `[2n, D]` of n pairs.
  func vectors(of pairs: TokenPairs, _ weights: Weights, _ pass: ForwardPass) -> Variable {
    switch self {
    case .encoder(let encoder):
      let texts = pairs.pairs.flatMap { [$0.prompt + $0.chosen, $0.prompt + $0.rejected] }
      return encoder(texts, weights, pass)
    case .decoder(let transformer):
      let batch = TokenBatch(pairs.pairs)
      let hidden = transformer(batch.rows, weights, pass)
      return transformer.normalized(hidden.rows(batch.lastRows), weights)
    }
  }

  /// `[n, D]` of n texts, each of at least one token.
  func vectors(of texts: [[Int32]], _ weights: Weights, _ pass: ForwardPass) -> Variable {
    switch self {
    case .encoder(let encoder): return encoder(texts, weights, pass)
    case .decoder(let transformer):
      let layout = TokenLayout(texts.map { ($0.count, nil) })
      let hidden = transformer(
        TokenRows(ids: texts.flatMap(\.self), layout: layout), weights, pass)
      let last = layout.segments.map { Int32($0.start + $0.count - 1) }
      return transformer.normalized(hidden.rows(last), weights)
    }
  }
}
