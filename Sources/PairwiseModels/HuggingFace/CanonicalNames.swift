internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseTensor

/// The one name Pairwise uses for each tensor, whatever the checkpoint calls it.
///
/// Llama and Qwen2: `model.…`, `lm_head.weight`, `score.weight`. GPT-2: `transformer.…` and the same heads.
/// BERT: without `bert.`. Buffers (masks, positions, rotary frequencies), which models compute for
/// themselves, are left out; names that are not understood stay as they are.
enum CanonicalNames {
  /// - Parameter config: `config.json`: its `model_type` says which rules apply.
  static func weights(_ source: any WeightSource, config: ConfigNode) throws(DataError)
    -> any WeightSource
  {
    guard case .string(let type)? = config["model_type"]?.value,
      let rule: (String) -> String? = rules[type]
    else { return source }
    var entries: [RenamedWeights.Entry] = []
    for name in source.names {
      guard let canonical = rule(name) else { continue }
      entries.append(.init(name: canonical, source: name))
    }
    if let embedding = tiedEmbedding(type, config) {
      try dropCopiedHead(&entries, source, embedding: embedding)
    }
    return try RenamedWeights(source, entries)
  }

  /// Rules by `model_type`: the canonical name, or nil for a buffer.
  private static let rules: [String: @Sendable (String) -> String?] = [
    "llama": llama, "qwen2": llama, "gpt2": gpt2, "bert": bert,
  ]

  private static func llama(_ name: String) -> String? {
    if name.hasSuffix(".rotary_emb.inv_freq") { return nil }
    return prefixed(name, "model.", if: ["embed_tokens", "layers", "norm"])
  }

  private static func gpt2(_ name: String) -> String? {
    if name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") { return nil }
    return prefixed(name, "transformer.", if: ["wte", "wpe", "h", "ln_f"])
  }

  private static func bert(_ name: String) -> String? {
    var name = name
    if name.hasPrefix("bert.") { name.removeFirst(5) }
    if name == "embeddings.position_ids" || name == "embeddings.token_type_ids" { return nil }
    // The names of the first TensorFlow checkpoints live on in some files.
    for (old, new) in [("gamma", "weight"), ("beta", "bias")]
    where name.hasSuffix(".LayerNorm." + old) {
      name.removeLast(old.count)
      name += new
    }
    return name
  }

  /// Puts `prefix` before names that start with one of `parts`: those of a model saved without its head.
  private static func prefixed(_ name: String, _ prefix: String, if parts: [String]) -> String {
    let first = name.split(separator: ".", maxSplits: 1).first.map(String.init) ?? ""
    return parts.contains(first) ? prefix + name : name
  }

  /// The embedding that is the output head as well, if the config ties them.
  private static func tiedEmbedding(_ type: String, _ config: ConfigNode) -> String? {
    // transformers' defaults: GPT-2's are tied, those of llama and qwen2 are not.
    var isTied = type == "gpt2"
    if case .bool(let flag)? = config["tie_word_embeddings"]?.value { isTied = flag }
    guard isTied, type != "bert" else { return nil }
    return type == "gpt2" ? "transformer.wte.weight" : "model.embed_tokens.weight"
  }

  /// Leaves out a head that only repeats the embedding it is tied to.
  private static func dropCopiedHead(
    _ entries: inout [RenamedWeights.Entry], _ source: any WeightSource, embedding: String
  ) throws(DataError) {
    guard let head = entries.firstIndex(where: { $0.name == "lm_head.weight" }),
      let table = entries.first(where: { $0.name == embedding })
    else { return }
    let name = entries[head].source
    guard try source.tensor(name) == source.tensor(table.source) else {
      throw DataError(
        .invalid, file: source.path,
        "tensor '\(name)' differs from '\(table.source)', though tie_word_embeddings says that they are one"
      )
    }
    entries.remove(at: head)
  }
}
