internal import RealModule

/// What a little more weight on each group of training pairs would do to a validation loss.
///
/// I = −vᵀ(H + δI)⁻¹G, with v the gradient of the validation loss, G the group's gradient and H the
/// Hessian of the training loss: the first-order change. Negative helps.
///
/// - Source: Wang et al. 2025, "TiKMiX", arXiv 2508.17677, for groups of preference pairs; the mixture is
///   this project's.
public struct GroupInfluence: Sendable, Equatable {
  /// I of each group.
  public let influences: [Double]

  /// - Parameters:
  ///   - validation: v, `[D]`.
  ///   - groups: G of each group, `[D]` each: sums over their pairs give influences that add up over a
  ///     partition, means make groups of different sizes comparable.
  ///   - hessian: `[D, D]` row by row; nil: the identity, without damping.
  ///   - damping: δ > 0.
  /// - Throws: `EvaluationError` for no groups, other shapes, numbers that are not finite, or a Hessian
  ///   that is not positive definite even with damping.
  public init(
    validation: [Double], groups: [[Double]], hessian: [Double]? = nil, damping: Double = 0.1
  ) throws(EvaluationError) {
    try EvaluationError.check(validation, "validation gradient")
    guard !groups.isEmpty else { throw .empty("group gradients") }
    let width = validation.count
    for (row, gradient) in groups.enumerated() {
      guard gradient.count == width else {
        throw .outOfRange(
          "group gradient", row: row, found: "\(gradient.count) numbers", expected: "\(width)")
      }
      for value in gradient {
        try EvaluationError.check(
          value, within: Moments.largestMagnitude, "group gradient", row: row)
      }
    }
    var direction = validation
    if let hessian {
      direction = try Self.solve(hessian, damping, validation)
    }
    influences = groups.map { gradient in -zip(direction, gradient).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  private static func solve(
    _ hessian: [Double], _ damping: Double, _ right: [Double]
  ) throws(EvaluationError) -> [Double] {
    let width = right.count
    guard hessian.count == width * width else {
      throw .outOfRange(
        "hessian", row: nil, found: "\(hessian.count) numbers", expected: "\(width * width)")
    }
    guard damping > 0, damping.isFinite else {
      throw .outOfRange("damping", row: nil, found: "\(damping)", expected: "a number above 0")
    }
    var matrix = hessian
    for k in 0..<width { matrix[k * width + k] += damping }
    guard let factor = Cholesky(matrix, order: width) else {
      throw .outOfRange(
        "hessian", row: nil, found: "a matrix that is not positive definite",
        expected: "one that is, with a damping of \(damping)")
    }
    return factor.solve(right)
  }

  /// The proportions that minimise Σ pᵢIᵢ − ρ·entropy(p): p ∝ exp(−I/ρ).
  ///
  /// - Parameter temperature: ρ > 0; nil: the population deviation of the influences. Where all are equal
  ///   the proportions are, too.
  public func mixture(temperature: Double? = nil) -> [Double] {
    let mean = influences.reduce(0, +) / Double(influences.count)
    let spread =
      (influences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(influences.count))
      .squareRoot()
    let rho = temperature ?? spread
    precondition(temperature == nil || rho > 0, "group influence: temperature \(rho)")
    let best = influences.min() ?? 0
    let weights = influences.map { rho > 0 ? Double.exp((best - $0) / rho) : 1 }
    let total = weights.reduce(0, +)
    return weights.map { $0 / total }
  }
}
