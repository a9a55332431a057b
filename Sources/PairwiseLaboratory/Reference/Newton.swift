internal import PairwiseEvaluation

/// A function with two derivatives that a reference fit minimises.
protocol SmoothFunction {
  /// What messages call it.
  var name: String { get }
  func value(at point: [Double]) -> Double
  func expansion(at point: [Double]) -> Expansion
}

/// Value, gradient `[n]` and Hessian `[n, n]` of a function at a point.
struct Expansion {
  var value: Double
  var gradient: [Double]
  var hessian: [Double]

  init(unknowns n: Int) {
    value = 0
    gradient = [Double](repeating: 0, count: n)
    hessian = [Double](repeating: 0, count: n * n)
  }
}

/// Newton's method with steps that are cut until the value falls, and with a diagonal added to a Hessian
/// that is not positive definite.
enum Newton {
  /// A minimum near `start`.
  ///
  /// - Parameter tolerance: largest norm of the gradient that is taken for zero.
  /// - Throws: `separable` if the point runs away, `notConverged` if the steps stop before the end.
  static func minimize(
    _ function: some SmoothFunction, from start: [Double], tolerance: Double = 1e-12
  ) throws(FitError) -> [Double] {
    var point = start
    var norm = Double.infinity
    for _ in 0..<500 {
      let here = function.expansion(at: point)
      norm = length(here.gradient)
      if norm <= tolerance { return point }
      guard norm.isFinite else { break }
      let step = direction(here)
      guard let next = advance(function, from: point, here, by: step) else {
        // No smaller value to be had: as good as it gets, unless that is far from flat.
        if norm <= 1e-9 { return point }
        break
      }
      point = next
      if length(point) > 1e6 { throw .separable(function.name) }
    }
    // On separable data the gradient fades while the point keeps moving out.
    if length(point) > 1e2, norm < 1e-6 { throw .separable(function.name) }
    throw .notConverged(function.name, gradient: norm)
  }

  /// −H⁻¹g, or with a multiple of the identity added to H until it is positive definite.
  private static func direction(_ here: Expansion) -> [Double] {
    let n = here.gradient.count
    let scale = max((0..<n).map { abs(here.hessian[$0 * n + $0]) }.max() ?? 0, 1e-12)
    var added = 0.0
    while true {
      var matrix = here.hessian
      for i in 0..<n { matrix[i * n + i] += added }
      if let factor = Cholesky(matrix, order: n) { return factor.solve(here.gradient).map { -$0 } }
      guard added.isFinite else { return here.gradient.map { -$0 } }
      added = added == 0 ? 1e-10 * scale : 10 * added
    }
  }

  /// The point after the longest of the steps 1, ½, ¼, … that lowers the value enough; nil if none does.
  private static func advance(
    _ function: some SmoothFunction, from point: [Double], _ here: Expansion, by step: [Double]
  ) -> [Double]? {
    let slope = zip(here.gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
    var length = 1.0
    while length > 1e-12 {
      let next = zip(point, step).map { $0 + length * $1 }
      let value = function.value(at: next)
      // Near the minimum the promised gain drowns in rounding: any value that is no worse will do.
      let slack = 1e-15 * max(1, abs(here.value))
      if value <= here.value + 1e-4 * length * slope + slack { return next }
      length /= 2
    }
    return nil
  }

  static func length(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
