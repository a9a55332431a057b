import Glibc
import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport

// `dense` is made of parts with rows of their own above (norms, products, activations); here what counts
// is that they are put together rightly. Errors of a norm or activation pass through a product, so the
// tolerance is a few roundings of every term on the way.
extension GradientTable {
  static let composed = OpCase.Tolerance(value: 16, gradient: 64, scale: .terms)

  /// What a row of the table puts around the product.
  struct DenseForm: Sendable {
    var bias = false, residual = false
    /// Columns and rank of low-rank updates.
    var updates: [(columns: Range<Int>, rank: Int)] = []
  }

  private enum Transform: String, CaseIterable {
    case none, rmsNorm, layerNorm, swiGLU, gelu, geluTanh, silu, relu, tanh
  }

  private static let forms = [
    DenseForm(), DenseForm(bias: true, residual: true),
    DenseForm(bias: true, updates: [(0..<5, 2)]),
    DenseForm(residual: true, updates: [(0..<2, 1), (2..<5, 3)]),
  ]

  static let dense: [OpCase] = Transform.allCases.flatMap { transform in
    forms.map { layer(transform, $0, rows: 3, width: 4, outputs: 5) }
      + [layer(transform, forms[0], rows: 1, width: 6, outputs: 1)]
      + [layer(transform, forms[1], rows: 7, width: 18, outputs: 17)]
  }

  private static func layer(
    _ transform: Transform, _ form: DenseForm, rows: Int, width: Int, outputs: Int
  ) -> OpCase {
    let inner = transform == .swiGLU ? width / 2 : width
    var inputs = [
      Inputs.random([rows, width], 31), Inputs.random([outputs, inner], 32),
      Inputs.random([inner], 33), Inputs.random([inner], 34), Inputs.random([outputs], 35),
      Inputs.random([rows, outputs], 36),
    ]
    for (i, update) in form.updates.enumerated() {
      inputs.append(Inputs.random([update.rank, inner], 40 + UInt64(i)))
      inputs.append(Inputs.random([update.columns.count, update.rank], 50 + UInt64(i)))
    }
    // The kink of relu must stay out of the stencil's reach.
    if transform == .relu {
      inputs[0] = inputs[0].map { abs($0) < 0x1p-7 ? 0.5 : $0 }
    }
    let name = "dense \(transform.rawValue) \(form)"
    return OpCase(name, inputs, composed) { x in
      x[0].dense(
        x[1], bias: form.bias ? x[4] : nil, transform: transformed(transform, x[2], x[3]),
        updates: form.updates.enumerated().map { i, update in
          LowRankUpdate(columns: update.columns, a: x[6 + 2 * i], b: x[7 + 2 * i], scale: 0.75)
        }, residual: form.residual ? x[5] : nil)
    } reference: { x in
      let features = reference(transform, x[0], x[2], x[3])
      var y = features.matmul(x[1].transposed())
      if form.bias { y = y + x[4] }
      if form.residual { y = y + x[5] }
      for (i, update) in form.updates.enumerated() {
        let part = features.matmul(x[6 + 2 * i].transposed()).matmul(x[7 + 2 * i].transposed())
        for index in DoubleTensor.indices(part.shape) {
          y[[index[0], index[1] + update.columns.lowerBound]] += 0.75 * part[index]
        }
      }
      return y
    }
  }

  private static let epsilon = 0x1p-10

  private static func transformed(_ transform: Transform, _ gain: Variable, _ bias: Variable)
    -> InputTransform
  {
    switch transform {
    case .none: .none
    case .rmsNorm: .rmsNorm(gain: gain, epsilon: Float(epsilon))
    case .layerNorm: .layerNorm(gain: gain, bias: bias, epsilon: Float(epsilon))
    case .swiGLU: .swiGLU
    case .gelu: .gelu
    case .geluTanh: .geluTanh
    case .silu: .silu
    case .relu: .relu
    case .tanh: .tanh
    }
  }

  private static func reference(
    _ transform: Transform, _ x: DoubleTensor, _ gain: DoubleTensor, _ bias: DoubleTensor
  ) -> DoubleTensor {
    switch transform {
    case .none: x
    case .rmsNorm: x.mapRows(normalised) * gain
    case .layerNorm:
      x.mapRows { row in
        let mean = row.reduce(0, +) / Double(row.count)
        return normalised(row.map { $0 - mean })
      } * gain + bias
    case .swiGLU:
      x.mapRows { row in
        (0..<row.count / 2).map {
          row[$0] * DoubleMath.sigmoid(row[$0]) * row[$0 + row.count / 2]
        }
      }
    case .gelu: x.map { $0 * DoubleMath.normal($0) }
    case .geluTanh: x.map(DoubleMath.geluTanh)
    case .silu: x.map { $0 * DoubleMath.sigmoid($0) }
    case .relu: x.map { max($0, 0) }
    case .tanh: x.map { Glibc.tanh($0) }
    }
  }

  private static func normalised(_ row: [Double]) -> [Double] {
    let squares = row.map { $0 * $0 }.reduce(0, +) / Double(row.count)
    return row.map { $0 / (squares + epsilon).squareRoot() }
  }
}
