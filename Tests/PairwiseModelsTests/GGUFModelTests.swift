import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import PairwiseTestSupport
import Testing

/// GGUF files made from Hugging Face checkpoints by the rules of llama.cpp's converter
/// (`convert_hf_to_gguf.py`) come back as what they were made from.
struct GGUFModelTests {
  private let folder = TemporaryFolder()

  // MARK: The converter

  /// A name in Hugging Face's checkpoints under its GGUF name.
  private static func ggufName(_ name: String) -> String {
    let outside = [
      "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
      "lm_head.weight": "output.weight", "transformer.wte.weight": "token_embd.weight",
      "transformer.wpe.weight": "position_embd.weight",
      "transformer.ln_f.weight": "output_norm.weight", "transformer.ln_f.bias": "output_norm.bias",
    ]
    if let found = outside[name] { return found }
    let inside = [
      "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
      "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
      "mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm",
      "post_attention_layernorm": "ffn_norm", "ln_1": "attn_norm", "ln_2": "ffn_norm",
      "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "mlp.c_fc": "ffn_up",
      "mlp.c_proj": "ffn_down",
    ]
    let parts = name.split(separator: ".")
    let middle = parts[3..<parts.count - 1].joined(separator: ".")
    return "blk.\(parts[2]).\(inside[middle] ?? middle).\(parts[parts.count - 1])"
  }

  /// `reshape(heads, 2, rows / heads / 2, …).swapaxes(1, 2)`
  private static func permuted(_ tensor: Tensor, heads: Int) -> Tensor {
    let rows = tensor.shape[0]
    let (half, length) = (rows / heads / 2, tensor.count / rows)
    let source = tensor.array
    var result: [Float] = []
    for head in 0..<heads {
      for i in 0..<half {
        for side in 0..<2 {
          let row = (head * 2 + side) * half + i
          result += source[row * length..<(row + 1) * length]
        }
      }
    }
    return Tensor(tensor.shape, result)
  }

  private static func transposed(_ tensor: Tensor) -> Tensor {
    let (rows, columns) = (tensor.shape[0], tensor.shape[1])
    let values = tensor.array
    return Tensor(
      [columns, rows],
      (0..<columns).flatMap { j in (0..<rows).map { values[$0 * columns + j] } })
  }

  private static func integer(_ config: ConfigNode, _ key: String) -> Int {
    if case .int(let value)? = config[key]?.value { value } else { 0 }
  }

  private static func converted(_ model: PretrainedModel) throws -> GGUFBuilder {
    var builder = GGUFBuilder()
    let (config, type) = (model.config, model.modelType)
    let isGPT2 = type == "gpt2"
    func size(_ llama: String, _ gpt2: String) -> Int { integer(config, isGPT2 ? gpt2 : llama) }
    let heads = size("num_attention_heads", "n_head")
    let keyHeads = isGPT2 ? heads : integer(config, "num_key_value_heads")
    let hidden = size("hidden_size", "n_embd")
    builder.set("general.architecture", type)
    builder.set("\(type).block_count", size("num_hidden_layers", "n_layer"))
    builder.set("\(type).context_length", size("max_position_embeddings", "n_positions"))
    builder.set("\(type).embedding_length", hidden)
    builder.set(
      "\(type).feed_forward_length", isGPT2 ? 4 * hidden : integer(config, "intermediate_size"))
    builder.set("\(type).attention.head_count", heads)
    if isGPT2 {
      builder.set("gpt2.attention.layer_norm_epsilon", 1e-5 as Float)
    } else {
      builder.set("\(type).attention.head_count_kv", keyHeads)
      let epsilon = try Float.read(try #require(config["rms_norm_eps"]))
      builder.set("\(type).attention.layer_norm_rms_epsilon", epsilon)
      let base = config["rope_theta"] ?? config["rope_parameters"]?["rope_theta"]
      builder.set("\(type).rope.freq_base", try Float.read(try #require(base)))
      if config["head_dim"] != nil {
        builder.set("\(type).attention.key_length", integer(config, "head_dim"))
        builder.set("\(type).attention.value_length", integer(config, "head_dim"))
      }
    }
    for (key, name) in [("bos", "bos"), ("eos", "eos"), ("pad", "padding")]
    where config["\(key)_token_id"].map({ $0.value != .null }) ?? false {
      builder.set("tokenizer.ggml.\(name)_token_id", integer(config, "\(key)_token_id"))
    }
    for name in model.weights.names {
      var tensor = try model.weights.tensor(name)
      if type == "llama", name.contains("q_proj") { tensor = permuted(tensor, heads: heads) }
      if type == "llama", name.contains("k_proj") { tensor = permuted(tensor, heads: keyHeads) }
      let isTurned = isGPT2 && tensor.shape.rank == 2 && name.contains(".h.")
      builder.add(ggufName(name), isTurned ? transposed(tensor) : tensor)
    }
    return builder
  }

  // MARK: Tests

  @Test(
    .enabled(if: SharedFiles.fixtures != nil, "no reference files"),
    arguments: ["llama_gqa_tied", "llama_untied", "qwen2", "gpt2"])
  func comesBack(_ name: String) throws {
    let original = try PretrainedModel.open(try #require(SharedFiles.fixtures) + "/models/" + name)
    let path = folder.file("model.gguf")
    try FileAccess.write(try GGUFModelTests.converted(original).bytes, to: path)
    // By the file and by its folder.
    for path in [path, folder.path] {
      let model = try PretrainedModel.open(path)
      #expect(model.format == .gguf)
      #expect(model.weights.names.sorted() == original.weights.names.sorted())
      for name in original.weights.names {
        #expect(try model.weights.tensor(name) == original.weights.tensor(name), "\(name)")
      }
      try check(model.config, against: original.config)
    }
  }

  private func check(_ config: ConfigNode, against original: ConfigNode) throws {
    guard case .table(let entries) = original.value else { return }
    // What a GGUF does not tell, or what is said in another way: rotary parameters are checked below.
    let unsaid: Set<String> = [
      "rope_parameters", "head_dim", "dtype", "transformers_version", "use_cache",
      "initializer_range", "attention_dropout", "pretraining_tp", "max_window_layers",
      "sliding_window", "use_sliding_window", "add_cross_attention", "attn_pdrop", "embd_pdrop",
      "resid_pdrop", "reorder_and_upcast_attn", "scale_attn_by_inverse_layer_idx",
      "scale_attn_weights", "summary_activation", "summary_first_dropout",
      "summary_proj_to_labels", "summary_type", "summary_use_proj",
    ]
    for entry in entries where !unsaid.contains(entry.key) {
      let want = entry.value.value
      let got = config[entry.key]?.value ?? .null
      // 1e-05 and 10000.0 may be written as integers or not.
      if let a = try? Double.read(ConfigNode(want)), let b = try? Double.read(ConfigNode(got)) {
        #expect(a == b, "\(entry.key)")
      } else {
        #expect(got == want.withoutPlaces, "\(entry.key)")
      }
    }
    if let theta = original["rope_parameters"]?["rope_theta"] {
      #expect(try Double.read(try #require(config["rope_theta"])) == Double.read(theta))
      #expect(config["rope_scaling"]?.value == .null)
    }
    let width = try config["head_dim"].map { try Int.read($0) }
    let expected = try original["head_dim"].map { try Int.read($0) }
    if let width { #expect(width == expected) }
  }

  /// Factors as Llama 3.1 8B's and 3.2 1B's converters compute them: base 500000, original context 8192.
  @Test(arguments: [(8.0, 128), (32.0, 64)]) func llama3Scaling(factor: Double, width: Int) throws {
    var builder = try llama(width: width)
    builder.set("llama.rope.freq_base", 500_000 as Float)
    let factors = (0..<width / 2).map { i -> Float in
      var power = 1.0
      let root = nthRoot(500_000, width)
      for _ in 0..<2 * i { power *= root }
      let wavelength = 2 * Double.pi * power
      if wavelength < 8192 / 4 { return 1 }
      if wavelength > 8192 / 1 { return Float(factor) }
      let smooth = (8192 / wavelength - 1) / (4 - 1)
      return Float(1 / ((1 - smooth) / factor + smooth))
    }
    builder.add("rope_freqs.weight", Tensor(factors))
    let path = folder.file("x.gguf")
    try FileAccess.write(builder.bytes, to: path)
    let model = try PretrainedModel.open(path)
    let scaling = try #require(model.config["rope_scaling"])
    #expect(scaling["rope_type"]?.value == .string("llama3"))
    #expect(scaling["factor"]?.value == .number(factor))
    #expect(scaling["original_max_position_embeddings"]?.value == .int(8192))
    #expect(!model.weights.names.contains("rope_freqs.weight"))
    // Another rule than Llama 3's is refused.
    builder.entries[builder.entries.count - 1].bytes = GGUFBuilder.floats(factors.map { $0 * 1.01 })
    try FileAccess.write(builder.bytes, to: path)
    #expect(throws: DataError.self) { try PretrainedModel.open(path) }
  }

  private func nthRoot(_ x: Double, _ n: Int) -> Double {
    var (low, high) = (1.0, x)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      var power = 1.0
      for _ in 0..<n { power *= middle }
      if power < x { low = middle } else { high = middle }
    }
    return low
  }

  private func llama(width: Int) throws -> GGUFBuilder {
    var builder = GGUFBuilder()
    builder.set("general.architecture", "llama")
    for (key, value) in [
      ("block_count", 1), ("context_length", 131_072), ("embedding_length", width),
      ("feed_forward_length", 8), ("attention.head_count", 1), ("rope.dimension_count", width),
    ] { builder.set("llama.\(key)", value) }
    builder.set("llama.attention.layer_norm_rms_epsilon", 1e-5 as Float)
    builder.add("token_embd.weight", .zeros([3, width]))
    return builder
  }

  private func message(_ change: (inout GGUFBuilder) -> Void) throws -> String {
    var builder = try llama(width: 4)
    change(&builder)
    let path = folder.file("x.gguf")
    try FileAccess.write(builder.bytes, to: path)
    do throws(DataError) {
      _ = try PretrainedModel.open(path)
      return "accepted"
    } catch {
      return (error.place.map { $0 + ": " } ?? "") + error.message
    }
  }

  @Test func metadataAreChecked() throws {
    func without(_ key: String) throws -> String {
      try message { $0.metadata.removeAll { $0.key == key } }
    }
    func with(_ key: String, _ value: Int) throws -> String {
      try message { builder in
        builder.metadata.removeAll { $0.key == key }
        builder.set(key, value)
      }
    }
    #expect(try message { _ in } == "accepted")
    #expect(
      try without("general.architecture")
        == "general.architecture: '' is not supported, expected one of llama, qwen2, gpt2")
    #expect(try without("llama.block_count") == "metadata 'llama.block_count' is missing")
    #expect(
      try without("llama.attention.layer_norm_rms_epsilon")
        == "metadata 'llama.attention.layer_norm_rms_epsilon' is missing")
    #expect(
      try with("llama.block_count", 0)
        == "metadata 'llama.block_count': expected a whole number from 1 to 2147483647")
    #expect(
      try with("llama.attention.head_count", 3)
        == "metadata 'llama.attention.head_count': 3 does not divide the width 4")
    #expect(
      try with("llama.attention.head_count_kv", 3)
        == "metadata 'llama.attention.head_count_kv': 3 does not divide the 1 heads")
    #expect(
      try with("llama.rope.dimension_count", 2)
        == "metadata 'llama.rope.dimension_count': expected 4, all of a head, found 2")
    #expect(try with("llama.expert_count", 8) == "metadata 'llama.expert_count': is not supported")
    #expect(
      try message { $0.entries[0].extents = [3, 4] }
        == "tensor 'token_embd.weight': expected rows of 4, found shape [4, 3]")
    #expect(
      try message { $0.set("llama.rope.scaling.type", "yarn") }
        == "metadata 'llama.rope.scaling.type': 'yarn' is not supported, expected none or linear")
    #expect(
      try message { $0.add("blk.0.attn_q.weight", .zeros([3, 4])) }
        == "tensor 'blk.0.attn_q.weight': expected an even number of rows for each of 1 heads, "
        + "found shape [3, 4]")
    #expect(
      try with("tokenizer.ggml.eos_token_id", 4_294_967_295)
        == "metadata 'tokenizer.ggml.eos_token_id': expected the number of a token")
  }

  @Test func vocabulariesAreChecked() throws {
    func with(_ change: (inout GGUFBuilder) -> Void) throws -> String {
      try message { builder in
        builder.set("tokenizer.ggml.model", "gpt2")
        change(&builder)
      }
    }
    func good(_ builder: inout GGUFBuilder) {
      builder.set("tokenizer.ggml.tokens", ["a", "b", "ab"])
      builder.set("tokenizer.ggml.merges", ["a b"])
    }
    #expect(try with(good) == "accepted")
    #expect(
      try with { builder in
        good(&builder)
        builder.set("tokenizer.ggml.eos_token_id", 3)
      }
        == "metadata 'tokenizer.ggml.eos_token_id': expected the number of one of 3 tokens")
    #expect(
      try with { $0.set("tokenizer.ggml.tokens", 1) }
        == "metadata 'tokenizer.ggml.tokens': expected a list of texts")
    #expect(
      try with { builder in
        good(&builder)
        builder.set("tokenizer.ggml.token_type", ["a", "b", "c"])
      }
        == "metadata 'tokenizer.ggml.token_type': expected a whole number for each of 3 tokens")
    #expect(try message { $0.set("tokenizer.ggml.model", "none") } == "accepted")
    #expect(try message { $0.set("tokenizer.ggml.model", "llama") } != "accepted")
  }

  /// Names that the family does not have stay visible, for the model to complain about.
  @Test func unknownTensorsStay() throws {
    var builder = try llama(width: 4)
    builder.add("blk.0.attn_q_norm.weight", Tensor([1]))
    builder.add("odd", Tensor([1]))
    let path = folder.file("x.gguf")
    try FileAccess.write(builder.bytes, to: path)
    #expect(
      try PretrainedModel.open(path).weights.names
        == ["model.embed_tokens.weight", "blk.0.attn_q_norm.weight", "odd"])
  }
}

extension ConfigNode.Value {
  /// The value as a program makes it, for comparing.
  fileprivate var withoutPlaces: ConfigNode.Value {
    switch self {
    case .list(let items): .list(items.map { ConfigNode($0.value.withoutPlaces) })
    default: self
    }
  }
}
