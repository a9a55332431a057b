/// What each of several switched factors, and chosen pairs of them, do to an outcome: least squares on ±1 codes.
///
/// In a balanced full design a coefficient is mean(x·y), whatever other terms there are, and switching the factor
/// changes the outcome by twice that.
/// - Source: the 2 × 2⁴ design of "Are LLMs Vulnerable to Preference-Undermining Attacks?" 2026; methods reference,
///   §8.9.
public struct FactorialEffects: Sendable, Equatable {
  public struct Term: Sendable, Equatable {
    /// `A`, or `A:B` for an interaction; `intercept`.
    public var name: String
    public var coefficient: Double
    /// Of the coefficient, from resampling rows.
    public var interval: Interval?

    /// What switching the term from −1 to 1 does.
    public var effect: Double { 2 * coefficient }
  }

  /// The intercept first.
  public let terms: [Term]

  /// - Parameters:
  ///   - factors: names, `[F]`.
  ///   - levels: whether each factor is on in each row, `[N][F]`.
  ///   - outcomes: `[N]`.
  ///   - interactions: pairs of indices into `factors`.
  ///   - bootstrap: nil for no intervals. Resamples in which terms cannot be told apart are left out.
  /// - Throws: for no rows, rows of another length, an outcome that is not finite, a pair without such factors,
  ///   or rows that cannot tell the terms apart.
  public init(
    factors: [String], levels: [[Bool]], outcomes: [Double], interactions: [(Int, Int)] = [],
    using bootstrap: Bootstrap? = nil
  ) throws(EvaluationError) {
    try EvaluationError.check(outcomes, "outcomes of factors")
    guard levels.count == outcomes.count else {
      throw .lengthsDiffer("rows of factors", found: levels.count, expected: outcomes.count)
    }
    for (row, values) in levels.enumerated() where values.count != factors.count {
      throw .lengthsDiffer("factors of row \(row)", found: values.count, expected: factors.count)
    }
    for (a, b) in interactions
    where a == b || !factors.indices.contains(a) || !factors.indices.contains(b) {
      throw .outOfRange(
        "interaction", row: nil, found: "factors \(a) and \(b)",
        expected: "two of \(factors.count)")
    }
    let rows = levels.map { values -> [Double] in
      let codes = values.map { $0 ? 1.0 : -1 }
      return [1] + codes + interactions.map { codes[$0.0] * codes[$0.1] }
    }
    guard let fit = Self.fit(rows, outcomes) else {
      throw .outOfRange(
        "factors", row: nil,
        found: "\(rows.count) rows that do not tell \(rows[0].count) terms apart",
        expected: "levels that vary independently")
    }
    var intervals = [Interval?](repeating: nil, count: fit.count)
    if let bootstrap {
      try bootstrap.check()
      let replicates = (0..<bootstrap.resamples).compactMap { index in
        var generator = BootstrapGenerator(seed: bootstrap.seed, replicate: index)
        let drawn = rows.indices.map { _ in generator.index(below: rows.count) }
        return Self.fit(drawn.map { rows[$0] }, drawn.map { outcomes[$0] })
      }
      if !replicates.isEmpty {
        intervals = fit.indices.map { term in
          bootstrap.interval(of: replicates.map { $0[term] }, method: .bootstrapPercentile)
        }
      }
    }
    let names = ["intercept"] + factors + interactions.map { "\(factors[$0.0]):\(factors[$0.1])" }
    terms = names.indices.map {
      Term(name: names[$0], coefficient: fit[$0], interval: intervals[$0])
    }
  }

  /// Coefficients by the normal equations; nil if they have no single solution.
  private static func fit(_ rows: [[Double]], _ outcomes: [Double]) -> [Double]? {
    let width = rows[0].count
    var gram = [Double](repeating: 0, count: width * width)
    var right = [Double](repeating: 0, count: width)
    for (row, y) in zip(rows, outcomes) {
      for i in 0..<width {
        right[i] += row[i] * y
        for j in 0..<width { gram[i * width + j] += row[i] * row[j] }
      }
    }
    guard let factor = Cholesky(gram, order: width) else { return nil }
    let solution = factor.solve(right)
    // Entries of the matrix are whole numbers: what is singular leaves a pivot of rounding's size.
    let largest = factor.inverse.map(abs).max() ?? 0
    return largest < 1e8 ? solution : nil
  }
}
