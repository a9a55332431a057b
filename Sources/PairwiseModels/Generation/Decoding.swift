internal import PairwiseAutodiff
internal import PairwiseNN
internal import PairwiseTensor

/// Forward passes that keep keys and values, without gradients: prompts at once, then token by token.
struct Decoding {
  private let model: CausalLM
  private let weights: Weights
  private var cache: KeyValueCache

  init(_ model: CausalLM, sequences: Int, capacity: Int) {
    self.model = model
    weights = Weights(model.store)
    cache = KeyValueCache(model.config, sequences: sequences, capacity: capacity)
  }

  /// Reads whole prompts, each of at least one token. Returns logits `[sequences, V]` after their last
  /// tokens.
  mutating func prefill(_ prompts: [[Int32]]) -> Tensor {
    let layout = TokenLayout(prompts.map { ($0.count, nil) })
    let rows = TokenRows(ids: prompts.flatMap { $0 }, layout: layout)
    var stored: [Tensor] = []
    let hidden = model.transformer.hidden(rows, weights) { stored.append($0.value) }
    let counts = prompts.map(\.count)
    for (block, qkv) in stored.enumerated() { cache.store(qkv, block: block, counts: counts) }
    cache.advance(counts)
    return logits(hidden.rows(layout.segments.map { Int32($0.start + $0.count - 1) }))
  }

  /// Reads one more token of every sequence. Returns logits `[sequences, V]`.
  mutating func step(_ tokens: [Int32]) -> Tensor {
    let transformer = model.transformer
    let ones = [Int](repeating: 1, count: tokens.count)
    let positions = cache.lengths.map { Int32($0) }
    var x = transformer.embedded(tokens, positions, weights)
    for (index, block) in transformer.blocks.enumerated() {
      x = block.decode(x, positions, transformer.frequencies, weights) { qkv in
        cache.store(qkv.value, block: index, counts: ones)
        return Variable(constant: cache.attend(qkv.value, block: index))
      }
    }
    cache.advance(ones)
    return logits(x)
  }

  private func logits(_ hidden: Variable) -> Tensor {
    Matmul.dots(
      model.transformer.normalized(hidden, weights).value, weights[model.head].value)
  }
}

extension Block {
  /// One new row a sequence `[S, D]` → `[S, D]`, with attention from outside.
  fileprivate func decode(
    _ x: Variable, _ positions: [Int32], _ frequencies: [Float], _ weights: Weights,
    attend: (Variable) -> Variable
  ) -> Variable {
    let qkv = turned(
      self.qkv.decode(attentionNorm(x, weights), weights), positions, frequencies)
    let middle = x + output.decode(attend(qkv), weights)
    let hidden = mlpIn.decode(mlpNorm(middle, weights), weights)
    return middle + mlpOut.decode(activated(hidden), weights)
  }

  private func activated(_ x: Variable) -> Variable {
    if config.isGated {
      let width = config.mlpSize
      return x.sliced(axis: 1, 0..<width).silu() * x.sliced(axis: 1, width..<2 * width)
    }
    switch config.activation {
    case .silu: return x.silu()
    case .gelu: return x.gelu()
    case .geluTanh: return x.geluTanh()
    case .relu: return x.relu()
    case .tanh: return x.tanh()
    }
  }
}

extension Projection {
  /// The same as the product in training, for few rows: nothing is turned around first.
  fileprivate func decode(_ x: Variable, _ weights: Weights) -> Variable {
    var y = Variable(constant: Matmul.dots(x.value, weights.stacked(self.weights).value))
    if !biases.isEmpty { y = y.adding(bias: weights.stacked(biases)) }
    for update in updates {
      let inner = Matmul.dots(x.value, weights[update.a].value)
      let outer = Variable(constant: Matmul.dots(inner, weights[update.b].value))
      y = y.adding(update.scale * outer, toColumns: update.columns)
    }
    return y
  }
}

extension Variable {
  /// Adds `[S, columns]` to some columns of `[S, N]`.
  fileprivate func adding(_ other: Variable, toColumns columns: Range<Int>) -> Variable {
    let parts = [
      sliced(axis: 1, 0..<columns.lowerBound), sliced(axis: 1, columns) + other,
      sliced(axis: 1, columns.upperBound..<shape[1]),
    ]
    return Variable.concatenated(parts.filter { $0.shape[1] > 0 }, axis: 1)
  }
}
