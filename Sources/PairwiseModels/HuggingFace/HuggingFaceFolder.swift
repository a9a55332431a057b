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
    try SafeTensorsFile.write(sorted(tensors), to: folder + "/model.safetensors")
  }

  /// In the order in which transformers writes them, so that the same weights give the same file.
  private static func sorted(_ tensors: any WeightSource) throws(DataError) -> RenamedWeights {
    let names = tensors.names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return try RenamedWeights(tensors, names.map { .init(name: $0, source: $0) })
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
    guard case .list(let names)? = config["architectures"]?.value else { return false }
    return names.contains { name in
      if case .string(let text) = name.value {
        return text.hasSuffix("ForCausalLM") || text.hasSuffix("LMHeadModel")
      }
      return false
    }
  }
}
