import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport

// These only move numbers: exact. Where a gradient adds up repeated rows there is one rounding each.
extension GradientTable {
  private static let exact = OpCase.Tolerance(value: 0, gradient: 0, scale: .result)
  private static let added = OpCase.Tolerance(value: 2, gradient: 2, scale: .terms)
  private static let matrix = Inputs.mixed([4, 3], 30)
  private static let cube = Inputs.mixed([2, 3, 4], 31)

  static let layout: [OpCase] = [
    OpCase("reshaped", [cube], exact) {
      $0[0].reshaped([6, 4])
    } reference: {
      $0[0].reshaped([6, 4])
    },
    OpCase("reshaped to scalar", [Inputs.random([1, 1])], exact) {
      $0[0].reshaped(.scalar)
    } reference: {
      $0[0].reshaped([])
    },
    OpCase("transposed", [matrix], exact) {
      $0[0].transposed()
    } reference: {
      $0[0].transposed()
    },
    OpCase("transposed", [Inputs.random([1, 5])], exact) {
      $0[0].transposed()
    } reference: {
      $0[0].transposed()
    },
    OpCase("transposed", [Inputs.random([17, 19])], exact) {
      $0[0].transposed()
    } reference: {
      $0[0].transposed()
    },
    OpCase("column", [cube], exact) {
      $0[0].column(2)
    } reference: {
      $0[0].sliced(axis: 2, 2..<3).reshaped([2, 3])
    },
    OpCase("column of one", [Inputs.random([3, 1])], exact) {
      $0[0].column(0)
    } reference: {
      $0[0].reshaped([3])
    },
    OpCase("strided vector", [Inputs.random([6])], exact) {
      $0[0].strided(from: 1, by: 2)
    } reference: { x in
      DoubleTensor([3], [1, 3, 5].map { x[0].values[$0] })
    },
    OpCase("strided rows", [Inputs.random([6, 2])], exact) {
      $0[0].strided(from: 2, by: 3)
    } reference: { x in
      DoubleTensor([2, 2], [4, 5, 10, 11].map { x[0].values[$0] })
    },
    OpCase("detached", [matrix], exact) {
      $0[0] + 0 * $0[0].detached()
    } reference: {
      $0[0]
    },
  ]

  static let slices: [OpCase] = [
    (0, 1..<2), (1, 0..<3), (2, 1..<3), (-1, 3..<4), (-3, 0..<1), (1, 1..<1),
  ]
  .map { axis, range in
    OpCase("sliced \(axis) \(range)", [cube], exact) {
      $0[0].sliced(axis: axis, range)
    } reference: {
      $0[0].sliced(axis: axis < 0 ? axis + 3 : axis, range)
    }
  }

  static let concatenations: [OpCase] = [
    OpCase("concatenated 0", [matrix, Inputs.random([1, 3]), Inputs.random([2, 3])], exact) {
      Variable.concatenated($0, axis: 0)
    } reference: {
      DoubleTensor.concatenated($0, axis: 0)
    },
    OpCase("concatenated -1", [matrix, Inputs.random([4, 1])], exact) {
      Variable.concatenated($0, axis: -1)
    } reference: {
      DoubleTensor.concatenated($0, axis: 1)
    },
    OpCase("concatenated 1", [cube, Inputs.random([2, 1, 4])], exact) {
      Variable.concatenated($0, axis: 1)
    } reference: {
      DoubleTensor.concatenated($0, axis: 1)
    },
    OpCase("concatenated one", [matrix], exact) {
      Variable.concatenated($0, axis: 1)
    } reference: {
      $0[0]
    },
    OpCase("concatenated with itself", [matrix], added) {
      Variable.concatenated([$0[0], $0[0]], axis: 0)
    } reference: {
      DoubleTensor.concatenated([$0[0], $0[0]], axis: 0)
    },
    OpCase("concatenated with nothing", [Inputs.random([2, 0]), Inputs.random([2, 3])], exact) {
      Variable.concatenated($0, axis: 1)
    } reference: {
      $0[1]
    },
  ]

  private static func take(_ x: DoubleTensor, _ rows: [Int32]) -> DoubleTensor {
    let parts = rows.map { x.sliced(axis: 0, Int($0)..<Int($0) + 1) }
    return parts.isEmpty
      ? DoubleTensor.zeros([0] + x.shape.dropFirst()) : DoubleTensor.concatenated(parts, axis: 0)
  }

  static let gathers: [OpCase] =
    ([[2], [0, 3, 1, 3, 3], []] as [[Int32]]).map { rows in
      OpCase("rows \(rows)", [matrix], added) {
        $0[0].rows(rows)
      } reference: {
        take($0[0], rows)
      }
    } + [
      OpCase("rows of rank 3", [cube], added) {
        $0[0].rows([1, 1])
      } reference: {
        take($0[0], [1, 1])
      },
      OpCase("scatteredRows", [matrix], added) {
        $0[0].scatteredRows([5, 0, 5, 2], count: 6)
      } reference: { inputs in
        var y = DoubleTensor.zeros([6, 3])
        for (row, place) in [5, 0, 5, 2].enumerated() {
          for j in 0..<3 { y[[place, j]] += inputs[0][[row, j]] }
        }
        return y
      },
      OpCase("picked", [matrix], exact) {
        $0[0].picked([2, 0, 0, 1])
      } reference: { x in
        DoubleTensor([4], [x[0][[0, 2]], x[0][[1, 0]], x[0][[2, 0]], x[0][[3, 1]]])
      },
      OpCase("picked of one", [Inputs.random([3, 1])], exact) {
        $0[0].picked([0, 0, 0])
      } reference: {
        $0[0].reshaped([3])
      },
    ]

  /// The mask is what dropout does to ones; it is a product with a fixed tensor, rounded once.
  static let dropout: [OpCase] = ([0, 0.1, 0.5, 0.9] as [Float]).map { rate in
    let key = DropoutKey(key: 42, start: 1000)
    let ones = Variable(constant: Tensor(repeating: 1, [4, 3]))
    let mask = DoubleTensor([4, 3], ones.dropout(rate: rate, key: key).value.array)
    return OpCase("dropout \(rate)", [matrix], .init(value: 1, gradient: 1, scale: .result)) {
      $0[0].dropout(rate: rate, key: key)
    } reference: {
      $0[0] * mask
    }
  }
}
