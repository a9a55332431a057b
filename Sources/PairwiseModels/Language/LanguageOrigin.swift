internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseNN
internal import PairwiseTensor
internal import PairwiseText

/// What belongs to a language model besides its parameters: its `config.json`, its tokenizer, and what
/// adapters it has. All of it is written beside the weights.
struct LanguageOrigin: Sendable {
  var config: ConfigNode
  var text: TextPipeline?
  /// Tokens that end a text, beside the tokenizer's.
  var ends: [Int32] = []
  /// With adapters: where the base model lies, and how it is adapted.
  var adapter: Adapter?
  /// How token rows become one vector, of encoders.
  var pooling: Pooling?
  /// Where the layers lie that stay as they are.
  var base: String?
  /// Parameters that are no part of the language model: they are written to files of their own.
  var besides: Set<String> = []

  struct Adapter: Sendable {
    var base: String
    var options: LoRAOptions
    /// Paths of the adapted layers.
    var layers: [String]
    /// Whether files of the base keep linear weights as `[in, out]`.
    var isTransposed: Bool
    /// Whether the final model is written with the adapters added into its weights.
    var merges: Bool

    /// The targets as PEFT wants them: names of layers.
    var targets: [String] {
      let names = layers.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
      return options.targets == ["all-linear"] ? Set(names).sorted() : options.targets
    }
  }

  /// What kind of model `config.json` announces.
  enum Architecture: Sendable {
    case causalLM, sequenceClassification
    /// Layers without a head.
    case backbone

    func name(_ family: TransformerConfig.Family) -> String {
      let (stem, causal) =
        switch family {
        case .llama: ("Llama", "LlamaForCausalLM")
        case .qwen2: ("Qwen2", "Qwen2ForCausalLM")
        case .gpt2: ("GPT2", "GPT2LMHeadModel")
        case .bert: ("Bert", "BertModel")
        }
      switch self {
      case .causalLM: return causal
      case .sequenceClassification: return stem + "ForSequenceClassification"
      case .backbone: return stem + "Model"
      }
    }
  }

  /// Writes a Hugging Face folder, or a PEFT one if there are adapters.
  ///
  /// - Parameter readout: what stands on the layers, where it is no head that transformers knows.
  func save(
    _ store: ParameterStore, _ shape: TransformerConfig, architecture: Architecture,
    _ notes: SavedNotes, readout: ConfigNode? = nil, to folder: String
  ) throws(DataError) {
    try LanguageNotes(notes, pooling, readout: readout).write(to: folder)
    if let adapter { return try save(adapter, store, architecture, to: folder) }
    let tensors = own(store.parameters).map { (name: $0.name, tensor: store.fileValue($0)) }
    try HuggingFaceFolder.write(
      config: document(shape, architecture), tensors: TensorList(tensors), text: text,
      to: folder)
  }

  private func own(_ parameters: [Parameter]) -> [Parameter] {
    besides.isEmpty ? parameters : parameters.filter { !besides.contains($0.name) }
  }

  private func save(
    _ adapter: Adapter, _ store: ParameterStore, _ architecture: Architecture, to folder: String
  ) throws(DataError) {
    let trained = Dictionary(
      uniqueKeysWithValues: store.trained.map { ($0.name, store.value($0)) })
    var modules: [PEFTAdapter.Module] = []
    for layer in adapter.layers {
      guard let a = trained[PEFTNames.a(layer)], let b = trained[PEFTNames.b(layer)] else {
        continue
      }
      modules.append(PEFTAdapter.Module(name: layer, a: a, b: b))
    }
    let peft = PEFTAdapter(
      rank: adapter.options.rank, alpha: adapter.options.alpha, targets: adapter.targets,
      usesRankStabilizedScale: adapter.options.usesRankStabilizedScale,
      fanInFanOut: adapter.isTransposed, baseModel: adapter.base,
      taskType: architecture == .causalLM ? "CAUSAL_LM" : "SEQ_CLS", modules: modules,
      saved: trained[PEFTNames.prefix + "score.weight"].map { [.init(name: "score", weight: $0)] }
        ?? [])
    try peft.write(to: folder)
    try writeText(to: folder)
  }

  /// Writes the whole model with the adapters added into its weights.
  func saveMerged(
    _ store: ParameterStore, _ shape: TransformerConfig, architecture: Architecture,
    _ notes: SavedNotes, readout: ConfigNode? = nil, to folder: String
  ) throws(DataError) {
    guard let adapter, adapter.merges else {
      return try save(
        store, shape, architecture: architecture, notes, readout: readout, to: folder)
    }
    try LanguageNotes(notes, pooling, readout: readout).write(to: folder)
    try HuggingFaceFolder.write(
      config: document(shape, architecture),
      tensors: MergedWeights(store, adapter, besides: besides), text: text,
      to: folder)
  }

  private func writeText(to folder: String) throws(DataError) {
    for file in text?.files ?? [] { try FileAccess.write(file.bytes, to: folder + "/" + file.name) }
  }

  /// `config.json` of the saved model: the one it came with, and what has changed.
  private func document(_ shape: TransformerConfig, _ architecture: Architecture) -> ConfigNode {
    var entries: [ConfigNode.Entry] = []
    if case .table(let table) = config.value { entries = table }
    func set(_ key: String, _ value: ConfigNode) {
      if let index = entries.firstIndex(where: { $0.key == key }) {
        entries[index].value = value
      } else {
        entries.append(.init(key: key, value: value))
      }
    }
    set("architectures", [architecture.name(shape.family)].configNode)
    entries.removeAll { $0.key == "torch_dtype" || $0.key == "dtype" }
    set("dtype", "float32".configNode)
    set("vocab_size", shape.vocabularySize.configNode)
    if architecture == .sequenceClassification {
      set("num_labels", 1.configNode)
      set("id2label", ConfigNode(.table([.init(key: "0", value: "LABEL_0".configNode)])))
      set("label2id", ConfigNode(.table([.init(key: "LABEL_0", value: 0.configNode)])))
      set("pad_token_id", shape.pad.map { Int($0).configNode } ?? ConfigNode(.null))
    }
    return ConfigNode(.table(entries))
  }

  /// Fills the trained parameters from a folder that `save` wrote.
  func loadTrained(
    _ store: inout ParameterStore, _ shape: TransformerConfig, from folder: String
  ) throws(DataError) {
    let file = try SafeTensorsFile(
      folder + (adapter == nil ? "/model.safetensors" : "/adapter_model.safetensors"))
    var source = ParameterFilling(file)
    source.prefix = file.names.contains { $0.hasPrefix("bert.") } ? "bert." : ""
    try source.fill(&store, own(adapter == nil ? store.parameters : store.trained))
  }
}

/// `pairwise.json`: what Pairwise keeps beside a language model that transformers has no place for.
struct LanguageNotes: Sendable {
  var saved: SavedNotes
  var pooling: Pooling?
  /// What stands on the layers, where it is no head that transformers knows: keys of the `model:` section.
  var readout: ConfigNode?

  private static let name = "/pairwise.json"

  init(_ saved: SavedNotes, _ pooling: Pooling?, readout: ConfigNode? = nil) {
    (self.saved, self.pooling, self.readout) = (saved, pooling, readout)
  }

  /// Nothing where the folder has no such file.
  init(readingFrom folder: String) throws(DataError) {
    self.init(SavedNotes(), nil)
    let path = folder + LanguageNotes.name
    guard FileAccess.exists(path) else { return }
    let fields = ConfigFields(node: try ModelDirectory.document(path), file: path)
    saved = SavedNotes(
      temperature: try fields.positive("temperature"), beta: try fields.positive("beta"))
    if let name = try fields.text("pooling") {
      guard let known = Pooling(rawValue: name) else {
        throw fields.error("pooling", "'\(name)' is not known")
      }
      pooling = known
    }
    readout = fields.node["readout"]
  }

  func write(to folder: String) throws(DataError) {
    var entries: [ConfigNode.Entry] = []
    if let beta = saved.beta { entries.append(.init(key: "beta", value: beta.configNode)) }
    if let temperature = saved.temperature {
      entries.append(.init(key: "temperature", value: temperature.configNode))
    }
    if let pooling {
      entries.append(.init(key: "pooling", value: pooling.rawValue.configNode))
    }
    if let readout { entries.append(.init(key: "readout", value: readout)) }
    if entries.isEmpty { return }
    var writer = JSONWriter(.pretty)
    writer.write(ConfigNode(.table(entries)))
    writer.endLine()
    try FileAccess.write(writer.bytes, to: folder + LanguageNotes.name)
  }
}
