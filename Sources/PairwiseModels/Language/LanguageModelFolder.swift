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

  private static func adapted(_ path: String) throws(DataError) -> any Model {
    let adapter = try PEFTAdapter.read(path)
    guard let name = adapter.baseModel else {
      throw DataError(.invalid, file: path, "adapter_config.json names no base model")
    }
    // A base named by a relative path may lie beside the adapter.
    let near = path + "/" + name
    let base = !name.hasPrefix("/") && FileAccess.exists(near) ? near : name
    let start = try StartingPoint(base)
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
