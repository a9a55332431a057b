import PairwiseEvaluation
import Testing

struct CholeskyTests {
  /// L = [[2, 0, 0], [1, 3, 0], [-1, 2, 1]] by hand, so A = L·Lᵀ below: exact in doubles.
  private let matrix: [Double] = [4, 2, -2, 2, 10, 5, -2, 5, 6]

  @Test func factorsSolvesAndInverts() throws {
    let factor = try #require(Cholesky(matrix, count: 3))
    #expect(factor.lower == [2, 0, 0, 1, 3, 0, -1, 2, 1])
    // A·(1, 2, 3) = (2, 37, 26).
    #expect(zip(factor.solve([2, 37, 26]), [1, 2, 3]).allSatisfy { abs($0 - $1) < 1e-14 })
    let inverse = factor.inverse()
    for row in 0..<3 {
      for column in 0..<3 {
        let product = (0..<3).reduce(0.0) { $0 + matrix[row * 3 + $1] * inverse[$1 * 3 + column] }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-14)
        #expect(inverse[row * 3 + column] == inverse[column * 3 + row])
      }
    }
  }

  @Test func readsTheLowerTriangleOnly() throws {
    let factor = try #require(Cholesky([4, .nan, .nan, 2, 10, .nan, -2, 5, 6], count: 3))
    #expect(factor.lower == [2, 0, 0, 1, 3, 0, -1, 2, 1])
  }

  @Test(arguments: [[1, 2, 2, 1], [0, 0, 0, 1], [.nan, 0, 0, 1], [.infinity, 0, 0, 1]])
  func refusesWhatIsNotPositiveDefinite(_ matrix: [Double]) {
    #expect(Cholesky(matrix, count: 2) == nil)
  }

  @Test func oneUnknown() throws {
    let factor = try #require(Cholesky([4], count: 1))
    #expect(factor.solve([2]) == [0.5] && factor.inverse() == [0.25])
  }
}
