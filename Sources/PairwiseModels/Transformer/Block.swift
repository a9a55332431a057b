internal import PairwiseAutodiff
internal import PairwiseNN

/// One layer of a transformer: attention and a feed-forward part, each added to the residual stream.
struct Block: Sendable {
  let config: TransformerConfig
  let attentionNorm: Norm
  let qkv: Projection
  let output: Projection
  let mlpNorm: Norm
  /// Gate and up side by side where the feed-forward part is gated.
  let mlpIn: Projection
  let mlpOut: Projection

  /// What a block needs to know of its rows.
  struct Rows {
    let layout: TokenLayout
    let positions: [Int32]
    /// Of rotary positions; empty with learned ones.
    let frequencies: [Float]
    let adapted: Bool
    /// Called with the turned queries, keys and values of each block.
    var observe: ((Variable) -> Void)?
    /// Called with what is active inside each block, `[T, N]`.
    var observeActivity: ((ActivationMask.Kind, Variable) -> Void)?
  }

  /// `[T, D]` → `[T, D]`.
  func callAsFunction(_ x: Variable, _ rows: Rows, _ weights: Weights) -> Variable {
    config.isCausal ? preNorm(x, rows, weights) : postNorm(x, rows, weights)
  }

  /// Decoders: norms stand before each part.
  private func preNorm(_ x: Variable, _ rows: Rows, _ weights: Weights) -> Variable {
    let heads = qkv(
      x, weights, transform: attentionNorm.transform(weights), adapted: rows.adapted)
    let attended = attention(heads, rows)
    let middle = output(attended, weights, residual: x, adapted: rows.adapted)
    let hidden = mlpIn(
      middle, weights, transform: mlpNorm.transform(weights), adapted: rows.adapted)
    let y = mlpOut(
      hidden, weights, transform: activation, residual: middle, adapted: rows.adapted)
    if let observe = rows.observeActivity { show(heads, hidden, y, to: observe) }
    return y
  }

  /// Shows queries, keys and values, the activated feed-forward part and the block's output.
  private func show(
    _ heads: Variable, _ hidden: Variable, _ output: Variable,
    to observe: (ActivationMask.Kind, Variable) -> Void
  ) {
    var start = 0
    for width in [config.queryWidth, config.keyWidth, config.keyWidth] {
      observe(.attention, heads.sliced(axis: 1, start..<start + width))
      start += width
    }
    observe(.feedForward, activated(hidden))
    observe(.residual, output)
  }

  /// What the second projection of the feed-forward part reads.
  private func activated(_ hidden: Variable) -> Variable {
    switch activation {
    case .swiGLU:
      let width = config.mlpSize
      return hidden.sliced(axis: 1, 0..<width).silu() * hidden.sliced(axis: 1, width..<2 * width)
    case .silu: return hidden.silu()
    case .gelu: return hidden.gelu()
    case .geluTanh: return hidden.geluTanh()
    case .relu: return hidden.relu()
    case .tanh: return hidden.tanh()
    case .none, .rmsNorm, .layerNorm: return hidden
    }
  }

  /// BERT: norms stand after each sum.
  private func postNorm(_ x: Variable, _ rows: Rows, _ weights: Weights) -> Variable {
    let attended = attention(qkv(x, weights, adapted: rows.adapted), rows)
    let middle = attentionNorm(
      output(attended, weights, residual: x, adapted: rows.adapted), weights)
    let hidden = mlpIn(middle, weights, adapted: rows.adapted)
    return mlpNorm(
      mlpOut(hidden, weights, transform: activation, residual: middle, adapted: rows.adapted),
      weights)
  }

  private func attention(_ qkv: Variable, _ rows: Rows) -> Variable {
    let turned = turned(qkv, rows.positions, rows.frequencies)
    rows.observe?(turned)
    return turned.attention(
      heads: config.heads, keyHeads: config.keyHeads, headSize: config.headSize,
      layout: rows.layout, causal: config.isCausal)
  }

  /// Queries and keys turned by their positions, where positions are rotary.
  func turned(_ qkv: Variable, _ positions: [Int32], _ frequencies: [Float]) -> Variable {
    if frequencies.isEmpty { return qkv }
    return qkv.rotary(
      heads: config.heads + config.keyHeads, headSize: config.headSize, positions: positions,
      frequencies: frequencies)
  }

  private var activation: InputTransform {
    if config.isGated { return .swiGLU }
    switch config.activation {
    case .silu: return .silu
    case .gelu: return .gelu
    case .geluTanh: return .geluTanh
    case .relu: return .relu
    case .tanh: return .tanh
    }
  }

  /// Bytes that one row keeps for the backward pass, besides its residual stream.
  static func bytesPerRow(_ config: TransformerConfig) -> Int {
    let c = config
    let mlp = c.isGated ? 2 * c.mlpSize : c.mlpSize
    let norms = c.isCausal ? 0 : 2 * c.hiddenSize
    return 4
      * (c.queryWidth + 2 * c.keyWidth + c.queryWidth + c.hiddenSize + mlp + norms + c.heads + 2)
  }
}

extension Block {
  /// The block number `index`, under the names of its family.
  init(
    _ config: TransformerConfig, _ index: Int, _ projections: inout ProjectionBuilder,
    _ builder: inout ParameterBuilder
  ) {
    let names = BlockNames(config.family, index)
    let (d, f) = (config.hiddenSize, config.mlpSize)
    // Residual branches start smaller, so that their sum over the layers starts at the size of one.
    let small = 0.02 / Float(2 * config.layers).squareRoot()
    let isFrozen = projections.lora != nil
    func norm(_ name: String, _ builder: inout ParameterBuilder) -> Norm {
      builder.freezing(isFrozen) { builder in
        Norm(
          "\(names.block).\(name)", size: d, hasBias: !config.isGated, epsilon: config.normEpsilon,
          &builder)
      }
    }
    self.config = config
    attentionNorm = norm(names.attentionNorm, &builder)
    qkv = projections.build(
      names.block,
      names.qkv.count == 1
        ? [(names.qkv[0], config.queryWidth + 2 * config.keyWidth)]
        : [
          (names.qkv[0], config.queryWidth), (names.qkv[1], config.keyWidth),
          (names.qkv[2], config.keyWidth),
        ], inputs: d, bias: config.hasQKVBias, isTransposedInFiles: names.isTransposed, &builder)
    output = projections.build(
      names.block, [(names.output, d)], inputs: config.queryWidth, bias: config.hasOutputBias,
      isTransposedInFiles: names.isTransposed, deviation: small, &builder)
    mlpNorm = norm(names.mlpNorm, &builder)
    mlpIn = projections.build(
      names.block, names.mlpIn.map { ($0, f) }, inputs: d, bias: config.hasMLPBias,
      isTransposedInFiles: names.isTransposed, &builder)
    mlpOut = projections.build(
      names.block, [(names.mlpOut, d)], inputs: f, bias: config.hasMLPBias,
      isTransposedInFiles: names.isTransposed, deviation: small, &builder)
  }
}

/// Where a family keeps the parts of a block.
struct BlockNames {
  let block: String
  let attentionNorm: String
  /// Queries, keys and values: three layers, or one that holds all.
  let qkv: [String]
  let output: String
  let mlpNorm: String
  let mlpIn: [String]
  let mlpOut: String
  /// Whether linear weights are `[in, out]` in files.
  let isTransposed: Bool

  init(_ family: TransformerConfig.Family, _ index: Int) {
    switch family {
    case .llama, .qwen2:
      block = "model.layers.\(index)"
      attentionNorm = "input_layernorm"
      qkv = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]
      output = "self_attn.o_proj"
      mlpNorm = "post_attention_layernorm"
      mlpIn = ["mlp.gate_proj", "mlp.up_proj"]
      mlpOut = "mlp.down_proj"
      isTransposed = false
    case .gpt2:
      block = "transformer.h.\(index)"
      attentionNorm = "ln_1"
      qkv = ["attn.c_attn"]
      output = "attn.c_proj"
      mlpNorm = "ln_2"
      mlpIn = ["mlp.c_fc"]
      mlpOut = "mlp.c_proj"
      isTransposed = true
    case .bert:
      block = "encoder.layer.\(index)"
      attentionNorm = "attention.output.LayerNorm"
      qkv = ["attention.self.query", "attention.self.key", "attention.self.value"]
      output = "attention.output.dense"
      mlpNorm = "output.LayerNorm"
      mlpIn = ["intermediate.dense"]
      mlpOut = "output.dense"
      isTransposed = false
    }
  }
}
