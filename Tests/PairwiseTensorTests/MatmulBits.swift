import PairwiseTensor
import PairwiseTestSupport
import Testing

/// What must not change a bit of a product: threads, other rows, the number of rows, and how a sum over
/// rows is cut into calls.
enum MatmulBits {
  private static func random(_ rows: Int, _ columns: Int, _ seed: UInt64) -> Tensor {
    var numbers = SeededNumbers(seed)
    return Tensor([rows, columns], numbers.floats(rows * columns))
  }

  /// x·w, or x·wᵀ for w `[n, k]`, as bits.
  private static func product(_ x: Tensor, _ w: Tensor, transposed: Bool, n: Int) -> [UInt32] {
    let (m, k) = (x.shape[0], x.shape[1])
    var y = Tensor(repeating: .nan, [m, n])
    unsafe Matmul.multiply(
      .init(x.pointer, stride: k),
      .init(w.pointer, stride: transposed ? k : n, transposed: transposed),
      into: y.mutablePointer(), stride: n, m: m, n: n, k: k)
    return y.array.map(\.bitPattern)
  }

  /// Above the size where the pool is asked.
  static func checkThreads() {
    for (m, n, k) in [
      (300, 130, 100), (1000, 7, 400), (130, 500, 64), (31, 8207, 20), (20, 300, 300),
    ] {
      for transposed in [false, true] {
        let (x, w) = (random(m, k, 1), random(transposed ? n : k, transposed ? k : n, 2))
        let results = [1, 2, 3, 7].map { threads in
          ProcessWideTests.withThreads(threads) { product(x, w, transposed: transposed, n: n) }
        }
        let agree = results.allSatisfy { $0 == results[0] }
        #expect(agree, "m \(m), n \(n), k \(k), transposed \(transposed): threads change bits")
      }
    }
  }

  /// Rows alone, in slices, reversed and beside a row of NaN, against the product of all rows.
  static func checkRows() {
    let m = 131
    for n in [1, 2, 15, 16, 17, 33, 64, 65, 130] {
      for k in [1, 3, 15, 16, 17, 64, 100, 257, 530] {
        for transposed in [false, true] {
          let (x, w) = (random(m, k, 3), random(transposed ? n : k, transposed ? k : n, 4))
          let whole = product(x, w, transposed: transposed, n: n)
          for range in [0..<1, 64..<65, 130..<131, 0..<2, 1..<7, 5..<69, 64..<128, 3..<131] {
            let part = product(x.rows(range), w, transposed: transposed, n: n)
            let agrees = part == Array(whole[range.lowerBound * n..<range.upperBound * n])
            #expect(agrees, "rows \(range), n \(n), k \(k), transposed \(transposed)")
          }
          checkReversed(x, w, whole, transposed: transposed, n: n)
        }
      }
    }
  }

  /// A b that is turned around in parts, because it is long or rows are few: rows and columns alone give
  /// the same bits.
  static func checkParts() {
    for (m, n, k) in [(31, 8207, 70), (131, 300, 300)] {
      let (x, w) = (random(m, k, 7), random(n, k, 8))
      let whole = product(x, w, transposed: true, n: n)
      for range in [0..<1, 30..<31, 5..<18, 0..<m - 1] {
        let part = product(x.rows(range), w, transposed: true, n: n)
        let agrees = part == Array(whole[range.lowerBound * n..<range.upperBound * n])
        #expect(agrees, "rows \(range) of \(m), n \(n)")
      }
      for start in [0, n - 200] {
        let part = product(x, w.rows(start..<start + 200), transposed: true, n: 200)
        let agrees = (0..<m).allSatisfy { row in
          part[row * 200..<row * 200 + 200].elementsEqual(
            whole[row * n + start..<row * n + start + 200])
        }
        #expect(agrees, "columns from \(start) of \(n)")
      }
    }
  }

  private static func checkReversed(
    _ x: Tensor, _ w: Tensor, _ whole: [UInt32], transposed: Bool, n: Int
  ) {
    let (m, k) = (x.shape[0], x.shape[1])
    var turned = Tensor([m, k], (0..<m).reversed().flatMap { x.rows($0..<$0 + 1).array })
    turned.withMutableSpan { $0[0] = .nan }  // row m − 1 of x: spoils itself only
    let found = product(turned, w, transposed: transposed, n: n)
    let wrong = (1..<m).filter { row in
      !found[row * n..<(row + 1) * n].elementsEqual(whole[(m - 1 - row) * n..<(m - row) * n])
    }
    #expect(
      wrong.isEmpty,
      "reversed rows, n \(n), k \(k), transposed \(transposed): \(wrong.count) rows, first \(wrong.prefix(12))"
    )
    let spoiled = found[..<n].allSatisfy { Float(bitPattern: $0).isNaN }
    #expect(spoiled, "NaN in a row, n \(n), k \(k)")
  }

  /// g += dyᵀ·x over all rows at once, and over microbatches.
  static func checkRowSums() {
    for (rows, n, k) in [
      (65, 17, 33), (128, 64, 100), (600, 70, 60), (40, 3, 300), (70, 200, 16), (300, 600, 31),
    ] {
      let (dy, x) = (random(rows, n, 5), random(rows, k, 6))
      func gradient(step: Int) -> [UInt32] {
        var g = Tensor(repeating: 0.25, [n, k])
        for start in stride(from: 0, to: rows, by: step) {
          let count = min(step, rows - start)
          unsafe Matmul.multiply(
            .init(dy.pointer + start * n, stride: n, transposed: true),
            .init(x.pointer + start * k, stride: k), into: g.mutablePointer(), stride: k, m: n,
            n: k,
            k: count, accumulate: true)
        }
        return g.array.map(\.bitPattern)
      }
      let whole = gradient(step: rows)
      for step in [1, 3, 7, 32, 64] {
        for threads in [1, 2, 3] {
          let agrees = ProcessWideTests.withThreads(threads) { gradient(step: step) == whole }
          #expect(agrees, "rows \(rows), n \(n), k \(k) in steps of \(step)")
        }
      }
    }
  }
}
