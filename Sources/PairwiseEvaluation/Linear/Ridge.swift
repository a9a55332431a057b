/// Least squares with a penalty, without intercept: w = (XᵀX + a·I)⁻¹ Xᵀy.
///
/// One such fit for each of several ratings of the same features is a reward model with many heads.
///
/// - Source: Wang et al. 2024, DPA, arXiv 2402.18571; Wang et al. 2024, ArmoRM, arXiv 2406.12845.
public struct Ridge: Sendable, Equatable {
  /// w, `[D]`.
  public let weights: [Double]
  /// a, not divided by the number of rows.
  public let penalty: Double
  /// Rows that had a rating.
  public let count: Int

  /// Penalties to choose among.
  public static let grid = (-4...4).map { exponent in
    (0..<abs(exponent)).reduce(1.0) { power, _ in exponent < 0 ? power / 10 : power * 10 }
  }

  /// Fits with a given penalty.
  ///
  /// - Parameters:
  ///   - x: `[n, D]` row by row.
  ///   - y: `[n]`; rows where it is NaN are left out.
  ///   - penalty: a ≥ 0.
  /// - Throws: `EvaluationError` for other shapes, no rating at all, numbers that are not finite, or
  ///   features that determine no weights without a penalty.
  public init(
    _ x: [Double], width: Int, _ y: [Double], penalty: Double
  ) throws(EvaluationError) {
    let sums = try Sums(x, width, y) { _ in true }
    guard penalty >= 0, penalty.isFinite else {
      throw .outOfRange("ridge penalty", row: nil, found: "\(penalty)", expected: "0 or more")
    }
    guard let weights = sums.solve(penalty) else {
      throw .outOfRange(
        "ridge", row: nil, found: "features that depend on each other",
        expected: "a penalty above \(penalty)")
    }
    (self.weights, self.penalty, count) = (weights, penalty, sums.count)
  }

  /// Fits with the penalty of `grid` whose fit to four fifths of the rows has the least squared error on the
  /// others (every fifth row with a rating), then to all rows.
  public init(choosingPenaltyFor x: [Double], width: Int, _ y: [Double]) throws(EvaluationError) {
    // Which rows have a rating, counted, so that gaps cannot empty either part.
    var place = 0
    let isHeld = y.map { target -> Bool in
      guard !target.isNaN else { return false }
      place += 1
      return place % 5 == 0
    }
    let part = try Sums(x, width, y) { !isHeld[$0] }
    var best = (penalty: 1.0, error: Double.infinity)
    for penalty in Self.grid {
      guard let weights = part.solve(penalty) else { continue }
      var error = 0.0
      for row in y.indices where isHeld[row] {
        let miss = Self.product(weights, x[row * width..<(row + 1) * width]) - y[row]
        error += miss * miss
      }
      if error < best.error { best = (penalty, error) }
    }
    try self.init(x, width: width, y, penalty: best.penalty)
  }

  /// w·x of one row, `[D]`.
  public func predict(_ row: some Collection<Double>) -> Double { Self.product(weights, row) }

  private static func product(_ a: [Double], _ b: some Collection<Double>) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// XᵀX and Xᵀy of some rows.
  private struct Sums {
    let width: Int
    var gram: [Double]
    var right: [Double]
    var count = 0

    init(
      _ x: [Double], _ width: Int, _ y: [Double], where isUsed: (Int) -> Bool
    ) throws(EvaluationError) {
      guard width > 0, x.count == width * y.count else {
        throw .lengthsDiffer(
          "rows of features", found: x.count / max(1, width), expected: y.count)
      }
      self.width = width
      gram = [Double](repeating: 0, count: width * width)
      right = [Double](repeating: 0, count: width)
      let rows = x.span
      for (row, target) in y.enumerated() where !target.isNaN && isUsed(row) {
        try EvaluationError.check(target, within: Moments.largestMagnitude, "rating", row: row)
        count += 1
        for i in 0..<width {
          let xi = rows[row * width + i]
          try EvaluationError.check(xi, within: Moments.largestMagnitude, "feature", row: row)
          right[i] += xi * target
          for j in i..<width { gram[i * width + j] += xi * rows[row * width + j] }
        }
      }
      guard count > 0 else { throw .empty("ratings") }
      for i in 0..<width { for j in 0..<i { gram[i * width + j] = gram[j * width + i] } }
    }

    func solve(_ penalty: Double) -> [Double]? {
      var matrix = gram
      for i in 0..<width { matrix[i * width + i] += penalty }
      return Cholesky(matrix, order: width)?.solve(right)
    }
  }
}
