import PairwiseAutodiff
import PairwiseTestSupport

// A product of inner dimension k is a chain of k multiply-adds: at most k/2 ulps of Σ|terms| in theory,
// far less in practice; the rows below have k ≤ 20.
extension GradientTable {
  private static let chain = OpCase.Tolerance(value: 4, gradient: 5, scale: .terms)

  /// m, k, n: sizes of 1, both sides of the 16 columns where the path changes, odd tails.
  private static let sizes = [
    (1, 1, 1), (2, 3, 4), (5, 1, 3), (1, 4, 1), (3, 2, 1), (1, 3, 2), (2, 3, 17), (7, 18, 2),
  ]

  static let matmul: [OpCase] = sizes.flatMap { m, k, n in
    [nil, 1, 3].flatMap { batch in
      [(false, false), (false, true), (true, false), (true, true)].map { left, right in
        product(batch, m, k, n, left, right)
      }
    }
  }

  private static func product(
    _ batch: Int?, _ m: Int, _ k: Int, _ n: Int, _ left: Bool, _ right: Bool
  ) -> OpCase {
    let head = batch.map { [$0] } ?? []
    let a = Inputs.mixed(head + (left ? [k, m] : [m, k]), 3)
    let b = Inputs.mixed(head + (right ? [n, k] : [k, n]), 4)
    return OpCase("matmul\(left ? " ᵀ" : "")\(right ? " ·ᵀ" : "")", [a, b], chain) {
      $0[0].matmul($0[1], transposeLeft: left, transposeRight: right)
    } reference: {
      (left ? $0[0].transposed() : $0[0]).matmul(right ? $0[1].transposed() : $0[1])
    }
  }

  static let linear: [OpCase] = [(1, 1, 1), (3, 2, 4), (2, 5, 17), (1, 3, 2), (4, 20, 3)].flatMap {
    rows, width, outputs in
    [false, true].flatMap { relu in
      [false, true].map { bias in denseLayer(rows, width, outputs, bias: bias, relu: relu) }
    }
  }

  private static func denseLayer(
    _ rows: Int, _ width: Int, _ outputs: Int, bias: Bool, relu: Bool
  ) -> OpCase {
    @Sendable func preactivation(_ inputs: [DoubleTensor]) -> DoubleTensor {
      let product = inputs[0].matmul(inputs[1].transposed())
      return bias ? product + inputs[2] : product
    }
    // The kink of relu must stay out of the stencil's reach, 2⁻⁹ times a number below 2.
    let inputs = (11..<1000).lazy.map { seed in
      [Inputs.random([rows, width], seed), Inputs.random([outputs, width], seed + 1000)]
        + (bias ? [Inputs.random([outputs], seed + 2000)] : [])
    }.first { preactivation($0).values.allSatisfy { abs($0) > 0x1p-7 } }
    return OpCase("linear\(bias ? " bias" : "")\(relu ? " relu" : "")", inputs ?? [], chain) {
      $0[0].linear($0[1], bias: bias ? $0[2] : nil, relu: relu)
    } reference: {
      relu ? preactivation($0).map { max($0, 0) } : preactivation($0)
    }
  }

  /// Five sparse rows over a table of six: one empty, one naming a column twice, one explicit zero.
  private static let sparse = SparseMatrix(
    offsets: [0, 2, 2, 5, 6, 8], indices: [0, 4, 1, 1, 5, 2, 0, 5],
    values: [1, -0.5, 2, 0.25, 3, 0, -1, 30], width: 6)

  static let sparseRows: [OpCase] = [1, 2, 7].map { outputs in
    OpCase("sparseRows", [Inputs.random([6, outputs], 5)], chain) {
      $0[0].sparseRows(sparse)
    } reference: { inputs in
      var dense = DoubleTensor.zeros([5, 6])
      for row in 0..<5 {
        for e in Int(sparse.offsets[row])..<Int(sparse.offsets[row + 1]) {
          dense[[row, Int(sparse.indices[e])]] += Double(sparse.values[e])
        }
      }
      return dense.matmul(inputs[0])
    }
  }
}
