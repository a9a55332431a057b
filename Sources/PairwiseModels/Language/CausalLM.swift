internal import PairwiseAutodiff
internal import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor
internal import PairwiseText

/// A decoder with its output matrix: gives every token of a completion a probability.
public struct CausalLM: PolicyModel {
  public var store: ParameterStore
  public let transformer: Transformer
  /// `[V, D]`; the embedding table where both are tied.
  package let head: Parameter
  /// What an objective trains beside it.
  public let tokenHeads: [TokenHead]
  let origin: LanguageOrigin
  public let reader: any PairReader

  init(_ layers: Layers, store: ParameterStore, origin: LanguageOrigin, reader: any PairReader) {
    (transformer, head, tokenHeads) = (layers.transformer, layers.head, layers.tokenHeads)
    (self.store, self.origin, self.reader) = (store, origin, reader)
  }

  /// The layers and the parameters they registered.
  struct Layers: Sendable {
    let transformer: Transformer
    let head: Parameter
    let tokenHeads: [TokenHead]
    let parameters: ParameterBuilder

    init(
      _ config: TransformerConfig, lora: LoRAOptions? = nil, tokenHeads: [TokenHeadOptions] = []
    ) {
      var builder = ParameterBuilder()
      let transformer = Transformer(config, lora: lora, &builder)
      head =
        config.isTied
        ? transformer.embedding
        : builder.freezing(lora != nil) {
          $0.add(
            "lm_head.weight", [config.vocabularySize, config.hiddenSize],
            .normal(standardDeviation: 0.02))
        }
      self.tokenHeads = tokenHeads.map {
        TokenHead($0, layers: config.layers, width: config.hiddenSize, &builder)
      }
      (self.transformer, parameters) = (transformer, builder)
    }
  }

  public var config: TransformerConfig { transformer.config }
  /// Whether it consists of adapters on a frozen base.
  public var isAdapted: Bool { origin.adapter != nil }

  public var tied: Parameter? { config.isTied && !head.isFrozen ? head : nil }

  /// The share of an activation budget that logits may take.
  private static func headBudget(_ pass: ForwardPass) -> Int { pass.activationBudget / 4 }

  public func completions(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass)
    -> CompletionLogps
  {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("language model: expected tokens")
    }
    let batch = TokenBatch(pairs.pairs)
    var body = pass
    body.activationBudget -= min(
      CausalLM.headBudget(pass), 4 * batch.targets.count * config.vocabularySize)
    let hidden = transformer(batch.rows, weights, body)
    let tokens = transformer.normalized(hidden.rows(batch.sources), weights)
      .tokenLogps(
        batch.targets, head: tied == nil ? weights[head] : weights[again: head],
        budget: CausalLM.headBudget(pass),
        statistics: pass.wantsStatistics, squares: pass.wantsSquares,
        against: pass.reference?.output)
    var values: [String: Variable] = [:]
    if let states = pass.reference?.layers, !states.isEmpty {
      for network in tokenHeads {
        values[network.name] = network(
          states, offsets: batch.offsets, weights, dropout: pass.dropout)
      }
    }
    return CompletionLogps(
      logps: tokens.logps.runSums(batch.offsets), lengths: batch.lengths,
      statistics: TokenStatistics(tokens, offsets: batch.offsets),
      tokens: TokenValues(
        logps: tokens.logps, offsets: batch.offsets, logSumSquares: tokens.logSumSquares,
        referenceLogps: tokens.referenceLogps, divergence: tokens.divergence, heads: values,
        activations: pass.reference?.activations))
  }

  public func referenceStates(_ input: ModelInput, _ weights: Weights, _ wants: ReferenceWants)
    -> ReferenceStates?
  {
    guard case .tokens(let pairs) = input else { return nil }
    let batch = TokenBatch(pairs.pairs)
    let found = transformer.states(
      batch.rows, at: batch.sources, offsets: batch.offsets, head: weights[head].value, weights,
      wants)
    return ReferenceStates(
      output: TokenReference(hidden: found.hidden, head: weights[head].value),
      layers: found.layers, activations: found.activations)
  }

  public func save(to folder: String, _ notes: SavedNotes) throws(DataError) {
    try origin.save(store, config, architecture: .causalLM, notes, to: folder)
    try TokenHeadFile.write(tokenHeads, store, to: folder)
  }

  public func saveFinal(to folder: String, _ notes: SavedNotes) throws(DataError) {
    try origin.saveMerged(store, config, architecture: .causalLM, notes, to: folder)
    try TokenHeadFile.write(tokenHeads, store, to: folder)
  }

  public mutating func loadTrained(from folder: String) throws(DataError) {
    try origin.loadTrained(&store, config, from: folder)
    try TokenHeadFile.read(tokenHeads, &store, from: folder)
  }
}

extension TokenStatistics {
  init?(_ tokens: TokenLogps, offsets: [Int32]) {
    guard let entropy = tokens.entropy, let best = tokens.isBest, let mean = tokens.meanLogit
    else { return nil }
    self.init(
      entropies: entropy.array, isBest: best.array, meanLogits: mean.array, offsets: offsets)
  }
}
