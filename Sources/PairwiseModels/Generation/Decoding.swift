internal import PairwiseAutodiff
internal import PairwiseNN
internal import PairwiseTensor

/// Forward passes that keep keys and values, without gradients: prompts at once, then token by token.
/// What a sequence gets depends on its own tokens alone.
struct Decoding {
  private let model: CausalLM
  private let weights: Weights

  init(_ model: CausalLM) {
    self.model = model
    weights = Weights(model.store)
  }

  /// Reads whole prompts, each of at least one token, into empty caches. Returns logits `[S, V]` after
  /// their last tokens.
  func prefill(_ prompts: [[Int32]], _ caches: [KeyValueCache]) -> Tensor {
    let layout = TokenLayout(prompts.map { ($0.count, nil) })
    let rows = TokenRows(ids: prompts.flatMap { $0 }, layout: layout)
    let hidden = model.transformer.hidden(rows, weights) { block, qkv in
      for (cache, segment) in zip(caches, layout.segments) {
        cache.store(qkv.value, rows: segment.start..<segment.start + segment.count, block: block)
      }
    }
    for (cache, prompt) in zip(caches, prompts) { cache.advance(prompt.count) }
    return logits(hidden.rows(layout.segments.map { Int32($0.start + $0.count - 1) }))
  }

  /// Reads one more token of every sequence. Returns logits `[S, V]`.
  func step(_ tokens: [Int32], _ caches: [KeyValueCache]) -> Tensor {
    let transformer = model.transformer
    let frequencies = transformer.frequencies
    let positions = caches.map { Int32($0.length) }
    var x = transformer.embedded(tokens, positions, weights)
    for (index, block) in transformer.blocks.enumerated() {
      x = block.decode(x, positions, frequencies, weights) { qkv in
        for (row, cache) in caches.enumerated() {
          cache.store(qkv.value, rows: row..<row + 1, block: index)
        }
        return Variable(constant: KeyValueCache.attend(qkv.value, caches, block: index))
      }
    }
    for cache in caches { cache.advance(1) }
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
