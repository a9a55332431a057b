internal import PairwiseConfig
internal import PairwiseData

extension GGUFModel {
  /// The model as `config.json` of a Hugging Face folder describes it.
  ///
  /// - Throws: `.invalid` if metadata are missing, or describe what the family's Hugging Face model has not.
  func configuration() throws(DataError) -> ConfigNode {
    var entries =
      switch architecture {
      case .llama: try llama("LlamaForCausalLM", "llama")
      case .qwen2: try llama("Qwen2ForCausalLM", "qwen2")
      case .gpt2: try gpt2()
      }
    entries.append(
      .init(
        key: "tie_word_embeddings", value: (file.shape(of: "output.weight") == nil).configNode))
    entries += try tokens()
    entries.append(.init(key: "torch_dtype", value: "float32".configNode))
    return ConfigNode(.table(entries))
  }

  private func llama(_ architecture: String, _ type: String) throws(DataError)
    -> [ConfigNode.Entry]
  {
    for name in ["expert_count", "attention.sliding_window"] where file[key(name)]?.integer ?? 0 > 0
    {
      throw failure(key(name), "is not supported")
    }
    let (hidden, heads, keyHeads) = try (required("embedding_length"), heads(), keyHeads())
    guard let epsilon = try number("attention.layer_norm_rms_epsilon") else {
      throw DataError(
        .invalid, file: file.path,
        "metadata '\(key("attention.layer_norm_rms_epsilon"))' is missing")
    }
    let width = try headWidth(hidden: hidden, heads: heads)
    var entries: [ConfigNode.Entry] = [
      .init(key: "architectures", value: [architecture].configNode),
      .init(key: "model_type", value: type.configNode),
      .init(key: "hidden_act", value: "silu".configNode),
      .init(key: "hidden_size", value: hidden.configNode),
      .init(key: "intermediate_size", value: try required("feed_forward_length").configNode),
      .init(key: "num_hidden_layers", value: try required("block_count").configNode),
      .init(key: "num_attention_heads", value: heads.configNode),
      .init(key: "num_key_value_heads", value: keyHeads.configNode),
    ]
    if width * heads != hidden { entries.append(.init(key: "head_dim", value: width.configNode)) }
    entries += [
      .init(key: "max_position_embeddings", value: try required("context_length").configNode),
      .init(key: "rms_norm_eps", value: epsilon.configNode),
      .init(key: "rope_theta", value: try rotaryBase().configNode),
      .init(key: "rope_scaling", value: try rotaryScaling(width: width)),
      .init(key: "vocab_size", value: try vocabularySize(hidden: hidden).configNode),
    ]
    if self.architecture == .llama {
      entries += [
        .init(
          key: "attention_bias", value: (file.shape(of: "blk.0.attn_q.bias") != nil).configNode),
        .init(key: "mlp_bias", value: (file.shape(of: "blk.0.ffn_up.bias") != nil).configNode),
      ]
    }
    return entries
  }

  private func gpt2() throws(DataError) -> [ConfigNode.Entry] {
    let hidden = try required("embedding_length")
    let inner = try size("feed_forward_length") ?? 4 * hidden
    guard let epsilon = try number("attention.layer_norm_epsilon") else {
      throw DataError(
        .invalid, file: file.path, "metadata '\(key("attention.layer_norm_epsilon"))' is missing")
    }
    return [
      .init(key: "architectures", value: ["GPT2LMHeadModel"].configNode),
      .init(key: "model_type", value: "gpt2".configNode),
      .init(key: "activation_function", value: "gelu_new".configNode),
      .init(key: "n_embd", value: hidden.configNode),
      .init(
        key: "n_inner", value: inner == 4 * hidden ? ConfigNode(.null) : inner.configNode),
      .init(key: "n_layer", value: try required("block_count").configNode),
      .init(key: "n_head", value: try heads().configNode),
      .init(key: "n_positions", value: try required("context_length").configNode),
      .init(key: "layer_norm_epsilon", value: epsilon.configNode),
      .init(key: "vocab_size", value: try vocabularySize(hidden: hidden).configNode),
    ]
  }

  /// Rows of the embedding: the vocabulary in the metadata may be shorter.
  private func vocabularySize(hidden: Int) throws(DataError) -> Int {
    let name = "token_embd.weight"
    guard let shape = file.shape(of: name) else {
      throw DataError(.invalid, file: file.path, "tensor '\(name)' is missing")
    }
    guard shape.count == 2, shape[0] > 0, shape[1] == hidden else {
      throw DataError(
        .invalid, file: file.path, place: "tensor '\(name)'",
        "expected rows of \(hidden), found shape \(shape)")
    }
    return shape[0]
  }

  private func headWidth(hidden: Int, heads: Int) throws(DataError) -> Int {
    let width = try size("attention.key_length") ?? hidden / heads
    guard width > 0, try size("attention.key_length") != nil || hidden % heads == 0 else {
      throw failure(key("attention.head_count"), "\(heads) does not divide the width \(hidden)")
    }
    if let value = try size("attention.value_length"), value != width {
      throw failure(
        key("attention.value_length"), "expected \(width), the length of keys, found \(value)")
    }
    if let rotated = try size("rope.dimension_count"), rotated != width {
      throw failure(
        key("rope.dimension_count"),
        "expected \(width), all of a head, found \(rotated)")
    }
    return width
  }

  /// Ids of the special tokens that are known.
  private func tokens() throws(DataError) -> [ConfigNode.Entry] {
    var entries: [ConfigNode.Entry] = []
    for (name, key) in [
      ("bos_token_id", "tokenizer.ggml.bos_token_id"),
      ("eos_token_id", "tokenizer.ggml.eos_token_id"),
      ("pad_token_id", "tokenizer.ggml.padding_token_id"),
    ] {
      guard let value = file[key] else { continue }
      guard let id = value.integer, (0...Int(Int32.max)).contains(id) else {
        throw failure(key, "expected the number of a token")
      }
      entries.append(.init(key: name, value: id.configNode))
    }
    return entries
  }
}
