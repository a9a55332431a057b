public import PairwiseConfig
public import PairwiseData

extension TransformerConfig {
  /// Reads a Hugging Face `config.json`, in the layouts of transformers 4 and 5.
  ///
  /// - Throws: what is missing, wrong, or asks for something that is not built, by key.
  public init(_ config: ConfigNode, file: String) throws(DataError) {
    var reader = ConfigFields(node: config, file: file)
    guard let name = try reader.text("model_type"), let family = Family(rawValue: name) else {
      let known = Family.allCases.map(\.rawValue).joined(separator: ", ")
      throw reader.error("model_type", "expected one of \(known)")
    }
    switch family {
    case .llama, .qwen2: try self.init(llama: &reader, family)
    case .gpt2: try self.init(gpt2: &reader)
    case .bert: try self.init(bert: &reader)
    }
    try check(reader)
  }

  private init(llama reader: inout ConfigFields, _ family: Family) throws(DataError) {
    let hidden = try reader.count("hidden_size")
    let heads = try reader.count("num_attention_heads")
    let headSize = try reader.optionalCount("head_dim") ?? hidden / heads
    let bias = try reader.flag("attention_bias", default: false)
    if try reader.flag("use_sliding_window", default: false) {
      throw reader.error("use_sliding_window", "sliding windows are not supported")
    }
    self.init(
      family: family, vocabularySize: try reader.count("vocab_size"), hiddenSize: hidden,
      layers: try reader.count("num_hidden_layers"), heads: heads,
      keyHeads: try reader.optionalCount("num_key_value_heads") ?? heads, headSize: headSize,
      mlpSize: try reader.count("intermediate_size"),
      activation: try reader.activation("hidden_act", default: .silu),
      normEpsilon: try reader.number("rms_norm_eps", default: 1e-6),
      maxPositions: try reader.optionalCount("max_position_embeddings") ?? 1 << 20,
      rotary: try reader.rotary(), isTied: try reader.flag("tie_word_embeddings", default: false),
      hasQKVBias: family == .qwen2 ? try reader.flag("attention_bias", default: true) : bias,
      hasOutputBias: family == .llama && bias,
      hasMLPBias: try reader.flag("mlp_bias", default: false),
      tokenTypes: 0, bos: try reader.token("bos_token_id"), eos: try reader.token("eos_token_id"),
      pad: try reader.token("pad_token_id"))
    if activation != .silu {
      throw reader.error("hidden_act", "expected silu for \(family.rawValue)")
    }
  }

  private init(gpt2 reader: inout ConfigFields) throws(DataError) {
    let hidden = try reader.count("n_embd")
    let heads = try reader.count("n_head")
    for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"]
    where try reader.flag(key, default: false) {
      throw reader.error(key, "is not supported")
    }
    self.init(
      family: .gpt2, vocabularySize: try reader.count("vocab_size"), hiddenSize: hidden,
      layers: try reader.count("n_layer"), heads: heads, keyHeads: heads, headSize: hidden / heads,
      mlpSize: try reader.optionalCount("n_inner") ?? 4 * hidden,
      activation: try reader.activation("activation_function", default: .geluTanh),
      normEpsilon: try reader.number("layer_norm_epsilon", default: 1e-5),
      maxPositions: try reader.optionalCount("n_positions") ?? 1024, rotary: nil,
      isTied: try reader.flag("tie_word_embeddings", default: true), hasQKVBias: true,
      hasOutputBias: true, hasMLPBias: true, tokenTypes: 0, bos: try reader.token("bos_token_id"),
      eos: try reader.token("eos_token_id"), pad: try reader.token("pad_token_id"))
  }

  private init(bert reader: inout ConfigFields) throws(DataError) {
    let hidden = try reader.count("hidden_size")
    let heads = try reader.count("num_attention_heads")
    if let kind = try reader.text("position_embedding_type"), kind != "absolute" {
      throw reader.error("position_embedding_type", "expected absolute, found '\(kind)'")
    }
    if try reader.flag("is_decoder", default: false) {
      throw reader.error("is_decoder", "BERT as a decoder is not supported")
    }
    self.init(
      family: .bert, vocabularySize: try reader.count("vocab_size"), hiddenSize: hidden,
      layers: try reader.count("num_hidden_layers"), heads: heads, keyHeads: heads,
      headSize: hidden / heads, mlpSize: try reader.count("intermediate_size"),
      activation: try reader.activation("hidden_act", default: .gelu),
      normEpsilon: try reader.number("layer_norm_eps", default: 1e-12),
      maxPositions: try reader.optionalCount("max_position_embeddings") ?? 512, rotary: nil,
      isTied: false, hasQKVBias: true, hasOutputBias: true, hasMLPBias: true,
      tokenTypes: try reader.optionalCount("type_vocab_size") ?? 2,
      bos: nil, eos: nil, pad: try reader.token("pad_token_id"))
  }

  /// Checks that the numbers fit each other and stay within what can be addressed.
  private func check(_ reader: ConfigFields) throws(DataError) {
    if family != .llama && family != .qwen2 && hiddenSize % heads != 0 {
      throw reader.error("config", "hidden size \(hiddenSize) is not a multiple of \(heads) heads")
    }
    if heads % keyHeads != 0 {
      throw reader.error(
        "num_key_value_heads", "\(heads) heads cannot share \(keyHeads) key heads")
    }
    if rotary != nil && headSize % 2 != 0 {
      throw reader.error("head_dim", "rotary positions need an even head size, found \(headSize)")
    }
    let widest = max(vocabularySize, hiddenSize, mlpSize, maxPositions, queryWidth)
    if widest > 1 << 24 || headSize > 4096 || layers > 4096 || heads > 4096 {
      throw reader.error("config", "sizes are beyond what is supported")
    }
  }
}

/// Fields of a `config.json` with their places.
struct ConfigFields {
  let node: ConfigNode
  let file: String

  func error(_ key: String, _ message: String) -> DataError {
    let place = node[key].map { $0.place.line > 0 ? "line \($0.place.line)" : key }
    return DataError(.invalid, file: file, place: place, "\(key): \(message)")
  }

  private func value(_ key: String) -> ConfigNode? {
    guard let found = node[key], found.value != .null else { return nil }
    return found
  }

  func text(_ key: String) throws(DataError) -> String? {
    guard let found = value(key) else { return nil }
    guard case .string(let text) = found.value else { throw error(key, "expected a string") }
    return text
  }

  func optionalCount(_ key: String) throws(DataError) -> Int? {
    guard let found = value(key) else { return nil }
    guard case .int(let count) = found.value, count > 0, count <= 1 << 30 else {
      throw error(key, "expected a whole number > 0")
    }
    return count
  }

  func count(_ key: String) throws(DataError) -> Int {
    guard let count = try optionalCount(key) else { throw error(key, "is missing") }
    return count
  }

  func number(_ key: String, default fallback: Float) throws(DataError) -> Float {
    guard let found = value(key) else { return fallback }
    switch found.value {
    case .number(let number) where number > 0 && number < 1: return Float(number)
    default: throw error(key, "expected a number between 0 and 1")
    }
  }

  func positive(_ key: String) throws(DataError) -> Double? {
    guard let found = value(key) else { return nil }
    switch found.value {
    case .number(let number) where number > 0 && number.isFinite: return number
    case .int(let number) where number > 0: return Double(number)
    default: throw error(key, "expected a number > 0")
    }
  }

  func flag(_ key: String, default fallback: Bool) throws(DataError) -> Bool {
    guard let found = value(key) else { return fallback }
    guard case .bool(let flag) = found.value else { throw error(key, "expected true or false") }
    return flag
  }

  /// A token id; where a list is given (Llama 3 has several ends), its first.
  func token(_ key: String) throws(DataError) -> Int32? {
    guard var found = value(key) else { return nil }
    if case .list(let ids) = found.value, let first = ids.first { found = first }
    guard case .int(let id) = found.value, let narrow = Int32(exactly: id) else {
      throw error(key, "expected a token id")
    }
    return narrow < 0 ? nil : narrow
  }

  /// Token ids: one, or a list of them.
  func tokens(_ key: String) throws(DataError) -> [Int32] {
    guard let found = value(key) else { return [] }
    var nodes = [found]
    if case .list(let list) = found.value { nodes = list }
    var ids: [Int32] = []
    for node in nodes {
      guard case .int(let id) = node.value, let narrow = Int32(exactly: id) else {
        throw error(key, "expected a token id, or a list of them")
      }
      if narrow >= 0 { ids.append(narrow) }
    }
    return ids
  }

  func activation(_ key: String, default fallback: TransformerConfig.MLPActivation)
    throws(DataError) -> TransformerConfig.MLPActivation
  {
    guard let name = try text(key) else { return fallback }
    guard let activation = TransformerConfig.MLPActivation(named: name) else {
      throw error(key, "activation '\(name)' is not supported")
    }
    return activation
  }

  /// `rope_parameters` of transformers 5, or `rope_theta` and `rope_scaling` of 4.
  func rotary() throws(DataError) -> RotaryScaling {
    let key = value("rope_parameters") != nil ? "rope_parameters" : "rope_scaling"
    let inner = ConfigFields(node: value(key) ?? ConfigNode(.table([])), file: file)
    let outerTheta = try positive("rope_theta") ?? 10_000
    let theta = try inner.positive("rope_theta") ?? outerTheta
    let oldKind = try inner.text("type") ?? "default"
    let kind = try inner.text("rope_type") ?? oldKind
    func needed(_ name: String) throws(DataError) -> Double {
      guard let number = try inner.positive(name) else { throw error(key, "\(name) is missing") }
      return number
    }
    if let share = try inner.positive("partial_rotary_factor"), share != 1 {
      throw error(key, "partial_rotary_factor \(share) is not supported")
    }
    switch kind {
    case "default": return RotaryScaling(theta: theta)
    case "linear":
      return RotaryScaling(theta: theta, stretch: .linear(factor: try needed("factor")))
    case "llama3":
      return RotaryScaling(
        theta: theta,
        stretch: .llama3(
          factor: try needed("factor"), low: try needed("low_freq_factor"),
          high: try needed("high_freq_factor"),
          originalPositions: try needed("original_max_position_embeddings")))
    default:
      throw error(key, "rope type '\(kind)' is not supported; default, linear and llama3 are")
    }
  }
}
