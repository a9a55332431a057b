public import PairwiseConfig
internal import PairwiseData
internal import PairwiseText

/// `model.architecture:`: a language model that starts from nothing.
public struct ArchitectureSection: ConfigSection, Sendable {
  /// Nil: there is a pretrained model.
  public var family: Family?
  public var hiddenSize: Int
  public var layers: Int
  public var heads: Int
  public var keyHeads: Int?
  public var mlpSize: Int?
  public var maxPositions: Int
  public var isTied: Bool
  /// A folder with tokenizer files; nil: one token for each byte.
  public var tokenizer: String?

  /// Families that can start from nothing.
  public enum Family: String, Sendable, CaseIterable {
    case llama, qwen2, gpt2
  }

  public init(from reader: inout SectionReader) {
    family = reader.optionalChoice(
      "model_type", Family.self, "Whose layers; null where `model.path` names a pretrained model.")
    hiddenSize = reader.value(
      "hidden_size", default: 64, .closed(2...16_384), "Width of the residual stream.")
    layers = reader.value("num_hidden_layers", default: 2, .closed(1...256), "Blocks.")
    heads = reader.value(
      "num_attention_heads", default: 4, .closed(1...256), "Heads; they divide hidden_size.")
    keyHeads = reader.optional(
      "num_key_value_heads", Int.self, .closed(1...256), "Heads of keys and values; null: as many.")
    mlpSize = reader.optional(
      "intermediate_size", Int.self, .closed(1...65_536),
      "Width of the feed-forward part; null: 4 * hidden_size.")
    maxPositions = reader.value(
      "max_position_embeddings", default: 1024, .closed(1...1_048_576), "Longest sequence.")
    isTied = reader.value(
      "tie_word_embeddings", default: true, "Use the embedding table as output matrix.")
    tokenizer = reader.optional(
      "tokenizer", String.self, .nonEmpty,
      "Folder with tokenizer files; null: one token for each byte.")
    if hiddenSize % heads != 0 || (hiddenSize / heads) % 2 != 0 {
      reader.report("hidden_size", "must be an even multiple of num_attention_heads")
    }
    if let keyHeads, heads % keyHeads != 0 {
      reader.report("num_key_value_heads", "must divide num_attention_heads")
    }
  }

  func startingPoint(_ family: Family, _ locate: (String) -> String) throws(DataError)
    -> StartingPoint
  {
    let text = try tokenizer.map { (folder) throws(DataError) in
      try PretrainedModel.text(in: locate(folder))
    }
    guard let text = text ?? ByteTokenizer.pipeline else {
      throw DataError(.invalid, file: tokenizer ?? "", "holds no tokenizer files")
    }
    let document = self.document(family, text)
    return StartingPoint(
      path: "model.architecture",
      config: try TransformerConfig(document, file: "model.architecture"), document: document,
      weights: nil, text: text)
  }

  /// The shape as a `config.json`.
  private func document(_ family: Family, _ text: TextPipeline) -> ConfigNode {
    var entries: [ConfigNode.Entry] = []
    func set(_ key: String, _ value: some ConfigValue) {
      entries.append(.init(key: key, value: value.configNode))
    }
    let mlp = mlpSize ?? 4 * hiddenSize
    set("model_type", family.rawValue)
    set("vocab_size", text.tokenizer.vocabularySize)
    set("tie_word_embeddings", isTied)
    if family == .gpt2 {
      set("n_embd", hiddenSize)
      set("n_layer", layers)
      set("n_head", heads)
      set("n_inner", mlp)
      set("n_positions", maxPositions)
      set("activation_function", "gelu_new")
    } else {
      set("hidden_size", hiddenSize)
      set("num_hidden_layers", layers)
      set("num_attention_heads", heads)
      set("num_key_value_heads", keyHeads ?? heads)
      set("intermediate_size", mlp)
      set("max_position_embeddings", maxPositions)
      set("rms_norm_eps", 1e-5)
      set("rope_theta", 10_000.0)
      set("hidden_act", "silu")
    }
    for (key, token) in [("bos", text.bos), ("eos", text.eos), ("pad", text.pad)] {
      if let token { set(key + "_token_id", Int(token.id)) }
    }
    return ConfigNode(.table(entries))
  }
}
