internal import PairwiseAutodiff
internal import PairwiseNN
internal import PairwiseTensor

extension Transformer {
  /// A forward pass without gradients that keeps what a reference is asked for at some rows.
  ///
  /// - Parameters:
  ///   - sources: the rows that predict scored tokens, `[C]`.
  ///   - offsets: which of them belong to which sequence.
  ///   - head: the output matrix `[V, D]`.
  func states(
    _ rows: TokenRows, at sources: [Int32], offsets: [Int32], head: Tensor, _ weights: Weights,
    _ wants: ReferenceWants
  ) -> (hidden: Tensor, layers: [Tensor], activations: Tensor?) {
    var block = Block.Rows(
      layout: rows.layout, positions: rows.layout.positions, frequencies: frequencies,
      adapted: wants.adapted)
    let gathered = wants.activations ? GatheredMask(ActivationMask(offsets: offsets)) : nil
    if let gathered {
      block.observeActivity = { kind, activity in
        gathered.mask.add(activity.rows(sources).value, kind)
      }
    }
    var x = embedded(rows.ids, block.positions, weights)
    var layers: [Tensor] = []
    for (index, layer) in blocks.enumerated() {
      x = layer(x, block, weights)
      if wants.layers && index + 1 < blocks.count { layers.append(x.rows(sources).value) }
    }
    let hidden = normalized(x.rows(sources), weights).value
    if wants.layers { layers.append(hidden) }
    if let gathered {
      // The mean of the logits is the product with the mean row of the matrix.
      let row = Variable(constant: head).sumColumns() / Float(head.shape[0])
      let means = Variable(constant: hidden).dense(row.reshaped([1, head.shape[1]]))
      gathered.mask.add(means.value, .logits)
    }
    return (hidden, layers, gathered?.mask.mask)
  }
}

/// A mask that the blocks of a pass add to: a class, because their hook is a closure that must reach it.
private final class GatheredMask {
  var mask: ActivationMask
  init(_ mask: ActivationMask) { self.mask = mask }
}
