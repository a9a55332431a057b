import PairwiseEvaluation
import RealModule
import Testing

struct CholeskyTests {
  /// B Bᵀ + 0.1 I of a random B.
  private func matrix(_ n: Int, seed: UInt64) -> [Double] {
    var generator = BootstrapGenerator(seed: seed)
    let b = (0..<(n * n)).map { _ in generator.uniform() - 0.5 }
    var a = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        a[i * n + j] = (0..<n).reduce(i == j ? 0.1 : 0) { $0 + b[i * n + $1] * b[j * n + $1] }
      }
    }
    return a
  }

  @Test(arguments: [1, 2, 3, 5, 17, 64]) func solvesAndInverts(_ n: Int) throws {
    let a = matrix(n, seed: 7)
    let factor = try #require(Cholesky(a, order: n))
    let right = (0..<n).map { Double($0) - 1.5 }
    let x = factor.solve(right)
    let inverse = factor.inverse
    for i in 0..<n {
      let back = (0..<n).reduce(0) { $0 + a[i * n + $1] * x[$1] }
      // The condition number stays below 1e4 here, so ten digits are left of sixteen.
      #expect(abs(back - right[i]) < 1e-10)
      for j in 0..<n {
        let unit = (0..<n).reduce(0) { $0 + a[i * n + $1] * inverse[$1 * n + j] }
        #expect(abs(unit - (i == j ? 1 : 0)) < 1e-10)
        #expect(inverse[i * n + j] == inverse[j * n + i])
      }
    }
  }

  @Test func determinant() throws {
    let factor = try #require(Cholesky([4, 2, 2, 3], order: 2))
    #expect(abs(factor.logDeterminant - Double.log(8)) < 1e-15)
    let x = factor.solve([8, 7])
    #expect(abs(x[0] - 1.25) < 1e-15 && abs(x[1] - 1.5) < 1e-15)
  }

  @Test func refusesWhatIsNotPositiveDefinite() {
    #expect(Cholesky([1, 2, 2, 1], order: 2) == nil)
    #expect(Cholesky([0], order: 1) == nil)
    #expect(Cholesky([.nan], order: 1) == nil)
    #expect(Cholesky([], order: 0) != nil)
  }
}
