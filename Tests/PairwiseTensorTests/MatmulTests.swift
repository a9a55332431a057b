import PairwiseTensor
import PairwiseTestSupport
import Testing

/// Two matrices of random numbers and every product of their corners, in Float and in Double.
private struct Corners {
  static let extent = 72
  let a: Tensor
  let b: Tensor

  init() {
    var numbers = SeededNumbers(17)
    a = Tensor([Self.extent, Self.extent], numbers.floats(Self.extent * Self.extent))
    b = Tensor([Self.extent, Self.extent], numbers.floats(Self.extent * Self.extent))
  }

  /// c = a·b over the corners, written into rows of 75 floats that were full of 7s before.
  func product(_ m: Int, _ n: Int, _ k: Int, _ left: Bool, _ right: Bool, accumulate: Bool)
    -> [Float]
  {
    var c = Tensor(repeating: 7, [m + 1, 75])
    unsafe Matmul.multiply(
      .init(a.pointer, stride: Self.extent, transposed: left),
      .init(b.pointer, stride: Self.extent, transposed: right), into: c.mutablePointer(),
      stride: 75,
      m: m, n: n, k: k, accumulate: accumulate)
    return c.array
  }

  /// The largest excess over the allowed error, and whether anything outside of c was written.
  func check(_ m: Int, _ n: Int, _ k: Int, _ left: Bool, _ right: Bool, accumulate: Bool) -> String?
  {
    let found = product(m, n, k, left, right, accumulate: accumulate)
    let (x, y) = (a.array, b.array)
    for i in 0...m {
      for j in 0..<75 {
        let value = found[i * 75 + j]
        guard i < m && j < n else {
          if value != 7 { return "wrote outside, at [\(i), \(j)]" }
          continue
        }
        var (exact, terms) = accumulate ? (7.0, 7.0) : (0, 0)
        for q in 0..<k {
          let term =
            Double(x[left ? q * Self.extent + i : i * Self.extent + q])
            * Double(y[right ? j * Self.extent + q : q * Self.extent + j])
          exact += term
          terms += abs(term)
        }
        // Half an ulp of a partial sum for each term, which is at most Σ|terms|; usually √k of them.
        let limit = (2 + 2 * Double(k).squareRoot()) * 0x1p-24 * terms
        if abs(Double(value) - exact) > limit {
          return "[\(i), \(j)] is \(value), expected \(exact) ± \(limit)"
        }
      }
    }
    return nil
  }
}

/// The backend is the process's, so tests that choose one run in processes of their own.
@Suite struct MatmulTests {
  /// Sizes around every tile: 1–2 rows and 4 or 6 of them, 4, 8, 16 columns and 2 or 4 vectors of those.
  private static let sizes = [0, 1, 2, 3, 5, 6, 7, 11, 15, 16, 17, 31, 33, 48, 63, 64, 65, 70]

  private static func checkAllShapes() {
    let corners = Corners()
    for m in sizes {
      for n in sizes {
        for k in sizes {
          let form = (m + n + k) % 4
          for accumulate in [false, true] {
            let problem = corners.check(
              m, n, k, form & 1 == 1, form & 2 == 2, accumulate: accumulate)
            if let problem { Issue.record("m \(m), n \(n), k \(k), form \(form): \(problem)") }
          }
        }
      }
    }
  }

  @Test func productsOfTheKernel() async {
    await #expect(processExitsWith: .success) {
      Matmul.setBackend(.kernel)
      MatmulTests.checkAllShapes()
    }
  }

  @Test func productsOfOpenBLAS() async {
    await #expect(processExitsWith: .success) {
      Matmul.setBackend(.openBLAS)
      MatmulTests.checkAllShapes()
    }
  }

  @Test func everyFormOfTransposition() {
    let corners = Corners()
    for (m, n, k) in [(7, 33, 20), (65, 17, 40), (1, 70, 70), (70, 1, 5)] {
      for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
        let problem = corners.check(m, n, k, left, right, accumulate: false)
        #expect(problem == nil, "m \(m), n \(n), k \(k), transposed \(left), \(right)")
      }
    }
  }

  @Test func bitsOfTheKernelDependOnNothingElse() async {
    await #expect(processExitsWith: .success) {
      Matmul.setBackend(.kernel)
      MatmulBits.checkThreads()
      MatmulBits.checkRows()
      MatmulBits.checkParts()
      MatmulBits.checkRowSums()
    }
  }

  @Test func bitsOfOpenBLASDependOnNothingElse() async {
    await #expect(processExitsWith: .success) {
      Matmul.setBackend(.openBLAS)
      MatmulBits.checkThreads()
      MatmulBits.checkRowSums()
      // Only such cores are chosen; the others break this.
      if Matmul.openBLASTreatsRowsAlike() { MatmulBits.checkRows() }
    }
  }

  @Test func bitsOfTheDefaultDependOnNothingElse() async {
    await #expect(processExitsWith: .success) {
      MatmulBits.checkThreads()
      MatmulBits.checkRows()
    }
  }

  @Test func theBackendIsDecidedOnce() async {
    await #expect(processExitsWith: .success) {
      let first = Matmul.backend
      #expect(Matmul.backend == first)
      #expect(Matmul.description.hasPrefix(first.rawValue))
      Matmul.setBackend(.openBLAS)
      #expect(Matmul.backend == .openBLAS)
    }
  }
}
