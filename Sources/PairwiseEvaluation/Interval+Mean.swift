extension Interval {
  /// Up to this many rows the mean's interval is bootstrapped; above, the normal interval agrees
  /// with it to within the bootstrap's own noise and costs a thousandth.
  package static let bootstrapLimit = 20_000

  /// The interval of the mean of `values`: the bootstrap for up to 20,000 rows, else mean ± z
  /// standard errors. `method` says which.
  ///
  /// - Throws: `EvaluationError` for no values, or one that is not finite (or above 1e100).
  public static func mean(
    of values: [Double], using bootstrap: Bootstrap = Bootstrap()
  ) throws(EvaluationError) -> Interval {
    if values.count <= bootstrapLimit { return try bootstrap.mean(of: values) }
    try bootstrap.check()
    try EvaluationError.check(values, "mean")
    var moments = Moments()
    for value in values { moments.add(value) }
    guard let mean = moments.mean, let deviation = moments.sampleStandardDeviation else {
      throw .empty("mean")
    }
    let z = -Normal.quantile((1 - bootstrap.level) / 2)
    let half = z * deviation / Double(values.count).squareRoot()
    return Interval(
      low: mean - half, high: mean + half, level: bootstrap.level, method: .normal)
  }
}
