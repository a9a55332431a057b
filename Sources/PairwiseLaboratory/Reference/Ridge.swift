internal import PairwiseEvaluation

/// Least squares with a penalty, without intercept: (XᵀX + a·I)⁻¹ Xᵀy.
public enum Ridge {
  /// The weights `[D]`; nil if XᵀX + a·I is not positive definite.
  ///
  /// - Parameters:
  ///   - x: `[n, D]` row by row.
  ///   - y: `[n]`; rows where it is NaN are left out.
  ///   - penalty: a ≥ 0, not divided by n.
  public static func fit(
    _ x: [Double], width: Int, _ y: [Double], penalty: Double
  ) -> [Double]? {
    precondition(
      width > 0 && x.count == width * y.count, "ridge: \(x.count) numbers, \(y.count) rows")
    var gram = [Double](repeating: 0, count: width * width)
    var right = [Double](repeating: 0, count: width)
    let rows = x.span
    for (row, target) in y.enumerated() where !target.isNaN {
      for i in 0..<width {
        let xi = rows[row * width + i]
        right[i] += xi * target
        for j in 0..<width { gram[i * width + j] += xi * rows[row * width + j] }
      }
    }
    for i in 0..<width { gram[i * width + i] += penalty }
    return Cholesky(gram, order: width)?.solve(right)
  }
}
