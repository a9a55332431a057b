internal import PairwiseAutodiff
package import PairwiseTensor

/// Gathers how active a model is at some rows, and makes a mask of it: means over the width of each hook,
/// scaled to 0 … 1 over the tokens of each sequence, averaged over the hooks of a kind and then over the
/// kinds.
///
/// - Source: the released code of SparsePO (Christopoulou et al. 2024, arXiv 2410.05102), MaPO. Its z-scores
///   are left out, since they cancel.
package struct ActivationMask {
  /// What is looked at in every block.
  package enum Kind: Int, CaseIterable {
    /// Inside the feed-forward part, behind its nonlinearity.
    case feedForward
    /// Queries, keys and values, three hooks a block.
    case attention
    /// The block's output.
    case residual
    /// What the model predicts with, one hook a model.
    case logits
  }

  /// Sequence s has the tokens `offsets[s] ..< offsets[s + 1]`.
  private let offsets: [Int32]
  private var sums: [[Double]]
  private var counts: [Int]

  package init(offsets: [Int32]) {
    self.offsets = offsets
    let tokens = Int(offsets.last ?? 0)
    sums = Kind.allCases.map { _ in [Double](repeating: 0, count: tokens) }
    counts = Kind.allCases.map { _ in 0 }
  }

  /// Adds one hook: its activations at the tokens' rows, `[C, N]`.
  package mutating func add(_ activations: Tensor, _ kind: Kind) {
    let width = activations.shape[1]
    precondition(
      activations.shape[0] == sums[kind.rawValue].count && width > 0,
      "activation mask: rows \(activations.shape) for \(sums[kind.rawValue].count) tokens")
    let means = Variable(constant: activations).sumRows().value.array
      .map { Double($0) / Double(width) }
    counts[kind.rawValue] += 1
    for sequence in 0..<offsets.count - 1 {
      let range = Int(offsets[sequence])..<Int(offsets[sequence + 1])
      let (low, high) = (means[range].min() ?? 0, means[range].max() ?? 0)
      for token in range {
        // One token alone, or all alike: the scale is undefined, and the mask is 1.
        sums[kind.rawValue][token] += high > low ? (means[token] - low) / (high - low) : 1
      }
    }
  }

  /// `[C]`, in 0 … 1.
  package var mask: Tensor {
    let kinds = Kind.allCases.filter { counts[$0.rawValue] > 0 }
    return Tensor(
      (0..<Int(offsets.last ?? 0)).map { token in
        let parts = kinds.map { sums[$0.rawValue][token] / Double(counts[$0.rawValue]) }
        return Float(parts.reduce(0, +) / Double(max(1, kinds.count)))
      })
  }
}
