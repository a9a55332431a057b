internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseNN

/// Loads saved language models: Hugging Face folders, GGUF files, and PEFT adapters with their base.
enum LanguageModelFolder {
  static func load(_ path: String) throws(DataError) -> ModelDirectory.Loaded {
    guard FileAccess.exists(path) else {
      throw DataError(
        .missing, file: path, "expected a model folder with config.json and model.safetensors")
    }
    let notes = try LanguageNotes(readingFrom: path)
    if let readout = notes.readout {
      return ModelDirectory.Loaded(
        model: try headed(path, notes, readout), temperature: notes.saved.temperature ?? 1,
        beta: nil)
    }
    let model =
      PEFTAdapter.isAdapter(path) ? try adapted(path) : try whole(StartingPoint(path), notes)
    return ModelDirectory.Loaded(
      model: model, temperature: notes.saved.temperature ?? 1, beta: notes.saved.beta)
  }

  /// A model that is no adapter, as its `config.json` says it is used.
  static func whole(_ start: StartingPoint, _ notes: LanguageNotes) throws(DataError) -> any Model {
    let scores = start.architecture.hasSuffix("ForSequenceClassification")
    let request = ModelRequest(
      use: scores ? .scores : .logps(chosenOnly: false), tokens: TokenOptions(maxLength: nil))
    let facts = DataFacts(featureWidth: nil, hasTexts: true)
    if start.config.isCausal {
      return try LanguageBlueprint(start, request, lora: nil).build(facts, seed: 0)
    }
    guard scores else {
      throw DataError(
        .invalid, file: start.path,
        "is a text encoder without a reward head: it embeds, it does not score")
    }
    return try EncoderBlueprint(start, request, pooling: notes.pooling ?? .pooler)
      .build(facts, seed: 0)
  }

  /// A head of our own on layers that lie beside it, or stayed where they were.
  private static func headed(_ path: String, _ notes: LanguageNotes, _ readout: ConfigNode)
    throws(DataError) -> HeadedModel
  {
    let file = path + "/pairwise.json"
    let section = try ModelDirectory.read(
      VariantOption("readout", "") { ReadoutSection(from: &$0) }, readout, file)
    let fields = ConfigFields(node: readout, file: file)
    var base = try fields.text("base_model").map { near($0, path) }
    var lora: LoRAStart?
    if PEFTAdapter.isAdapter(path) {
      let adapter = try PEFTAdapter.read(path)
      guard let name = adapter.baseModel else {
        throw DataError(.invalid, file: path, "adapter_config.json names no base model")
      }
      base = near(name, path)
      lora = LoRAStart(options: LoRAOptions(adapter), adapter: adapter, merges: false)
    }
    var facts = DataFacts(featureWidth: nil, hasTexts: true)
    facts.readColumns(savedIn: readout)
    let blueprint = try HeadedBlueprint(
      try StartingPoint(base ?? path),
      ModelRequest(use: .scores, tokens: TokenOptions(maxLength: nil)),
      pooling: notes.pooling ?? .pooler, section, lora: lora)
    var model = try blueprint.headed(facts, seed: 0, head: path)
    if section.isFrozen, try fields.text("base_fingerprint") != model.fingerprint {
      throw DataError(
        .invalid, file: base ?? path, "is not the model that \(path) was trained on")
    }
    try model.loadReadout(from: path)
    return model
  }

  /// A base named by a relative path may lie beside the folder that names it.
  private static func near(_ name: String, _ path: String) -> String {
    let near = path + "/" + name
    return !name.hasPrefix("/") && FileAccess.exists(near) ? near : name
  }

  private static func adapted(_ path: String) throws(DataError) -> any Model {
    let adapter = try PEFTAdapter.read(path)
    guard let name = adapter.baseModel else {
      throw DataError(.invalid, file: path, "adapter_config.json names no base model")
    }
    let start = try StartingPoint(near(name, path))
    let request = ModelRequest(
      use: adapter.taskType == "SEQ_CLS" ? .scores : .logps(chosenOnly: false),
      tokens: TokenOptions(maxLength: nil))
    return try LanguageBlueprint(
      start, request,
      lora: LoRAStart(options: LoRAOptions(adapter), adapter: adapter, merges: false)
    ).build(DataFacts(featureWidth: nil, hasTexts: true), seed: 0)
  }
}

extension StartingPoint {
  /// The first name under `architectures`.
  var architecture: String {
    guard case .list(let names)? = document["architectures"]?.value,
      case .string(let name)? = names.first?.value
    else { return "" }
    return name
  }
}
