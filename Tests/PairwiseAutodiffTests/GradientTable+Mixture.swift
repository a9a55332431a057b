import Glibc
import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport

extension GradientTable {
  /// Logarithms of sums of probabilities in Float, some terms of up to 300 among them, which `.terms` counts.
  private static let odds = OpCase.Tolerance(
    value: 8, gradient: 40, scale: .terms, absolute: 0x1p-21)
  private static let products = OpCase.Tolerance(value: 1, gradient: 2, scale: .terms)

  /// Logarithms of weights that add up to 1 about: they are only log weights in name here, any will do.
  private static func logWeights(_ shape: [Int], _ seed: UInt64) -> DoubleTensor {
    Inputs.random(shape, seed).mapRows { row in
      row.map { Double(Float($0 - log(row.map { exp($0) }.reduce(0, +)))) }
    }
  }

  /// log Σ_k w_k·σ(δ_k) − log Σ_k w_k·σ(−δ_k)
  private static func logOdds(_ margins: [Double], _ weights: [Double]) -> Double {
    func side(_ sign: Double) -> Double {
      let terms = zip(margins, weights).map { $1 - DoubleMath.softplus(-sign * $0) }
      let top = terms.max() ?? 0
      return top + log(terms.map { exp($0 - top) }.reduce(0, +))
    }
    return side(1) - side(-1)
  }

  /// What heads have in both sides' sums, row by row: slopes of log weights are differences of these.
  private static func shares(_ margins: DoubleTensor, _ weights: DoubleTensor) -> [Double] {
    let n = margins.shape[1]
    var sums = [Double](repeating: 0, count: weights.count)
    for row in 0..<margins.shape[0] {
      let own = weights.count == n ? 0 : row * n
      for sign in [1.0, -1.0] {
        let terms = (0..<n).map {
          weights.values[own + $0] - DoubleMath.softplus(-sign * margins.values[row * n + $0])
        }
        let top = terms.max() ?? 0
        let total = terms.map { exp($0 - top) }.reduce(0, +)
        for k in 0..<n { sums[own + k] += exp(terms[k] - top) / total }
      }
    }
    return sums
  }

  static let mixture: [OpCase] =
    ([
      ([1, 1], [1, 1]), ([3, 2], [3, 2]), ([2, 5], [5]), ([17, 3], [17, 3]), ([1, 40], [40]),
    ]
    as [([Int], [Int])]).flatMap { shape, weights -> [OpCase] in
      [Inputs.random(shape, 41), Inputs.mixed(shape, 42)].map { margins in
        let logWeights = logWeights(weights, 43)
        return OpCase(
          "mixtureLogOdds", [margins, logWeights], odds,
          floors: [[], shares(margins, logWeights).map { 1.5 * $0 }]
        ) {
          Variable.mixtureLogOdds($0[0], logWeights: $0[1])
        } reference: { x in
          let n = shape[1]
          return DoubleTensor(
            [shape[0]],
            (0..<shape[0]).map { row in
              let own = weights.count == 1 ? 0 : row
              return logOdds(
                Array(x[0].values[row * n..<(row + 1) * n]),
                Array(x[1].values[own * n..<(own + 1) * n]))
            })
        }
      }
    }

  static let weightedSums: [OpCase] =
    ([([4, 3], [2, 3]), ([3, 5], [3, 5]), ([6, 1], [1, 1]), ([6, 20], [2, 20])]
    as [([Int], [Int])]).map { shape, weights in
      OpCase("weightedSums", [Inputs.mixed(shape, 44), Inputs.random(weights, 45)], products) {
        $0[0].weightedSums($0[1])
      } reference: { x in
        let (n, each) = (shape[1], shape[0] / weights[0])
        return DoubleTensor(
          [shape[0]],
          (0..<shape[0]).map { row in
            (0..<n).reduce(0) { $0 + x[0].values[row * n + $1] * x[1].values[row / each * n + $1] }
          })
      }
    }
}
