import Glibc
import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport

// Sums of rows and of all elements run in Double and round once. Column sums add row after row in
// Float, one rounding a row. The softmax family adds exponentials in 16 Float lanes.
extension GradientTable {
  private static let once = OpCase.Tolerance(value: 1, gradient: 2, scale: .terms)
  private static let shapes: [[Int]] = [
    [1], [5], [40], [1, 1], [3, 1], [1, 3], [2, 3], [2, 37], [2, 3, 2], [2, 1, 3, 2],
  ]

  static let sums: [OpCase] = shapes.flatMap { shape -> [OpCase] in
    let x = Inputs.mixed(shape, 6)
    return [
      OpCase("sum", [x], once) {
        $0[0].sum()
      } reference: {
        $0[0].sum()
      },
      OpCase("mean", [x], once) {
        $0[0].mean()
      } reference: { x in
        x[0].sum().map { $0 / Double(x[0].count) }
      },
      OpCase("sumRows", [x], once) {
        $0[0].sumRows()
      } reference: {
        $0[0].reduceRows { $0.reduce(0, +) }
      },
      OpCase("sumColumns", [x], once) {
        $0[0].sumColumns()
      } reference: {
        $0[0].sumColumns()
      },
    ]
  }

  /// Masks over `[3, 4]`: all, none, one row empty, a scatter; and a size-1 dimension.
  private static let masks: [([Int], [Float])] = [
    ([3, 4], [Float](repeating: 1, count: 12)),
    ([3, 4], [Float](repeating: 0, count: 12)),
    ([3, 4], [1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0]),
    ([3, 1], [0, 1, 0]),
  ]

  static let masked: [OpCase] = masks.flatMap { shape, mask -> [OpCase] in
    let x = Inputs.mixed(shape, 8)
    let keep = DoubleTensor(shape, mask)
    let tensor = Tensor(Shape(shape), mask)
    return [
      OpCase("masked", [x], once) {
        $0[0].masked(by: tensor)
      } reference: {
        $0[0] * keep
      },
      OpCase("sumRows(where:)", [x], once) {
        $0[0].sumRows(where: tensor)
      } reference: {
        ($0[0] * keep).reduceRows { $0.reduce(0, +) }
      },
    ]
  }

  /// e^(x − max) turns the half ulp lost in x − max into |x − max|/2 ulps of the result, which the
  /// `.terms` scale |∂y/∂x·x| already counts; gradients repeat that and add a sum over the row.
  /// A sum 1 + δ rounds to a multiple of 2⁻²⁴, and its logarithm with it.
  private static let exponentials = OpCase.Tolerance(
    value: 3, gradient: 40, scale: .terms, absolute: 0x1p-24)

  static let softmax: [OpCase] =
    ([[1], [5], [2, 1], [3, 4], [2, 2, 3], [2, 35], [1, 1, 2, 4]] as [[Int]])
    .flatMap { shape -> [OpCase] in
      [Inputs.random(shape, 9), Inputs.mixed(shape, 10)].flatMap { x in
        [
          OpCase("softmax", [x], exponentials) {
            $0[0].softmax()
          } reference: {
            $0[0].mapRows { row in row.map { exp($0 - logSumExp(row)) } }
          },
          OpCase("logSoftmax", [x], exponentials) {
            $0[0].logSoftmax()
          } reference: {
            $0[0].mapRows { row in row.map { $0 - logSumExp(row) } }
          },
          OpCase("logSumExp", [x], exponentials) {
            $0[0].logSumExp()
          } reference: {
            $0[0].reduceRows(logSumExp)
          },
        ]
      }
    }

  private static func logSumExp(_ row: [Double]) -> Double {
    let top = row.max() ?? -.infinity
    return top + log(row.map { exp($0 - top) }.reduce(0, +))
  }

  /// Statistics run in Double; x − mean cancels, which `.terms` counts through Σ|∂y/∂x·x|. A gradient
  /// is rstd·(dy·gain − mean − x̂·projection): a difference of terms of the size of the first.
  private static let norms = OpCase.Tolerance(value: 4, gradient: 8, scale: .terms)

  private static func floors(
    _ x: DoubleTensor, _ gain: DoubleTensor, _ epsilon: Double, centred: Bool
  )
    -> [[Double]]
  {
    let largest = gain.values.map(abs).max() ?? 0
    let rows = x.mapRows { row in
      let mean = centred ? row.reduce(0, +) / Double(row.count) : 0
      let squares = row.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(row.count)
      return row.map { _ in 1.5 * largest / (squares + epsilon).squareRoot() }
    }
    return [rows.values]
  }

  static let norm: [OpCase] = ([[1, 4], [3, 5], [2, 1], [2, 2, 3], [2, 20], [6]] as [[Int]]).flatMap
  {
    shape -> [OpCase] in
    let n = shape[shape.count - 1]
    let (gain, bias) = (Inputs.random([n], 21), Inputs.random([n], 22))
    return [(Inputs.random(shape, 20), 1e-5), (Inputs.mixed(shape, 23), 0x1p-6)].flatMap {
      x, epsilon in
      [
        OpCase(
          "layerNorm", [x, gain, bias], norms, floors: floors(x, gain, epsilon, centred: true)
        ) {
          $0[0].layerNorm(gain: $0[1], bias: $0[2], epsilon: Float(epsilon))
        } reference: {
          $0[0].mapRows { layerNorm($0, Double(Float(epsilon))) } * $0[1] + $0[2]
        },
        OpCase("rmsNorm", [x, gain], norms, floors: floors(x, gain, epsilon, centred: false)) {
          $0[0].rmsNorm(gain: $0[1], epsilon: Float(epsilon))
        } reference: {
          $0[0].mapRows { rmsNorm($0, Double(Float(epsilon))) } * $0[1]
        },
      ]
    }
  }

  private static func layerNorm(_ row: [Double], _ epsilon: Double) -> [Double] {
    let n = Double(row.count)
    let mean = row.reduce(0, +) / n
    return rmsNorm(row.map { $0 - mean }, epsilon)
  }

  private static func rmsNorm(_ row: [Double], _ epsilon: Double) -> [Double] {
    let squares = row.map { $0 * $0 }.reduce(0, +) / Double(row.count)
    return row.map { $0 / (squares + epsilon).squareRoot() }
  }
}
