internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseNN

/// A reward head of any kind on an encoder or a decoder, before its parameters take memory.
struct HeadedBlueprint: ModelBlueprint {
  private let start: StartingPoint
  private let section: ReadoutSection
  /// Whether the model also gives log-probs of rationales.
  private let rationales: Bool
  private let lora: LoRAStart?
  /// Nil of decoders.
  private let pooling: Pooling?
  private let filling: ParameterFilling?
  private let tokens: any PairReader
  private var remarks: [String] = []
  var readsPath: Bool { true }

  func remarks(_ data: DataFacts) -> [String] { remarks + section.head.remarks(data) }

  init(
    _ start: StartingPoint, _ request: ModelRequest, pooling: Pooling?, _ section: ReadoutSection,
    lora: LoRAStart? = nil
  ) throws(DataError) {
    (self.start, self.section, self.lora) = (start, section, lora)
    rationales = request.rationales && start.config.isCausal
    let config = start.config
    if pooling == nil && !config.isCausal {
      throw DataError(
        .invalid, file: start.path,
        "\(config.family.rawValue) is a text encoder; use model kind encoder")
    }
    self.pooling = config.isCausal ? nil : pooling
    var options = request.tokens
    if config.rotary == nil, options.maxLength ?? .max > config.maxPositions {
      options.maxLength = config.maxPositions
      remarks.append("\(start.path) has \(config.maxPositions) positions: longer texts are cut")
    }
    tokens =
      config.isCausal
      ? try TokenReader(start.text, options, use: .scores).reading(for: section)
      : try TokenReader(start.text, options, encoder: config).reading(for: section)
    filling = start.weights.map { source in
      if !config.isCausal { return ParameterFilling(encoder: source) }
      var filling = ParameterFilling(source)
      filling.ignored = ["score.weight"]
      if config.isTied || !request.rationales { filling.ignored.insert("lm_head.weight") }
      return filling
    }
    // The head's part does not depend on the data where its own is left out.
    let layers = HeadedModel.Layers(
      ReadoutSection(isFrozen: section.isFrozen), config, pooling: pooling ?? .pooler,
      DataFacts(featureWidth: nil, hasTexts: true), rationales: rationales, lora: lora?.options)
    if let lora, layers.backbone.transformer.adaptedLayers.isEmpty {
      throw DataError(
        .invalid, file: "model.lora.target_modules",
        "\(lora.options.targets.joined(separator: ", ")) names no linear layer of this model")
    }
    let parts = HeadedBlueprint.parts(layers)
    try filling?.check(parts.base)
    if let adapter = lora?.adapter { try adapter.filling.check(parts.adapters) }
  }

  /// Parameters that the base model's file holds, and those of adapters on it.
  private static func parts(_ layers: HeadedModel.Layers) -> (
    base: [Parameter], adapters: [Parameter]
  ) {
    let all = layers.parts.backbone
    guard layers.lora != nil else { return (all, []) }
    return (all.filter(\.isFrozen), all.filter { !$0.isFrozen })
  }

  private func layers(_ data: DataFacts) -> HeadedModel.Layers {
    HeadedModel.Layers(
      section, start.config, pooling: pooling ?? .pooler, data, rationales: rationales,
      lora: lora?.options)
  }

  var reader: any PairReader { ConditionedReader.around(tokens, section.head.options.needs) }
  var vectorNumbers: Int? {
    section.isFrozen
      ? (section.head.options.needs.promptWidth > 0 ? 3 : 2)
        * (start.config.hiddenSize + section.formWidth) : nil
  }
  var gives: Set<String> {
    section.head.options.gives.union(rationales ? ["rationale_logps"] : [])
      .union(MaskedStates(section.hiddenSizes, dropout: section.dropout).gives)
  }

  func problem(with data: DataFacts) -> String? {
    data.hasTexts
      ? section.head.problem(with: data, dropout: section.dropout)
      : "model kind \(pooling == nil ? "causal_lm" : "encoder") needs texts, the data has none"
  }

  func parameters(_ data: DataFacts) -> ParameterBuilder { layers(data).parameters }

  func cost(_ load: TokenLoad, activationBudget: Int) -> ModelCost? {
    // Frozen layers are passed once, before the first step.
    if section.isFrozen { return nil }
    var builder = ParameterBuilder()
    return TextLayers(start.config, pooling: pooling ?? .pooler, lora: lora?.options, &builder)
      .transformer.cost(
        load, activationBudget: activationBudget, hasLogits: false, isFrozen: lora != nil)
  }

  func build(_ data: DataFacts, seed: UInt64) throws(DataError) -> any Model {
    try headed(data, seed: seed)
  }

  /// - Parameter head: a folder whose head is about to be read: its shapes are checked before memory is taken.
  func headed(_ data: DataFacts, seed: UInt64, head: String? = nil) throws(DataError)
    -> HeadedModel
  {
    let layers = layers(data)
    let parts = layers.parts
    if let head {
      try ParameterFilling(SafeTensorsFile(head + HeadedModel.weightsFile)).check(parts.readout)
    }
    var store = ParameterStore(zeros: layers.parameters)
    let (base, adapters) = HeadedBlueprint.parts(layers)
    var fresh = try filling?.fill(&store, base) ?? base
    fresh += try lora?.adapter?.filling.fill(&store, adapters) ?? adapters
    for parameter in fresh + parts.readout { store.start(parameter, seed: seed) }
    var origin = LanguageOrigin(
      config: start.document, text: start.text, ends: start.ends,
      adapter: lora.map { $0.record(start, layers.backbone.transformer) }, pooling: pooling)
    origin.besides = Set(parts.readout.map(\.name))
    if section.isFrozen { origin.base = FileAccess.absolute(start.path) }
    return HeadedModel(layers, data, store: store, origin: origin, tokens: tokens)
  }
}
