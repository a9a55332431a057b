/// Percentile bootstrap of means: rows are drawn with replacement, the mean is taken, B times.
///
/// Deterministic: replicate k of seed s is always the same draw. Cost: B · n draws.
/// - Source: Efron and Tibshirani 1993, chapter 13.
public struct Bootstrap: Sendable, Equatable {
  /// B, the number of resamples, at least 1.
  public var resamples: Int
  public var seed: UInt64
  /// Nominal coverage of the intervals, between 0 and 1.
  public var level: Double

  public init(resamples: Int = 1000, seed: UInt64 = 0, level: Double = 0.95) {
    self.resamples = resamples
    self.seed = seed
    self.level = level
  }

  /// The interval of the mean of `values`.
  ///
  /// - Throws: `EvaluationError` for no values, a value that is not finite (or above 1e100), or
  ///   settings out of range.
  public func mean(of values: [Double]) throws(EvaluationError) -> Interval {
    try check()
    try EvaluationError.check(values, "bootstrap")
    return interval(of: resampledMeans(values), method: .bootstrapPercentile)
  }

  /// The interval of mean(`first`) − mean(`second`) of two independent sets of rows.
  public func difference(
    _ first: [Double], _ second: [Double]
  ) throws(EvaluationError) -> Interval {
    try check()
    try EvaluationError.check(first, "bootstrap, first set")
    try EvaluationError.check(second, "bootstrap, second set")
    let a = resampledMeans(first)
    let b = Bootstrap(resamples: resamples, seed: ~seed).resampledMeans(second)
    return interval(of: zip(a, b).map { $0 - $1 }, method: .bootstrapPercentile)
  }

  /// The interval of mean(Σ wᵢ xᵢ / Σ wᵢ); a resample without weight keeps the full mean.
  public func weightedMean(
    of values: [Double], weights: [Double]
  ) throws(EvaluationError) -> Interval {
    try check()
    try EvaluationError.check(values, "bootstrap")
    guard weights.count == values.count else {
      throw .lengthsDiffer("bootstrap weights", found: weights.count, expected: values.count)
    }
    for (row, weight) in weights.enumerated() {
      try EvaluationError.check(
        weight: weight, upTo: Moments.largestMagnitude, "bootstrap weight", row: row)
    }
    let total = weights.reduce(0, +)
    guard total > 0 else { throw .empty("bootstrap, all weights zero") }
    let products = zip(values, weights).map { $0 * $1 }
    let overall = products.reduce(0, +) / total
    let top = resampledMeans(products)
    let bottom = resampledMeans(weights)  // the same seed draws the same rows
    let ratios = zip(top, bottom).map { $1 > 0 ? $0 / $1 : overall }
    return interval(of: ratios, method: .bootstrapPercentile)
  }

  func check() throws(EvaluationError) {
    try EvaluationError.check(level: level)
    guard (1...1_000_000).contains(resamples) else {
      throw .outOfRange(
        "bootstrap resamples", row: nil, found: "\(resamples)", expected: "1 … 1000000")
    }
  }

  /// One mean a replicate, in replicate order.
  func resampledMeans(_ values: [Double]) -> [Double] {
    let n = values.count
    return (0..<resamples).map { replicate in
      var generator = BootstrapGenerator(seed: seed, replicate: replicate)
      let rows = values.span
      var sum = 0.0
      for _ in 0..<n { sum += rows[generator.index(below: n)] }
      return sum / Double(n)
    }
  }

  func interval(of replicates: [Double], method: Interval.Method) -> Interval {
    let sorted = replicates.sorted()
    let tail = (1 - level) / 2
    return Interval(
      low: Quantiles.quantile(ofSorted: sorted, at: tail),
      high: Quantiles.quantile(ofSorted: sorted, at: 1 - tail),
      level: level, method: method)
  }
}
