internal import RealModule

/// Which named properties of completions explain who is preferred: logistic regression without an intercept on the
/// differences of properties, under independent Laplace priors.
///
/// `y ~ Bernoulli(σ(x·α))`, `αₚ ~ Laplace(0, b)`. x is how the first completion compares with the second in each
/// property (−1, 0, 1 or a signed difference), so swapping a pair flips x and y and changes nothing. σ(αₚ) is the
/// probability that a completion wins that is better in property p alone.
///
/// ```swift
/// let data = try PropertyRegression(comparisons: [[1, 0], [0, 1], [-1, 1]], firstWins: [true, false, false])
/// let weights = try data.mode(scale: 0.1)
/// let posterior = try data.posterior(scale: 0.1)
/// for effect in posterior.effects { print(effect) }
/// ```
/// - Source: Li, J. et al. 2024, "Dissecting Human and LLM Preferences" (arXiv 2402.11296); methods reference, §8.5.
public struct PropertyRegression: Sendable {
  /// P, the number of properties.
  public let properties: Int
  /// Distinct comparisons from the winner's side, `[rows][P]`, and how often each occurs.
  let rows: [[Double]]
  let counts: [Double]

  /// - Parameters:
  ///   - comparisons: x of each pair, `[N][P]`.
  ///   - firstWins: whether the first completion is preferred, `[N]`.
  /// - Throws: for no pairs or properties, rows of different lengths, or a number that is not finite or above 1e6.
  public init(comparisons: [[Double]], firstWins: [Bool]) throws(EvaluationError) {
    guard let first = comparisons.first, !first.isEmpty else { throw .empty("properties") }
    guard firstWins.count == comparisons.count else {
      throw .lengthsDiffer(
        "preferences", found: firstWins.count, expected: comparisons.count)
    }
    var places: [[Double]: Int] = [:]
    var (rows, counts): ([[Double]], [Double]) = ([], [])
    for (row, x) in comparisons.enumerated() {
      guard x.count == first.count else {
        throw .lengthsDiffer("properties of row \(row)", found: x.count, expected: first.count)
      }
      for value in x { try EvaluationError.check(value, within: 1e6, "property", row: row) }
      // Adding 0 makes −0 and 0 the same row.
      let oriented = x.map { (firstWins[row] ? $0 : -$0) + 0 }
      if let place = places[oriented] {
        counts[place] += 1
      } else {
        places[oriented] = rows.count
        rows.append(oriented)
        counts.append(1)
      }
    }
    properties = first.count
    (self.rows, self.counts) = (rows, counts)
  }

  /// Σ log σ(x·α) over pairs, nats.
  public func logLikelihood(_ weights: [Double]) -> Double {
    var sum = 0.0
    for (row, count) in zip(rows, counts) {
      sum -= count * Logistic.softplus(-SparseLaplacian.dot(row, weights))
    }
    return sum
  }

  /// The gradient of the log-likelihood, `[P]`, and the weights p(1 − p) of its curvature, `[rows]`.
  func slope(_ weights: [Double]) -> (gradient: [Double], curvature: [Double]) {
    var gradient = [Double](repeating: 0, count: properties)
    var curvature: [Double] = []
    curvature.reserveCapacity(rows.count)
    for (row, count) in zip(rows, counts) {
      let miss = Logistic.sigmoid(-SparseLaplacian.dot(row, weights))
      for p in 0..<properties { gradient[p] += count * miss * row[p] }
      curvature.append(count * miss * (1 - miss))
    }
    return (gradient, curvature)
  }

  /// Σ cᵢ xᵢ xᵢᵀ, row-major `[P, P]`.
  func gram(_ weights: [Double]) -> [Double] {
    var matrix = [Double](repeating: 0, count: properties * properties)
    for (row, weight) in zip(rows, weights) {
      for i in 0..<properties where row[i] != 0 {
        for j in 0..<properties { matrix[i * properties + j] += weight * row[i] * row[j] }
      }
    }
    return matrix
  }

  static func check(scale: Double) throws(EvaluationError) {
    guard scale > 0, scale <= 1e6 else {
      throw .outOfRange(
        "prior scale", row: nil, found: "\(scale)", expected: "a number above 0, up to 1e6")
    }
  }
}
