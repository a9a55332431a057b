internal import PairwiseConfig
internal import PairwiseData

/// The model families whose GGUF files can be read as the Hugging Face model they were made from.
enum GGUFArchitecture: String, CaseIterable {
  case llama
  case qwen2
  case gpt2

  /// The name of a tensor in Hugging Face's checkpoints; nil for one this family does not have, which
  /// keeps its name, so that whoever builds the model can complain about it.
  func name(of tensor: String) -> String? {
    if let name = outside[tensor] { return name }
    let parts = tensor.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] == "blk", Int(parts[1]) != nil, let layer = inside[parts[2]],
      parts[3] == "weight" || parts[3] == "bias"
    else { return nil }
    let layers = self == .gpt2 ? "transformer.h" : "model.layers"
    return "\(layers).\(parts[1]).\(layer).\(parts[3])"
  }

  /// How the tensor is laid out differently in Hugging Face's checkpoints.
  func layout(of tensor: String, heads: Int, keyHeads: Int) -> RenamedWeights.Layout {
    let parts = tensor.split(separator: ".")
    guard parts.count == 4, parts[0] == "blk" else { return .asStored }
    switch (self, parts[2], parts[3]) {
    case (.llama, "attn_q", _): return .pairsToHalves(heads: heads)
    case (.llama, "attn_k", _): return .pairsToHalves(heads: keyHeads)
    case (.gpt2, "attn_qkv", "weight"), (.gpt2, "attn_output", "weight"),
      (.gpt2, "ffn_up", "weight"), (.gpt2, "ffn_down", "weight"):
      return .transposed
    default: return .asStored
    }
  }

  /// Tensors that belong to no layer.
  private var outside: [String: String] {
    switch self {
    case .llama, .qwen2:
      [
        "token_embd.weight": "model.embed_tokens.weight", "output_norm.weight": "model.norm.weight",
        "output.weight": "lm_head.weight",
      ]
    case .gpt2:
      [
        "token_embd.weight": "transformer.wte.weight",
        "position_embd.weight": "transformer.wpe.weight",
        "output_norm.weight": "transformer.ln_f.weight",
        "output_norm.bias": "transformer.ln_f.bias",
        "output.weight": "lm_head.weight",
      ]
    }
  }

  /// Parts of a layer.
  private var inside: [String: String] {
    switch self {
    case .llama, .qwen2:
      [
        "attn_norm": "input_layernorm", "attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj",
        "attn_v": "self_attn.v_proj", "attn_output": "self_attn.o_proj",
        "ffn_norm": "post_attention_layernorm", "ffn_gate": "mlp.gate_proj",
        "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
      ]
    case .gpt2:
      [
        "attn_norm": "ln_1", "attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj",
        "ffn_norm": "ln_2", "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj",
      ]
    }
  }
}
