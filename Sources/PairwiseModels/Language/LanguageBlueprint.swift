internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor
internal import PairwiseText

/// Where a language model starts: a pretrained one, or a bare shape with a tokenizer.
struct StartingPoint: Sendable {
  /// What messages call it.
  var path: String
  var config: TransformerConfig
  /// `config.json`.
  var document: ConfigNode
  /// Nil: random weights.
  var weights: (any WeightSource)?
  var text: TextPipeline
  /// Tokens that end a text, beside the tokenizer's.
  var ends: [Int32]

  init(
    path: String, config: TransformerConfig, document: ConfigNode,
    weights: (any WeightSource)?, text: TextPipeline, ends: [Int32] = []
  ) {
    (self.path, self.config, self.document) = (path, config, document)
    (self.weights, self.text, self.ends) = (weights, text, ends)
  }

  /// Opens a Hugging Face folder or a GGUF file.
  init(_ path: String) throws(DataError) {
    let model = try PretrainedModel.open(path)
    guard let text = model.text else {
      throw DataError(
        .invalid, file: path, "expected a tokenizer (tokenizer.json) beside the model")
    }
    var ends = try ConfigFields(node: model.config, file: path).tokens("eos_token_id")
    let generation = path + "/generation_config.json"
    if FileAccess.exists(generation) {
      ends += try ConfigFields(node: JSONFile.read(generation), file: generation)
        .tokens("eos_token_id")
    }
    self.init(
      path: path, config: try TransformerConfig(model.config, file: path), document: model.config,
      weights: model.weights, text: text, ends: ends)
    if text.tokenizer.vocabularySize > config.vocabularySize {
      throw DataError(
        .invalid, file: path,
        "the tokenizer has \(text.tokenizer.vocabularySize) tokens, the model \(config.vocabularySize)"
      )
    }
  }
}

/// A decoder before its parameters take memory: as a policy or with a reward head.
struct LanguageBlueprint: ModelBlueprint {
  private let start: StartingPoint
  private let lora: LoRAStart?
  private let layers: Layers
  private let filling: ParameterFilling?
  let reader: any PairReader
  private var remarks: [String] = []
  func remarks(_ data: DataFacts) -> [String] { remarks }
  var readsPath: Bool { true }
  var knowsTokens: Bool { if case .policy = layers { true } else { false } }

  private enum Layers: Sendable {
    case policy(CausalLM.Layers)
    case reward(LanguageRewardModel.Layers)

    var parameters: ParameterBuilder {
      switch self {
      case .policy(let layers): layers.parameters
      case .reward(let layers): layers.parameters
      }
    }

    var transformer: Transformer {
      switch self {
      case .policy(let layers): layers.transformer
      case .reward(let layers): layers.transformer
      }
    }
  }

  init(_ origin: StartingPoint, _ request: ModelRequest, lora: LoRAStart?) throws(DataError) {
    var start = origin
    self.lora = lora
    if request.use == .scores, start.weights?.shape(of: "score.weight") == nil {
      if let remark = try start.separatePad(canGrow: lora == nil) { remarks.append(remark) }
    }
    switch request.use {
    case .logps:
      layers = .policy(
        CausalLM.Layers(start.config, lora: lora?.options, tokenHeads: request.tokenHeads))
    case .scores: layers = .reward(LanguageRewardModel.Layers(start.config, lora: lora?.options))
    }
    self.start = start
    var tokens = request.tokens
    if start.config.rotary == nil, tokens.maxLength ?? .max > start.config.maxPositions {
      tokens.maxLength = start.config.maxPositions
      remarks.append(
        "\(origin.path) has \(start.config.maxPositions) positions: longer rows are cut")
    }
    reader = try TokenReader(start.text, tokens, use: request.use)
    filling = start.weights.map { source in
      var filling = ParameterFilling(source)
      switch request.use {
      case .logps: filling.ignored = start.config.isTied ? ["lm_head.weight"] : []
      case .scores:
        filling.ignored = ["lm_head.weight"]
        filling.optional = ["score.weight", PEFTNames.prefix + "score.weight"]
      }
      return filling
    }
    if let lora, layers.transformer.adaptedLayers.isEmpty {
      throw DataError(
        .invalid, file: "model.lora.target_modules",
        "\(lora.options.targets.joined(separator: ", ")) names no linear layer of this model")
    }
    try filling?.check(baseParameters)
    if let adapter = lora?.adapter { try adapter.filling.check(adapterParameters) }
  }

  /// Parameters that the base model's file holds.
  private var baseParameters: [Parameter] {
    lora == nil ? languageParameters : languageParameters.filter(\.isFrozen)
  }

  private var adapterParameters: [Parameter] {
    lora == nil ? [] : languageParameters.filter { !$0.isFrozen }
  }

  private var languageParameters: [Parameter] {
    let besides = besides
    return layers.parameters.parameters.filter { !besides.contains($0.name) }
  }

  /// Parameters that are no part of the language model.
  private var besides: Set<String> { Set(tokenHeadParameters.map(\.name)) }

  private var tokenHeadParameters: [Parameter] {
    guard case .policy(let layers) = layers else { return [] }
    return layers.tokenHeads.flatMap(\.parameters)
  }

  func problem(with data: DataFacts) -> String? {
    data.hasTexts ? nil : "model kind causal_lm needs texts, the data has none"
  }

  func parameters(_ data: DataFacts) -> ParameterBuilder { layers.parameters }

  func cost(_ load: TokenLoad, activationBudget: Int) -> ModelCost? {
    let scores = if case .policy = layers { true } else { false }
    var cost = layers.transformer.cost(
      load, activationBudget: activationBudget, hasLogits: scores, isFrozen: lora != nil)
    if scores, start.config.isTied, lora == nil {
      // Gradients of the embedding table's use as the output are kept apart.
      cost.activationBytes += 4 * start.config.vocabularySize * start.config.hiddenSize
    }
    if case .policy(let layers) = layers, !layers.tokenHeads.isEmpty {
      // The reference's states behind every block, and what the networks on them keep.
      let width = layers.transformer.config.hiddenSize
      cost.activationBytes += 4 * load.scored * width * layers.transformer.config.layers
      for network in layers.tokenHeads {
        cost.activationBytes += network.keptBytes(tokens: load.scored, width: width)
      }
    }
    return cost
  }

  func build(_ data: DataFacts, seed: UInt64) throws(DataError) -> any Model {
    var store = ParameterStore(zeros: layers.parameters)
    var missing = baseParameters
    if let filling { missing = try filling.fill(&store, baseParameters) }
    var fresh = missing + adapterParameters
    if let adapter = lora?.adapter {
      fresh = try adapter.filling.fill(&store, adapterParameters) + missing
    }
    if case .policy(let layers) = layers {
      fresh += try TokenHeadFile.start(layers.tokenHeads, &store, from: start.path)
    }
    for parameter in fresh { store.start(parameter, seed: seed) }
    var origin = LanguageOrigin(
      config: start.document, text: start.text, ends: start.ends,
      adapter: lora.map { $0.record(start, layers.transformer) })
    origin.besides = besides
    switch layers {
    case .policy(let layers):
      return CausalLM(layers, store: store, origin: origin, reader: reader)
    case .reward(let layers):
      return LanguageRewardModel(layers, store: store, origin: origin, reader: reader)
    }
  }
}

extension StartingPoint {
  /// A new reward head must not read its score before the end of the text: where the pad token is the
  /// end token, or there is none, another special token becomes the pad, or else a new one.
  ///
  /// - Parameter canGrow: whether a new token may be added: adapters leave the table as it is.
  /// - Returns: what was done, for the user.
  mutating func separatePad(canGrow: Bool) throws(DataError) -> String? {
    if let pad = config.pad, pad != config.eos { return nil }
    let why = config.pad == nil ? "has no pad token" : "pads with its end token"
    if let pad = text.spareSpecialToken(besides: [config.bos, config.eos].compactMap { $0 }) {
      config.pad = pad.id
      text = text.padding(with: pad)
      return
        "\(path) \(why): the reward model pads with \(pad.text) instead, so that the score is read at the end"
    }
    guard canGrow else {
      throw DataError(
        .invalid, file: path,
        "\(why), and a reward head needs one of its own: with model.lora none can be added to the vocabulary; "
          + "train without it")
    }
    text = text.addingPad()
    guard let pad = text.pad else { return nil }
    config.pad = pad.id
    if Int(pad.id) >= config.vocabularySize {
      config.vocabularySize = Int(pad.id) + 1
      let table = Transformer.tableName(config.family)
      weights = weights.map { GrownTable(base: $0, table: table, rows: Int(pad.id) + 1) }
    }
    return
      "\(path) \(why): the reward model pads with a new token \(pad.text), so that the score is read at the end"
  }
}

extension TextPipeline {
  /// A special token that texts do not use: neither a boundary nor part of the chat template.
  fileprivate func spareSpecialToken(besides taken: [Int32]) -> SpecialToken? {
    var used = taken
    if let bos { used.append(bos.id) }
    if let eos { used.append(eos.id) }
    return tokenizer.specialTokens.first { token in
      !used.contains(token.id) && chatTemplate?.contains(token.text) != true
    }
  }
}

extension LoRAStart {
  /// What a model that is adapted so keeps of where it comes from.
  func record(_ start: StartingPoint, _ transformer: Transformer) -> LanguageOrigin.Adapter {
    LanguageOrigin.Adapter(
      base: FileAccess.absolute(start.path), options: options, layers: transformer.adaptedLayers,
      isTransposed: start.config.family == .gpt2, merges: merges)
  }
}

extension PEFTAdapter {
  /// For parameters that may stand beside a head of their own.
  var filling: ParameterFilling {
    var filling = ParameterFilling(source)
    filling.optional = [PEFTNames.prefix + "score.weight"]
    return filling
  }

  /// Its matrices under the names of the adapter's file.
  var source: TensorList {
    TensorList(
      modules.flatMap { [(PEFTNames.a($0.name), $0.a), (PEFTNames.b($0.name), $0.b)] }
        + saved.map { (PEFTNames.prefix + $0.name + ".weight", $0.weight) },
      path: "adapter")
  }
}
