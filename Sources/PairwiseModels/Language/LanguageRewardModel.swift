public import PairwiseAutodiff
internal import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor
internal import PairwiseText

/// A decoder with one output: the score of a text, read at its last token.
///
/// As in transformers' `…ForSequenceClassification` the score is read at the last position whose id
/// differs from the pad id, wherever that is, so that both give the same score.
public struct LanguageRewardModel: RewardModel {
  public var store: ParameterStore
  public let transformer: Transformer
  /// `[1, D]`
  let head: Parameter
  let origin: LanguageOrigin
  public let reader: any PairReader

  init(_ layers: Layers, store: ParameterStore, origin: LanguageOrigin, reader: any PairReader) {
    (transformer, head) = (layers.transformer, layers.head)
    (self.store, self.origin, self.reader) = (store, origin, reader)
  }

  /// The layers and the parameters they registered.
  struct Layers: Sendable {
    let transformer: Transformer
    let head: Parameter
    let parameters: ParameterBuilder

    init(_ config: TransformerConfig, lora: LoRAOptions? = nil) {
      var builder = ParameterBuilder()
      transformer = Transformer(config, lora: lora, &builder)
      // Trained with adapters too: a new head knows nothing yet.
      head = builder.add(
        Self.headName(lora), [1, config.hiddenSize], .normal(standardDeviation: 0.02))
      parameters = builder
    }

    static func headName(_ lora: LoRAOptions?) -> String {
      lora == nil ? "score.weight" : PEFTNames.prefix + "score.weight"
    }
  }

  public var config: TransformerConfig { transformer.config }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    scores(input, weights, ForwardPass(dropout: dropout))
  }

  public func forward(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> ModelOutput {
    .scores(RewardOutput(scores: scores(input, weights, pass)))
  }

  private func scores(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> Variable {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("language model: expected tokens")
    }
    let batch = TokenBatch(pairs.pairs, pad: config.pad)
    let hidden = transformer(batch.rows, weights, pass)
    let last = transformer.normalized(hidden.rows(batch.lastRows), weights)
    return last.dense(weights[head]).reshaped([batch.lastRows.count])
  }

  public func save(to folder: String, _ notes: SavedNotes) throws(DataError) {
    try origin.save(store, config, architecture: .sequenceClassification, notes, to: folder)
  }

  public func saveFinal(to folder: String, _ notes: SavedNotes) throws(DataError) {
    try origin.saveMerged(store, config, architecture: .sequenceClassification, notes, to: folder)
  }

  public mutating func loadTrained(from folder: String) throws(DataError) {
    try origin.loadTrained(&store, config, from: folder)
  }
}
