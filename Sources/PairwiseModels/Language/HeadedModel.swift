public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN
public import PairwiseTensor

/// A model whose first layers stay as they are, so that what they make of a pair can be computed once and kept.
public protocol FrozenBackbone: Model {
  var isFrozen: Bool { get }
  /// D, numbers of a vector.
  var vectorWidth: Int { get }
  /// What it is told about a pair besides its completions.
  var headNeeds: HeadNeeds { get }
  /// `[2n, D]`: what the frozen layers make of both completions of n pairs.
  func vectors(_ input: ModelInput) -> Tensor
  /// `[n, D]`: what they make of the prompts; nil if those are not read.
  func promptVectors(_ input: ModelInput) -> Tensor?
  /// Tells models apart that make other vectors of the same tokens with the same weights.
  var vectorKind: String { get }
  /// The reader of the same pairs where another reader gives their vectors.
  func reader(above vectors: any PairReader) -> any PairReader
}

/// Any reward head on a text encoder or a decoder, trained with all layers or on frozen ones.
///
/// A text's vector is the encoder's pooled states, or the decoder's state at the last token; hidden layers and the
/// head are as on dense features. Routers that read the prompt get its vector, without passing gradients to
/// the layers that made it.
public struct HeadedModel: AdaptiveRewardModel, FrozenBackbone {
  public var store: ParameterStore
  public let data: DataFacts
  let layers: Layers
  let origin: LanguageOrigin
  /// Turns texts into tokens.
  let tokens: any PairReader

  init(
    _ layers: Layers, _ data: DataFacts, store: ParameterStore, origin: LanguageOrigin,
    tokens: any PairReader
  ) {
    (self.layers, self.data, self.store) = (layers, data, store)
    (self.origin, self.tokens) = (origin, tokens)
  }

  /// The layers and the parameters they registered.
  struct Layers: Sendable {
    let section: ReadoutSection
    /// Adapters, in place of training all layers.
    let lora: LoRAOptions?
    let backbone: TextLayers
    let mlp: MLP
    /// `[V, D]`, where the layers answer as a language model, too; the embedding table where both are tied.
    let language: Parameter?
    /// `[P, D]`, for heads that read prompts.
    let prompts: Parameter?
    let head: any RewardHead
    let parameters: ParameterBuilder

    /// What the names of all parameters above the backbone start with.
    static let prefix = "readout."

    init(
      _ section: ReadoutSection, _ config: TransformerConfig, pooling: Pooling, _ data: DataFacts,
      rationales: Bool = false, lora: LoRAOptions? = nil
    ) {
      (self.section, self.lora) = (section, lora)
      var builder = ParameterBuilder()
      let backbone = builder.freezing(section.isFrozen) {
        TextLayers(config, pooling: pooling, lora: lora, &$0)
      }
      self.backbone = backbone
      language =
        !rationales
        ? nil
        : config.isTied
          ? backbone.transformer.embedding
          : builder.add(
            "lm_head.weight", [config.vocabularySize, config.hiddenSize],
            .normal(standardDeviation: 0.02))
      let options = section.head.options
      let width = backbone.width + section.formWidth
      (mlp, prompts, head) = builder.scoped("readout") { builder in
        let mlp = MLP(
          inputs: width, hidden: section.hiddenSizes, outputs: options.width(data),
          activation: section.activation, dropout: section.dropout, &builder)
        let prompts =
          options.needs.promptWidth > 0
          ? builder.add(
            "prompt.weight", [options.needs.promptWidth, width], .uniform(fanIn: width)) : nil
        return (mlp, prompts, builder.scoped("head") { options.head(data, &$0) })
      }
      parameters = builder
    }

    /// `[2n, D]`: the vectors of n pairs with the form of each completion beside them.
    func withForm(_ vectors: Variable, of pairs: [TokenPair]) -> Variable {
      if section.formWidth == 0 { return vectors }
      let form = Tensor([vectors.shape[0], section.formWidth], pairs.flatMap(\.form))
      return .concatenated([vectors, Variable(constant: form)], axis: 1)
    }

    /// `[n, D]`: vectors of prompts, which have no form.
    func withoutForm(_ vectors: Variable) -> Variable {
      if section.formWidth == 0 { return vectors }
      let zeros = Variable(constant: .zeros([vectors.shape[0], section.formWidth]))
      return .concatenated([vectors, zeros], axis: 1)
    }

    /// D, numbers of a text's vector with those about its form beside it.
    var width: Int { backbone.width + section.formWidth }

    /// Parameters of the pretrained layers, and those above them.
    var parts: (backbone: [Parameter], readout: [Parameter]) {
      let all = parameters.parameters
      return (
        all.filter { !$0.name.hasPrefix(Layers.prefix) },
        all.filter { $0.name.hasPrefix(Layers.prefix) }
      )
    }
  }

  public var headNeeds: HeadNeeds { layers.section.head.options.needs }
  public var isFrozen: Bool { layers.section.isFrozen }
  public var tied: Parameter? {
    guard let head = layers.language, !head.isFrozen else { return nil }
    return layers.backbone.transformer.config.isTied ? head : nil
  }
  public var vectorWidth: Int { layers.width }
  public var vectorKind: String {
    "\(layers.backbone.transformer.config.family) \(origin.pooling?.rawValue ?? "last token")"
  }

  public var reader: any PairReader { reader(above: tokens) }

  public func reader(above rows: any PairReader) -> any PairReader {
    ConditionedReader.around(rows, headNeeds, data)
  }

  public var figures: [(name: String, value: Double)] { layers.head.figures(store) }

  public func fresh(for data: DataFacts) -> HeadedModel {
    let layers = Layers(
      layers.section, layers.backbone.transformer.config, pooling: origin.pooling ?? .pooler, data,
      lora: layers.lora)
    // Whoever asks copies the values of all parameters.
    return HeadedModel(
      layers, data, store: ParameterStore(zeros: layers.parameters), origin: origin, tokens: tokens)
  }

  /// The same where every row has a rationale behind its pair: one pass through the layers for both.
  private func outputWithRationales(
    _ pairs: TokenPairs, head: Variable, _ input: ModelInput, _ weights: Weights,
    _ pass: ForwardPass
  ) -> RewardOutput {
    let transformer = layers.backbone.transformer
    let batch = TokenBatch(pairs.pairs)
    var body = pass
    body.activationBudget -= pass.activationBudget / 4
    let hidden = transformer(batch.rows, weights, body)
    let step = 2 * pairs.perRow
    let starts = (0..<pairs.count).map { $0 * step }
    let last = starts.flatMap { [batch.lastRows[$0], batch.lastRows[$0 + 1]] }
    let vectors = layers.withForm(
      transformer.normalized(hidden.rows(last), weights),
      of: (0..<pairs.count).map { pairs[$0] })
    var (sources, targets, offsets): ([Int32], [Int32], [Int32]) = ([], [], [0])
    for start in starts {
      let range = Int(batch.offsets[start + 2])..<Int(batch.offsets[start + 3])
      sources += batch.sources[range]
      targets += batch.targets[range]
      offsets.append(Int32(targets.count))
    }
    let tokens = transformer.normalized(hidden.rows(sources), weights)
      .tokenLogps(targets, head: head, budget: pass.activationBudget / 4, statistics: false)
    let rows = layers.mlp.values(
      vectors, weights, dropout: layers.section.dropout > 0 ? pass.dropout : nil)
    let output = layers.head(HeadInput(input, dropout: pass.dropout) { _ in rows }, weights)
    var values = output.pairs
    values["rationale_logps"] = tokens.logps.runSums(offsets)
    values["rationale_len"] = Variable(
      constant: Tensor(starts.map { batch.lengths[$0 + 2] }))
    return RewardOutput(
      scores: output.scores, rows: output.rows, pairs: values, logOdds: output.logOdds)
  }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    output(input, weights, dropout: dropout).scores
  }

  public func output(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> RewardOutput
  {
    output(input, weights, ForwardPass(dropout: dropout))
  }

  public func forward(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> ModelOutput {
    .scores(output(input, weights, pass))
  }

  private func output(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> RewardOutput
  {
    if let head = layers.language, case .tokens(let pairs) = input.bare, pairs.perRow > 1 {
      return outputWithRationales(
        pairs, head: tied == nil ? weights[head] : weights[again: head], input, weights, pass)
    }
    let prompts = layers.prompts.flatMap { weight in
      promptVectors(input).map { Variable(constant: $0).dense(weights[weight]) }
    }
    var masked = MaskedStates(layers.section.hiddenSizes, dropout: layers.section.dropout)
    let rows = HeadInput(input, prompts: prompts, dropout: pass.dropout) { rows in
      masked.keeping(states(rows, weights, pass)) { layers.mlp.outputs(of: $0, weights) }
    }
    return layers.head(rows, weights).with(states: masked.states)
  }

  /// `[2n, H]` of tokens, or of vectors that were computed before.
  private func states(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> Variable {
    let vectors =
      if case .dense(let rows) = input {
        Variable(constant: rows)
      } else {
        vectors(input, isFrozen ? weights.on(nil) : weights, pass)
      }
    return layers.mlp.states(
      vectors, weights, dropout: layers.section.dropout > 0 ? pass.dropout : nil)
  }

  private func vectors(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> Variable {
    guard case .tokens(let pairs) = input else {
      preconditionFailure("headed model: expected tokens or vectors")
    }
    return layers.withForm(layers.backbone.vectors(of: pairs, weights, pass), of: pairs.pairs)
  }

  public func vectors(_ input: ModelInput) -> Tensor {
    vectors(input.bare, Weights(store), ForwardPass()).value
  }

  public func promptVectors(_ input: ModelInput) -> Tensor? {
    switch input.told.prompts {
    case .dense(let rows)?: rows
    case .tokens(let texts)?:
      layers.withoutForm(layers.backbone.vectors(of: texts, Weights(store), ForwardPass())).value
    case .sparse?, nil: nil
    }
  }

  // MARK: Files

  public func save(to folder: String, _ notes: SavedNotes) throws(DataError) {
    let document = ConfigNode(.table(configuration))
    if isFrozen {
      try LanguageNotes(notes, origin.pooling, readout: document).write(to: folder)
    } else {
      try origin.save(
        store, layers.backbone.transformer.config, architecture: .backbone, notes,
        readout: document, to: folder)
    }
    try saveReadout(to: folder)
  }

  public func saveFinal(to folder: String, _ notes: SavedNotes) throws(DataError) {
    guard origin.adapter?.merges == true else { return try save(to: folder, notes) }
    try origin.saveMerged(
      store, layers.backbone.transformer.config, architecture: .backbone, notes,
      readout: ConfigNode(.table(configuration)), to: folder)
    try saveReadout(to: folder)
  }

  private func saveReadout(to folder: String) throws(DataError) {
    let tensors = layers.parts.readout.map { (name: $0.name, tensor: store.value($0)) }
    try SafeTensorsFile.write(tensors, to: folder + HeadedModel.weightsFile)
  }

  /// Whether a folder holds a model that `save` wrote.
  public static func isSaved(in folder: String) -> Bool {
    FileAccess.exists(folder + weightsFile) && FileAccess.exists(folder + "/pairwise.json")
  }

  /// What `pairwise.json` says about everything above the backbone, and where that lies if not here.
  public var configuration: [ConfigNode.Entry] {
    var entries = layers.section.configuration(data)
    if isFrozen, let base = origin.base {
      entries.append(.init(key: "base_model", value: base.configNode))
      entries.append(.init(key: "base_fingerprint", value: fingerprint.configNode))
    }
    return entries
  }

  public mutating func loadTrained(from folder: String) throws(DataError) {
    if !isFrozen {
      try origin.loadTrained(&store, layers.backbone.transformer.config, from: folder)
    }
    try loadReadout(from: folder)
  }

  mutating func loadReadout(from folder: String) throws(DataError) {
    try ParameterFilling(SafeTensorsFile(folder + HeadedModel.weightsFile))
      .fill(&store, layers.parts.readout)
  }

  static let weightsFile = "/head.safetensors"

  /// Tells the frozen layers from others: a model whose backbone has changed is another model.
  var fingerprint: String {
    let hash = store.frozen.withSpan { values in
      var hasher = StableHasher()
      for index in values.indices { hasher.update(UInt64(values[index].bitPattern)) }
      return hasher.finish()
    }
    return "\(String(hash.high, radix: 16))-\(String(hash.low, radix: 16))"
  }
}
