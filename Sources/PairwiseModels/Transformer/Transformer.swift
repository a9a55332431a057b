public import PairwiseAutodiff
public import PairwiseNN
internal import PairwiseTensor

/// The rows a transformer computes: token ids, sequence after sequence.
public struct TokenRows: Sendable {
  /// `[T]`
  public var ids: [Int32]
  public var layout: TokenLayout

  public init(ids: [Int32], layout: TokenLayout) {
    precondition(
      ids.count == layout.tokens, "token rows: \(ids.count) ids for \(layout.tokens) rows")
    self.ids = ids
    self.layout = layout
  }
}

/// A stack of transformer blocks with its embeddings: Llama, Qwen2, GPT-2 or BERT.
public struct Transformer: Sendable {
  public let config: TransformerConfig
  /// `[V, D]`
  public let embedding: Parameter
  /// `[positions, D]`, where positions are learned.
  let positionTable: Parameter?
  /// `[types, D]`, BERT's.
  let typeTable: Parameter?
  let embeddingNorm: Norm?
  let blocks: [Block]
  let finalNorm: Norm?
  /// Paths of the linear layers that got an adapter.
  public let adaptedLayers: [String]

  /// Registers all parameters; with `lora` they are frozen, but for the adapters.
  public init(
    _ config: TransformerConfig, lora: LoRAOptions? = nil, _ builder: inout ParameterBuilder
  ) {
    self.config = config
    let isFrozen = lora != nil
    let d = config.hiddenSize
    func table(_ name: String, _ rows: Int, _ builder: inout ParameterBuilder) -> Parameter {
      builder.freezing(isFrozen) { $0.add(name, [rows, d], .normal(standardDeviation: 0.02)) }
    }
    let names = TransformerNames(config.family)
    embedding = table(names.embedding, config.vocabularySize, &builder)
    positionTable = names.positions.map { table($0, config.maxPositions, &builder) }
    typeTable = names.types.map { table($0, config.tokenTypes, &builder) }
    func norm(_ name: String, _ builder: inout ParameterBuilder) -> Norm {
      builder.freezing(isFrozen) { builder in
        Norm(name, size: d, hasBias: !config.isGated, epsilon: config.normEpsilon, &builder)
      }
    }
    embeddingNorm = names.embeddingNorm.map { norm($0, &builder) }
    var projections = ProjectionBuilder(lora)
    var blocks: [Block] = []
    for index in 0..<config.layers {
      blocks.append(Block(config, index, &projections, &builder))
    }
    self.blocks = blocks
    finalNorm = names.finalNorm.map { norm($0, &builder) }
    adaptedLayers = projections.adapted
  }

  /// Hidden states `[T, D]` before the final norm; of encoders the last hidden states.
  ///
  /// Traps if an id or a position is beyond its table: readers check both.
  public func callAsFunction(_ rows: TokenRows, _ weights: Weights, _ pass: ForwardPass) -> Variable
  {
    let block = Block.Rows(
      layout: rows.layout, positions: rows.layout.positions, frequencies: frequencies,
      adapted: pass.adapted)
    var x = embedded(rows.ids, block.positions, weights)
    let kept = keptBlocks(rows: rows.ids.count, pass)
    for (index, layer) in blocks.enumerated() {
      // Early layers are computed again: in the backward pass the late ones have been freed by then.
      if index < blocks.count - kept {
        // Beside a frozen embedding the input is a constant, but adapters inside are not.
        x = x.recomputing(on: weights.tape) { x, tape in layer(x, block, weights.on(tape)) }
      } else {
        x = layer(x, block, weights)
      }
    }
    return x
  }

  /// Hidden states `[T, D]` without gradients; `observe` sees the number of each block and its queries,
  /// keys and values `[T, q + 2·kv]` as attention sees them.
  func hidden(_ rows: TokenRows, _ weights: Weights, observe: @escaping (Int, Variable) -> Void)
    -> Variable
  {
    var block = Block.Rows(
      layout: rows.layout, positions: rows.layout.positions, frequencies: frequencies,
      adapted: true)
    var x = embedded(rows.ids, block.positions, weights)
    for (index, layer) in blocks.enumerated() {
      block.observe = { observe(index, $0) }
      x = layer(x, block, weights)
    }
    return x
  }

  /// Inverse frequencies of rotary positions; empty with learned ones.
  var frequencies: [Float] { config.rotary?.frequencies(headSize: config.headSize) ?? [] }

  /// The norm after the last block, of any rows `[R, D]`; encoders have none.
  public func normalized(_ hidden: Variable, _ weights: Weights) -> Variable {
    finalNorm.map { $0(hidden, weights) } ?? hidden
  }

  func embedded(_ ids: [Int32], _ positions: [Int32], _ weights: Weights) -> Variable {
    var x = weights[embedding].rows(ids)
    if let typeTable {
      x = x + weights[typeTable].rows([Int32](repeating: 0, count: ids.count))
    }
    if let positionTable { x = x + weights[positionTable].rows(positions) }
    return embeddingNorm.map { $0(x, weights) } ?? x
  }

  /// How many blocks keep their activations within the budget.
  func keptBlocks(rows: Int, _ pass: ForwardPass) -> Int {
    let stream = 4 * config.hiddenSize * rows
    let whole = max(1, Block.bytesPerRow(config) * rows)
    // Every block keeps its input; one block's activations are needed in any case.
    let free = pass.activationBudget - stream * blocks.count
    return min(blocks.count, max(0, free / whole))
  }

  /// Bytes of activations a pass over `rows` rows keeps at most.
  public func activationBytes(rows: Int, _ pass: ForwardPass) -> Int {
    let whole = Block.bytesPerRow(config) * rows
    return 4 * config.hiddenSize * rows * (blocks.count + 2)
      + max(1, keptBlocks(rows: rows, pass)) * whole
  }
}

/// Where a family keeps its tables and outer norms.
private struct TransformerNames {
  let embedding: String
  let positions: String?
  let types: String?
  let embeddingNorm: String?
  let finalNorm: String?

  init(_ family: TransformerConfig.Family) {
    switch family {
    case .llama, .qwen2:
      (embedding, positions, types) = ("model.embed_tokens.weight", nil, nil)
      (embeddingNorm, finalNorm) = (nil, "model.norm")
    case .gpt2:
      (embedding, positions, types) = ("transformer.wte.weight", "transformer.wpe.weight", nil)
      (embeddingNorm, finalNorm) = (nil, "transformer.ln_f")
    case .bert:
      embedding = "embeddings.word_embeddings.weight"
      positions = "embeddings.position_embeddings.weight"
      types = "embeddings.token_type_embeddings.weight"
      (embeddingNorm, finalNorm) = ("embeddings.LayerNorm", nil)
    }
  }
}

extension Transformer {
  /// Where a family keeps its token table.
  static func tableName(_ family: TransformerConfig.Family) -> String {
    TransformerNames(family).embedding
  }
}
