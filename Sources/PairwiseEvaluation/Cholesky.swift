/// A = L·Lᵀ of a small dense symmetric positive definite matrix, in double precision.
///
/// Time n³/3 to factor, 2n² a solve. Unblocked: for some hundreds of unknowns.
public struct Cholesky: Sendable {
  /// n, rows and columns of A.
  public let count: Int
  /// `[n, n]` row by row; what stands above the diagonal is 0.
  public let lower: [Double]

  /// Factors A; nil if it is not positive definite to working precision, or not finite.
  ///
  /// - Parameter matrix: `[n, n]` row by row; only the diagonal and what stands below it is read. Traps
  ///   if it has another size.
  public init?(_ matrix: [Double], count n: Int) {
    precondition(
      n > 0 && matrix.count == n * n, "cholesky: \(matrix.count) numbers for \(n) rows and columns")
    var factor = [Double](repeating: 0, count: n * n)
    for row in 0..<n {
      for column in 0...row {
        var sum = matrix[row * n + column]
        for k in 0..<column { sum -= factor[row * n + k] * factor[column * n + k] }
        if column < row {
          factor[row * n + column] = sum / factor[column * n + column]
        } else {
          // NaN fails this too.
          guard sum > 0, sum.isFinite else { return nil }
          factor[row * n + row] = sum.squareRoot()
        }
      }
    }
    count = n
    lower = factor
  }

  /// x with A·x = `right`, `[n]`. Traps if `right` has another length.
  public func solve(_ right: [Double]) -> [Double] {
    precondition(right.count == count, "cholesky: \(right.count) numbers for \(count) unknowns")
    var x = right
    for row in 0..<count {
      var sum = x[row]
      for k in 0..<row { sum -= lower[row * count + k] * x[k] }
      x[row] = sum / lower[row * count + row]
    }
    for row in (0..<count).reversed() {
      var sum = x[row]
      for k in row + 1..<count { sum -= lower[k * count + row] * x[k] }
      x[row] = sum / lower[row * count + row]
    }
    return x
  }

  /// A⁻¹, `[n, n]` row by row, symmetric to the last bit.
  public func inverse() -> [Double] {
    var result = [Double](repeating: 0, count: count * count)
    for column in 0..<count {
      var unit = [Double](repeating: 0, count: count)
      unit[column] = 1
      let x = solve(unit)
      for row in column..<count {
        result[row * count + column] = x[row]
        result[column * count + row] = x[row]
      }
    }
    return result
  }
}
