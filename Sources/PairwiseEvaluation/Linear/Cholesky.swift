internal import RealModule

/// The Cholesky factor of a dense symmetric positive definite matrix, in double precision: A = UᵀU with U
/// upper triangular.
///
/// Meant for the few hundred unknowns of fits and intervals; memory n², time n³ / 3 products for the factor
/// and twice that for the inverse.
///
/// ```swift
/// let factor = Cholesky([4, 2, 2, 3], order: 2)
/// factor?.solve([8, 7])  // [1.25, 1.5]
/// ```
public struct Cholesky: Sendable {
  /// n, the number of unknowns.
  public let order: Int
  /// U, row-major `[n, n]`; what stands below the diagonal is not read.
  private let upper: [Double]

  /// Factors a matrix.
  ///
  /// - Parameter matrix: row-major `[n, n]`, of which the upper triangle is read.
  /// - Returns: nil if the matrix is not positive definite to working precision.
  ///
  /// Traps if the matrix does not have n² entries.
  public init?(_ matrix: [Double], order n: Int) {
    precondition(
      n >= 0 && matrix.count == n * n, "cholesky: \(matrix.count) entries for order \(n)")
    var work = matrix
    for j in 0..<n {
      let pivot = work[j * n + j]
      guard pivot > 0, pivot.isFinite else { return nil }
      let scale = 1 / pivot.squareRoot()
      for k in j..<n { work[j * n + k] *= scale }
      // A copy: the compiler then knows that the rows written below are others.
      let row = Array(work[(j * n)..<((j + 1) * n)])
      for i in (j + 1)..<max(j + 1, n) where row[i] != 0 {
        Self.subtract(row[i], times: row, from: &work, row: i, of: n, startingAt: i)
      }
    }
    order = n
    upper = work
  }

  /// work[row, start...] −= factor · source[start...].
  private static func subtract(
    _ factor: Double, times source: [Double], from work: inout [Double], row: Int, of n: Int,
    startingAt start: Int
  ) {
    var target = work.mutableSpan
    let values = source.span
    let offset = row * n
    for k in start..<n { target[offset + k] -= factor * values[k] }
  }

  /// The x with A x = `right`, both `[n]`. Traps for another number of entries.
  public func solve(_ right: [Double]) -> [Double] {
    let n = order
    precondition(right.count == n, "cholesky: \(right.count) entries for order \(n)")
    var x = right
    for i in 0..<n {
      x[i] /= upper[i * n + i]
      let value = x[i]
      for k in (i + 1)..<max(i + 1, n) { x[k] -= upper[i * n + k] * value }
    }
    for i in (0..<n).reversed() {
      var sum = x[i]
      for k in (i + 1)..<max(i + 1, n) { sum -= upper[i * n + k] * x[k] }
      x[i] = sum / upper[i * n + i]
    }
    return x
  }

  /// U x, `[n]`.
  public func product(_ x: [Double]) -> [Double] {
    let n = order
    precondition(x.count == n, "cholesky: \(x.count) entries for order \(n)")
    return (0..<n).map { i in (i..<n).reduce(0) { $0 + upper[i * n + $1] * x[$1] } }
  }

  /// Uᵀ x, `[n]`: of unit normals, a draw with covariance A.
  public func transposedProduct(_ x: [Double]) -> [Double] {
    let n = order
    precondition(x.count == n, "cholesky: \(x.count) entries for order \(n)")
    return (0..<n).map { i in (0...i).reduce(0) { $0 + upper[$1 * n + i] * x[$1] } }
  }

  /// A⁻¹, row-major `[n, n]`, symmetric to the last bit.
  public var inverse: [Double] {
    let n = order
    // Rows of V = U⁻¹, from the last: uᵢᵢ vᵢ = eᵢ − Σ_{k>i} uᵢₖ vₖ. Then A⁻¹ = V Vᵀ.
    var v = [Double](repeating: 0, count: n * n)
    for i in (0..<n).reversed() {
      var row = [Double](repeating: 0, count: n)
      row[i] = 1
      for k in (i + 1)..<max(i + 1, n) {
        let factor = upper[i * n + k]
        if factor == 0 { continue }
        let source = v.span.extracting((k * n)..<((k + 1) * n))
        var target = row.mutableSpan
        for column in k..<n { target[column] -= factor * source[column] }
      }
      let scale = 1 / upper[i * n + i]
      for column in i..<n { v[i * n + column] = row[column] * scale }
    }
    var result = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in i..<n {
        let value = Self.dot(
          v.span.extracting((i * n + j)..<((i + 1) * n)),
          v.span.extracting((j * n + j)..<((j + 1) * n)))
        result[i * n + j] = value
        result[j * n + i] = value
      }
    }
    return result
  }

  /// ln det A.
  public var logDeterminant: Double {
    (0..<order).reduce(0) { $0 + 2 * Double.log(upper[$1 * order + $1]) }
  }

  /// Four sums side by side: the order of additions is fixed, and the compiler may use vectors.
  private static func dot(_ a: Span<Double>, _ b: Span<Double>) -> Double {
    var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
    let whole = a.count & ~3
    var k = 0
    while k < whole {
      s0 += a[k] * b[k]
      s1 += a[k + 1] * b[k + 1]
      s2 += a[k + 2] * b[k + 2]
      s3 += a[k + 3] * b[k + 3]
      k += 4
    }
    var total = (s0 + s1) + (s2 + s3)
    while k < a.count {
      total += a[k] * b[k]
      k += 1
    }
    return total
  }
}
