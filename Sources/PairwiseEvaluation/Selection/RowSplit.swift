/// Rows cut into parts by a number.
public enum RowSplit {
  /// Easy pairs, whose rewards differ by more than γ, and hard ones.
  ///
  /// γ = 0 puts every pair with a gap into the easy part.
  /// - Parameter gaps: |r(a) − r(b)| of each pair, or r(a) − r(b).
  /// - Throws: for no pairs, a number that is not finite, or γ < 0.
  /// - Source: Gou & Nguyen 2024, "Mixed Preference Optimization" (arXiv 2403.19443); methods reference, §7.2.
  public static func byGap(
    _ gaps: [Double], above threshold: Double
  ) throws(EvaluationError) -> (easy: [Int], hard: [Int]) {
    try EvaluationError.check(gaps, "gaps")
    guard threshold >= 0 else {
      throw .outOfRange("gap", row: nil, found: "\(threshold)", expected: "0 or more")
    }
    return (
      gaps.indices.filter { abs(gaps[$0]) > threshold },
      gaps.indices.filter { abs(gaps[$0]) <= threshold }
    )
  }

  /// The same with γ at a quantile of the gaps.
  public static func byGap(
    _ gaps: [Double], quantile: Double = 0.5
  ) throws(EvaluationError) -> (easy: [Int], hard: [Int]) {
    try EvaluationError.check(gaps, "gaps")
    try EvaluationError.check(probability: quantile, "gap quantile", row: 0)
    let sorted = gaps.map(abs).sorted()
    return try byGap(gaps, above: Quantiles.quantile(ofSorted: sorted, at: quantile))
  }

  /// Bins of equal count, lowest values first; equal values in the order of their rows.
  ///
  /// The first bins hold one row more where the count does not divide.
  /// - Throws: for a number that is not finite, or a number of bins outside 1 … rows.
  /// - Source: methods reference, §7.7.
  public static func byQuantile(
    _ values: [Double], bins: Int
  ) throws(EvaluationError) -> [[Int]] {
    try EvaluationError.check(values, "binned column")
    guard (1...values.count).contains(bins) else {
      throw .outOfRange("bins", row: nil, found: "\(bins)", expected: "1 … \(values.count)")
    }
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    let (size, extra) = values.count.quotientAndRemainder(dividingBy: bins)
    var start = 0
    return (0..<bins).map { bin in
      let end = start + size + (bin < extra ? 1 : 0)
      defer { start = end }
      return Array(order[start..<end])
    }
  }
}
