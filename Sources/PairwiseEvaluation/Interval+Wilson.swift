extension Interval {
  /// Wilson's score interval for a proportion: `successes` out of `count`.
  ///
  /// Good from a handful of rows on, never outside 0 … 1, and not empty at 0 or `count` successes.
  /// - Throws: `EvaluationError` when `count` is 0, `successes` is not in 0 … `count`, or `level`
  ///   is not between 0 and 1.
  /// - Source: Wilson 1927; recommended by Brown, Cai and DasGupta 2001.
  public static func wilson(
    successes: Int, of count: Int, level: Double = 0.95
  ) throws(EvaluationError) -> Interval {
    try EvaluationError.check(level: level)
    guard count > 0 else { throw .empty("proportion") }
    guard (0...count).contains(successes) else {
      throw .outOfRange("successes", row: nil, found: "\(successes)", expected: "0 … \(count)")
    }
    let n = Double(count)
    let share = Double(successes) / n
    // 1 − (1 − level)/2 is kept as a lower tail: near a level of 1 it would round to 1.
    let z = -Normal.quantile((1 - level) / 2)
    let shrink = 1 / (1 + z * z / n)
    let centre = shrink * (share + z * z / (2 * n))
    let half = shrink * z * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(
      low: successes == 0 ? 0 : max(0, centre - half),
      high: successes == count ? 1 : min(1, centre + half),
      level: level, method: .wilson)
  }
}
