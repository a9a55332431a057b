internal import Glibc
public import PairwiseConfig
public import PairwiseData
public import PairwiseText

/// Writes models as the folders that `from_pretrained` of transformers reads.
public enum HuggingFaceFolder {
  /// Writes `config.json`, `model.safetensors` in Float32, the tokenizer's files and, if the end-of-text
  /// token is known, `generation_config.json` into an existing folder. The same model gives the same bytes.
  ///
  /// Tensors are read from the source one at a time and sorted by name, as transformers does: a model is
  /// never held twice.
  ///
  /// - Parameter config: in either layout of transformers; it is written so that versions 4 and 5 read it.
  public static func write(
    config: ConfigNode, tensors: any WeightSource, text: TextPipeline?, to folder: String
  ) throws(DataError) {
    try JSONFile.write(portable(config), to: folder + "/config.json")
    if let generation = generation(config) {
      try JSONFile.write(generation, to: folder + "/generation_config.json")
    }
    for file in text?.files ?? [] {
      try FileAccess.write(file.bytes, to: folder + "/" + file.name)
    }
    let named = try arranged(tensors, config: config)
    try SafeTensorsFile.write(named, to: folder + "/model.safetensors")
  }

  /// Writes a checkpoint as a new folder: whole or not at all.
  ///
  /// - Throws: `.cannotCreate` if there is anything but an empty folder.
  public static func create(_ folder: String, from model: PretrainedModel) throws(DataError) {
    if FileAccess.exists(folder) {
      guard FileAccess.isFolder(folder), FileAccess.names(in: folder).isEmpty else {
        throw DataError(.cannotCreate, file: folder, "exists, expected a new or empty folder")
      }
    }
    let temporary = folder + ".tmp-\(getpid())"
    do throws(DataError) {
      try FileAccess.createFolder(temporary)
      try write(config: model.config, tensors: model.weights, text: model.text, to: temporary)
      try FileAccess.syncFolder(temporary)
      try FileAccess.rename(temporary, to: folder)
    } catch {
      FileAccess.remove(temporary)
      throw error
    }
  }

  /// Under the names and in the order in which transformers writes them, so that the same weights give the
  /// same file.
  private static func arranged(_ tensors: any WeightSource, config: ConfigNode)
    throws(DataError) -> RenamedWeights
  {
    // A BERT with a head keeps its body under a name of its own.
    let hasBody = config["model_type"]?.value == .string("bert") && !isBareModel(config)
    let entries = tensors.names.map { name in
      let isBody = ["embeddings.", "encoder.", "pooler."].contains { name.hasPrefix($0) }
      return RenamedWeights.Entry(name: hasBody && isBody ? "bert." + name : name, source: name)
    }
    return try RenamedWeights(
      tensors, entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
  }

  private static func isBareModel(_ config: ConfigNode) -> Bool {
    architectures(config).allSatisfy { $0 == "BertModel" }
  }

  private static func architectures(_ config: ConfigNode) -> [String] {
    guard case .list(let names)? = config["architectures"]?.value else { return [] }
    return names.compactMap { if case .string(let name) = $0.value { name } else { nil } }
  }

  /// The config with element type and rotary embedding said in both layouts: `dtype` and `rope_parameters`
  /// as transformers 5 has them, `torch_dtype`, `rope_theta` and `rope_scaling` as 4 does.
  static func portable(_ config: ConfigNode) -> ConfigNode {
    guard case .table(let entries) = config.value else { return config }
    let replaced = ["dtype", "torch_dtype", "rope_parameters", "rope_theta", "rope_scaling"]
    var result = entries.filter { !replaced.contains($0.key) }
    result += rotary(config)
    result.append(.init(key: "dtype", value: "float32".configNode))
    result.append(.init(key: "torch_dtype", value: "float32".configNode))
    return ConfigNode(.table(result))
  }

  private static func rotary(_ config: ConfigNode) -> [ConfigNode.Entry] {
    var base = config["rope_theta"]
    var scaling: [ConfigNode.Entry] = []
    for key in ["rope_parameters", "rope_scaling"] {
      guard case .table(let table)? = config[key]?.value else { continue }
      base = table.first { $0.key == "rope_theta" }?.value ?? base
      scaling = table.filter { $0.key != "rope_theta" }
      break
    }
    if base == nil && scaling.isEmpty { return [] }
    // Without a base both versions take 10000.
    let theta = ConfigNode.Entry(key: "rope_theta", value: base ?? 10_000.0.configNode)
    let isDefault =
      (scaling.first { $0.key == "rope_type" || $0.key == "type" }?.value.value)
      .map { $0 == .string("default") } ?? true
    if isDefault { scaling = [.init(key: "rope_type", value: "default".configNode)] }
    return [
      .init(key: "rope_parameters", value: ConfigNode(.table([theta] + scaling))), theta,
      .init(key: "rope_scaling", value: ConfigNode(isDefault ? .null : .table(scaling))),
    ]
  }

  /// What `generate` has to know: where a text begins and ends.
  private static func generation(_ config: ConfigNode) -> ConfigNode? {
    let keys = ["bos_token_id", "eos_token_id", "pad_token_id"]
    let entries = keys.compactMap { key -> ConfigNode.Entry? in
      guard let value = config[key], value.value != .null else { return nil }
      return .init(key: key, value: value)
    }
    guard entries.contains(where: { $0.key == "eos_token_id" }), isGenerative(config) else {
      return nil
    }
    return ConfigNode(.table(entries))
  }

  private static func isGenerative(_ config: ConfigNode) -> Bool {
    architectures(config).contains { $0.hasSuffix("ForCausalLM") || $0.hasSuffix("LMHeadModel") }
  }
}
