internal import RealModule

/// A direction in hidden states along which a yes-or-no property can be read off: L2-regularised logistic regression
/// with an intercept.
///
/// - Source: methods reference, §8.10.
public struct LinearProbe: Sendable, Equatable {
  /// `[D]`.
  public let weights: [Double]
  public let intercept: Double

  /// Fits by Newton's method.
  ///
  /// - Parameters:
  ///   - states: `[N][D]`.
  ///   - labels: `[N]`.
  ///   - penalty: λ > 0 of (λ/2)‖w‖² beside the mean loss; the intercept is free.
  /// - Throws: for no rows, rows of different lengths, numbers that are not finite, labels all alike, or a
  ///   penalty that is not above 0.
  public init(
    states: [[Double]], labels: [Bool], penalty: Double = 1e-3
  ) throws(EvaluationError) {
    let width = try Self.width(states, labels)
    guard penalty > 0, penalty.isFinite else {
      throw .outOfRange("probe penalty", row: nil, found: "\(penalty)", expected: "above 0")
    }
    let size = width + 1
    let n = Double(states.count)
    // The intercept is the last; a trace of penalty keeps its equation solvable when all is certain.
    var theta = [Double](repeating: 0, count: size)
    func objective(_ theta: [Double]) -> Double {
      var sum = 0.0
      for (state, label) in zip(states, labels) {
        let margin = SparseLaplacian.dot(state, theta) + theta[width]
        sum += Logistic.softplus(label ? -margin : margin)
      }
      return sum / n + penalty / 2 * theta[..<width].reduce(0) { $0 + $1 * $1 }
    }
    var value = objective(theta)
    for _ in 0..<100 {
      var gradient = (0..<size).map { $0 < width ? penalty * theta[$0] : 0 }
      var matrix = [Double](repeating: 0, count: size * size)
      for i in 0..<size { matrix[i * size + i] = i < width ? penalty : 1e-12 }
      for (state, label) in zip(states, labels) {
        let row = state + [1]
        let p = Logistic.sigmoid(SparseLaplacian.dot(row, theta))
        let (miss, weight) = ((p - (label ? 1 : 0)) / n, p * (1 - p) / n)
        for i in 0..<size {
          gradient[i] += miss * row[i]
          for j in i..<size { matrix[i * size + j] += weight * row[i] * row[j] }
        }
      }
      guard let step = Cholesky(matrix, order: size)?.solve(gradient) else { break }
      var length = 1.0
      var moved = theta
      repeat {
        moved = zip(theta, step).map { $0 - length * $1 }
        length /= 2
      } while objective(moved) > value && length > 1e-12
      let change = zip(moved, theta).reduce(0) { max($0, abs($1.0 - $1.1)) }
      (theta, value) = (moved, objective(moved))
      if change < 1e-11 { break }
    }
    weights = Array(theta[..<width])
    intercept = theta[width]
  }

  private static func width(
    _ states: [[Double]], _ labels: [Bool]
  ) throws(EvaluationError) -> Int {
    guard let first = states.first, !first.isEmpty else { throw .empty("hidden states") }
    guard labels.count == states.count else {
      throw .lengthsDiffer("labels of states", found: labels.count, expected: states.count)
    }
    for (row, state) in states.enumerated() {
      guard state.count == first.count else {
        throw .lengthsDiffer("hidden state \(row)", found: state.count, expected: first.count)
      }
      for value in state {
        try EvaluationError.check(value, within: 1e30, "hidden state", row: row)
      }
    }
    guard labels.contains(true), labels.contains(false) else {
      throw .outOfRange("labels of states", row: nil, found: "all alike", expected: "both kinds")
    }
    return first.count
  }

  /// log odds of the property.
  public func margin(_ state: [Double]) -> Double {
    SparseLaplacian.dot(weights, state) + intercept
  }

  /// Share of states on the right side; one at exactly 0 is wrong.
  public func accuracy(states: [[Double]], labels: [Bool]) -> Double {
    let right = zip(states, labels).count { margin($0) != 0 && (margin($0) > 0) == $1 }
    return Double(right) / Double(max(1, labels.count))
  }

  /// The weights as a unit vector.
  public var direction: [Double] {
    let length = SparseLaplacian.dot(weights, weights).squareRoot()
    return length > 0 ? weights.map { $0 / length } : weights
  }

  /// |cos(target, first) − cos(target, second)| of concept directions: how much closer one of two concepts is.
  ///
  /// - Source: after BiasLens 2025 (arXiv 2505.15524), without its sparse autoencoder.
  public static func conceptBias(
    target: [Double], first: [Double], second: [Double]
  ) -> Double {
    abs(cosine(target, first) - cosine(target, second))
  }

  /// Cosine of two vectors of one length; 0 if one of them is 0.
  public static func cosine(_ a: [Double], _ b: [Double]) -> Double {
    let lengths = SparseLaplacian.dot(a, a) * SparseLaplacian.dot(b, b)
    return lengths > 0 ? SparseLaplacian.dot(a, b) / lengths.squareRoot() : 0
  }

  /// Σ_{i<j} cos²(wᵢ, wⱼ): 0 for orthogonal directions.
  public static func overlap(_ directions: [[Double]]) -> Double {
    var sum = 0.0
    for i in directions.indices {
      for j in (i + 1)..<max(i + 1, directions.count) {
        let cosine = cosine(directions[i], directions[j])
        sum += cosine * cosine
      }
    }
    return sum
  }
}

/// Moving hidden states along the difference of two sets' means: h ← h + a·s·u.
///
/// u is the normalised difference of means and s the population standard deviation of h·u over both sets, so that
/// a counts standard deviations. Moving all states alike changes neither.
/// - Source: Zhu et al. 2024, "Personality Alignment of LLMs" (arXiv 2408.11779); methods reference, §8.10.
public struct SteeringDirection: Sendable, Equatable {
  /// u, `[D]`.
  public let direction: [Double]
  /// s.
  public let deviation: Double

  /// - Throws: for an empty set, rows of different lengths, numbers that are not finite, or equal means.
  public init(positives: [[Double]], negatives: [[Double]]) throws(EvaluationError) {
    let all = positives + negatives
    guard let width = all.first?.count, width > 0, !positives.isEmpty, !negatives.isEmpty else {
      throw .empty("states to steer by")
    }
    for (row, state) in all.enumerated() {
      guard state.count == width else {
        throw .lengthsDiffer("hidden state \(row)", found: state.count, expected: width)
      }
      for value in state {
        try EvaluationError.check(value, within: 1e30, "hidden state", row: row)
      }
    }
    func mean(_ states: [[Double]]) -> [Double] {
      (0..<width).map { d in states.reduce(0) { $0 + $1[d] } / Double(states.count) }
    }
    let difference = zip(mean(positives), mean(negatives)).map { $0 - $1 }
    let length = SparseLaplacian.dot(difference, difference).squareRoot()
    guard length > 0 else {
      throw .outOfRange(
        "states to steer by", row: nil, found: "equal means", expected: "means that differ")
    }
    let direction = difference.map { $0 / length }
    let parts = all.map { SparseLaplacian.dot($0, direction) }
    let centre = parts.reduce(0, +) / Double(parts.count)
    let squares = parts.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
    self.direction = direction
    deviation = (squares / Double(parts.count)).squareRoot()
  }

  /// a·s·u, to be added to states.
  public func shift(_ strength: Double) -> [Double] {
    direction.map { strength * deviation * $0 }
  }
}
