import Glibc
import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport

extension GradientTable {
  /// One rotation: two products and a sum. Cosine and sine are Float, correct to an ulp, of an angle that
  /// is itself a Float; the reference rounds the angle in the same way.
  private static let rotation = OpCase.Tolerance(value: 3, gradient: 4, scale: .terms)

  static let rotary: [OpCase] = [(1, 2, 2, 2), (2, 4, 11, 5), (3, 6, 18, 3)].map {
    heads, size, width, rows in
    let positions = Array([3, 60, 4, 1, 0].prefix(rows)) as [Int32]
    let frequencies = Array([1, 0.1, 0.01].prefix(size / 2)) as [Float]
    return OpCase("rotary", [Inputs.random([rows, width], 61)], rotation) {
      $0[0].rotary(
        heads: heads, headSize: size, positions: positions, frequencies: frequencies)
    } reference: { x in
      var y = x[0]
      for row in 0..<rows {
        for pair in 0..<heads * size / 2 {
          let (head, j) = (pair / (size / 2), pair % (size / 2))
          let angle = Double(Float(positions[row]) * frequencies[j])
          let (a, b) = ([row, head * size + j], [row, head * size + j + size / 2])
          y[a] = x[0][a] * cos(angle) - x[0][b] * sin(angle)
          y[b] = x[0][b] * cos(angle) + x[0][a] * sin(angle)
        }
      }
      return y
    }
  }

  /// Scores are sums of `headSize` products and go through an exponential; a result is a mean of values.
  /// A gradient of a score is p·(dp − their mean), a difference of numbers up to 1.5·2·headSize, and then
  /// multiplied by a key of up to 2 and by 1/√headSize: the floor.
  private static let attending = OpCase.Tolerance(value: 32, gradient: 16, scale: .terms)

  private static let layouts: [(TokenLayout, causal: Bool)] = [
    (TokenLayout([(1, nil)]), true), (TokenLayout([(5, nil)]), true),
    (TokenLayout([(4, nil), (1, nil)]), false),
    (TokenLayout([(3, nil), (2, 0), (3, 0), (2, nil), (1, 3)]), true),
    (TokenLayout([(0, nil), (2, 0), (2, nil), (0, 2)]), true),
  ]

  static let attention: [OpCase] = layouts.flatMap { layout, causal in
    [(1, 1, 2), (2, 1, 3), (4, 2, 2)].map { heads, keyHeads, size in
      let width = (heads + 2 * keyHeads) * size
      let floor = 6 * Double(size).squareRoot()
      return OpCase(
        "attention", [Inputs.random([layout.tokens, width], 71)], attending,
        floors: [Array(repeating: floor, count: layout.tokens * width)]
      ) {
        $0[0].attention(
          heads: heads, keyHeads: keyHeads, headSize: size, layout: layout, causal: causal)
      } reference: {
        attended($0[0], heads, keyHeads, size, layout, causal)
      }
    }
  }

  private static func attended(
    _ x: DoubleTensor, _ heads: Int, _ keyHeads: Int, _ size: Int, _ layout: TokenLayout,
    _ causal: Bool
  ) -> DoubleTensor {
    var y = DoubleTensor.zeros([layout.tokens, heads * size])
    for segment in layout.segments {
      for row in segment.start..<segment.start + segment.count {
        let own = Array(segment.start..<(causal ? row + 1 : segment.start + segment.count))
        let prefix = segment.prefix.map { layout.segments[$0] }
        let seen = (prefix.map { Array($0.start..<$0.start + $0.count) } ?? []) + own
        for head in 0..<heads {
          let key = heads + head / (heads / keyHeads)
          let scores = seen.map { other in
            (0..<size).map { x[[row, head * size + $0]] * x[[other, key * size + $0]] }
              .reduce(0, +) / Double(size).squareRoot()
          }
          let total = scores.map { exp($0) }.reduce(0, +)
          for (other, score) in zip(seen, scores) {
            for j in 0..<size {
              y[[row, head * size + j]] +=
                exp(score) / total * x[[other, (key + keyHeads) * size + j]]
            }
          }
        }
      }
    }
    return y
  }

  private static let logits = OpCase.Tolerance(
    value: 16, gradient: 64, scale: .terms, absolute: 0x1p-24)

  /// Budgets that keep the logits, and that do not; a vocabulary of more than one run of statistics.
  static let tokenLogps: [OpCase] = [(1, 2, 3, 1 << 20), (4, 3, 5, 0), (3, 2, 1030, 0)].map {
    rows, width, vocabulary, budget in
    let targets: [Int32] = (0..<rows).map { row in Int32((row * 514) % vocabulary) }
    let inputs = [Inputs.random([rows, width], 81), Inputs.random([vocabulary, width], 82)]
    return OpCase("tokenLogps", inputs, logits) {
      $0[0].tokenLogps(targets, head: $0[1], budget: budget, statistics: true).logps
    } reference: { x in
      let logits = x[0].matmul(x[1].transposed())
      let values = targets.enumerated().map { row, target in
        let all = (0..<vocabulary).map { logits[[row, $0]] }
        let top = all.max() ?? 0
        return all[Int(target)] - top - log(all.map { exp($0 - top) }.reduce(0, +))
      }
      return DoubleTensor([rows], values)
    }
  }

  /// Divergences from a reference, and log-probs beside them, as one vector. A divergence is Σ ρ·(r − x) less
  /// the gap of the normalisers: as exact as the logits, whose size the terms do not show where it is small.
  static let divergence: [OpCase] = [(1, 2, 3, 1 << 20), (4, 3, 5, 0), (3, 2, 1030, 0)].map {
    rows, width, vocabulary, budget in
    let targets: [Int32] = (0..<rows).map { row in Int32((row * 514) % vocabulary) }
    let inputs = [Inputs.random([rows, width], 83), Inputs.random([vocabulary, width], 84)]
    let (hidden, head) = (Inputs.random([rows, 3], 85), Inputs.random([vocabulary, 3], 86))
    func tensor(_ x: DoubleTensor) -> Tensor { Tensor(Shape(x.shape), x.values.map(Float.init)) }
    let reference = TokenReference(hidden: tensor(hidden), head: tensor(head))
    var tolerance = logits
    tolerance.absolute = 0x1p-21
    return OpCase("divergence", inputs, tolerance) {
      let found = $0[0].tokenLogps(
        targets, head: $0[1], budget: budget, statistics: false, against: reference)
      return .concatenated([found.divergence ?? found.logps, found.logps], axis: 0)
    } reference: { x in
      func logs(_ h: DoubleTensor, _ w: DoubleTensor, _ row: Int) -> [Double] {
        let product = h.matmul(w.transposed())
        let all = (0..<vocabulary).map { product[[row, $0]] }
        let top = all.max() ?? 0
        let sum = top + log(all.map { exp($0 - top) }.reduce(0, +))
        return all.map { $0 - sum }
      }
      var (divergences, logps): ([Double], [Double]) = ([], [])
      for (row, target) in targets.enumerated() {
        let (own, other) = (logs(x[0], x[1], row), logs(hidden, head, row))
        divergences.append(zip(other, own).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) })
        logps.append(own[Int(target)])
      }
      return DoubleTensor([2 * rows], divergences + logps)
    }
  }

  static let paddedRuns: [OpCase] = ([[0, 1], [2], [1, 0, 1], []] as [[Int]]).map { runs in
    OpCase(
      "paddedRuns", [Inputs.mixed([6], 92)],
      OpCase.Tolerance(value: 0, gradient: 1, scale: .terms)
    ) {
      $0[0].paddedRuns(runs, of: [0, 3, 3, 5], width: 4)
    } reference: { x in
      let offsets = [0, 3, 3, 5]
      let rows = runs.map { run in
        let own = Array(x[0].values[offsets[run]..<offsets[run + 1]])
        return own + [Double](repeating: 0, count: 4 - own.count)
      }
      return DoubleTensor([runs.count, 4], rows.flatMap { $0 })
    }
  }

  static let runSums: [OpCase] = ([[0, 2, 2, 5], [1, 4], [0]] as [[Int32]]).map { offsets in
    OpCase(
      "runSums", [Inputs.mixed([5], 91)], OpCase.Tolerance(value: 1, gradient: 1, scale: .terms)
    ) {
      $0[0].runSums(offsets)
    } reference: { x in
      let sums = zip(offsets, offsets.dropFirst()).map { start, end in
        x[0].values[Int(start)..<Int(end)].reduce(0, +)
      }
      return DoubleTensor([sums.count], sums)
    }
  }

  /// The part of a network that `recomputing` wraps has no variables of its own here.
  static let recomputing: [OpCase] = [
    OpCase("recomputing", [Inputs.random([2, 3], 95)], composed) {
      ($0[0] * $0[0]).recomputing { x, _ in (x * x + x).tanh() }
    } reference: {
      ($0[0] * $0[0]).map { Glibc.tanh($0 * $0 + $0) }
    }
  ]
}
