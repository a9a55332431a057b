internal import PairwiseEvaluation

/// Pairs as a linear reward sees them, with everything that changes their loss.
///
/// z = θ·x − margin and ℓ = softplus(−z) + pull·z. The pull is α for label smoothing, −ε/(1 − 2ε) for
/// the correction of flips at rate ε, and 1 − p for the soft label p.
public struct LinearPairs: Sendable, Equatable {
  /// chosen − rejected features, `[n, D]` row by row.
  public var x: [Double]
  /// D.
  public let width: Int
  /// Each `[n]`, or empty: 0, 1 and 0.
  public var margins: [Double] = []
  public var weights: [Double] = []
  public var pulls: [Double] = []

  public var count: Int { x.count / width }

  /// Traps if the number of features is no multiple of the width.
  public init(_ x: [Double], width: Int) {
    precondition(
      width > 0 && x.count.isMultiple(of: width), "linear pairs: \(x.count) numbers, width \(width)"
    )
    (self.x, self.width) = (x, width)
  }

  public init(_ pairs: ToyPairs) { self.init(pairs.differences, width: pairs.width) }

  /// The same pull for every pair.
  public func pulled(by pull: Double) -> LinearPairs {
    var copy = self
    copy.pulls = [Double](repeating: pull, count: count)
    return copy
  }

  /// The same pairs with some of the features only. Margins, weights and pulls stay.
  public func selecting(_ features: [Int]) -> LinearPairs {
    var result = LinearPairs(
      (0..<count).flatMap { row in features.map { x[row * width + $0] } }, width: features.count)
    (result.margins, result.weights, result.pulls) = (margins, weights, pulls)
    return result
  }

  /// The rewards' difference of every pair, θ·x `[n]`, without margins.
  public func scores(_ theta: [Double]) -> [Double] {
    precondition(theta.count == width, "linear pairs: \(theta.count) weights, expected \(width)")
    let rows = x.span
    let direction = theta.span
    return (0..<count).map { row in
      var sum = 0.0
      for k in 0..<width { sum += rows[row * width + k] * direction[k] }
      return sum
    }
  }

  /// The loss that is fitted, without a penalty: Σ wℓ / n.
  public func loss(_ theta: [Double]) -> Double {
    LogisticLoss(pairs: self, l2: 0).value(at: theta)
  }

  /// Mean softplus(−θ·x): the plain loss, whatever the pairs were trained with.
  public func logLoss(_ theta: [Double]) -> Double {
    scores(theta).reduce(0) { $0 + Logistic.softplus(-$1) } / Double(count)
  }

  /// Share of pairs with θ·x > 0.
  public func accuracy(_ theta: [Double]) -> Double {
    Double(scores(theta).count { $0 > 0 }) / Double(count)
  }

  /// The θ that minimises Σ wℓ / n + (l2/2)·‖θ‖², to a gradient of 10⁻¹².
  ///
  /// - Parameter start: where to begin, `[D]`; empty: 0.
  /// - Throws: `FitError.separable` if there is none.
  public func fit(l2: Double = 0, from start: [Double] = []) throws(FitError) -> [Double] {
    let zeros = [Double](repeating: 0, count: width)
    let theta = try Newton.minimize(
      LogisticLoss(pairs: self, l2: l2), from: start.isEmpty ? zeros : start)
    // Without a penalty or a pull inwards, a θ that tells every pair right is only on its way to infinity.
    if l2 == 0, pulls.allSatisfy({ $0 <= 0 }), scores(theta).allSatisfy({ $0 > 0 }) {
      throw .separable("logistic fit")
    }
    return theta
  }

  /// Standard errors of a fit without regularisation, `[D]`: roots of the diagonal of (n·H)⁻¹.
  public func standardErrors(at theta: [Double]) -> [Double]? {
    let hessian = LogisticLoss(pairs: self, l2: 0).expansion(at: theta).hessian
    guard let factor = Cholesky(hessian.map { $0 * Double(count) }, order: width) else {
      return nil
    }
    let inverse = factor.inverse
    return (0..<width).map { inverse[$0 * width + $0].squareRoot() }
  }
}

/// The mean loss of linear pairs with an L2 penalty.
struct LogisticLoss: SmoothFunction {
  let name = "logistic fit"
  let pairs: LinearPairs
  let l2: Double

  func value(at theta: [Double]) -> Double {
    let scores = pairs.scores(theta)
    var sum = 0.0
    for (row, score) in scores.enumerated() {
      let z = score - (pairs.margins.isEmpty ? 0 : pairs.margins[row])
      let loss = Logistic.softplus(-z) + (pairs.pulls.isEmpty ? 0 : pairs.pulls[row] * z)
      sum += (pairs.weights.isEmpty ? 1 : pairs.weights[row]) * loss
    }
    return sum / Double(pairs.count) + l2 / 2 * theta.reduce(0) { $0 + $1 * $1 }
  }

  func expansion(at theta: [Double]) -> Expansion {
    let width = pairs.width
    var result = Expansion(unknowns: width)
    result.value = value(at: theta)
    let scores = pairs.scores(theta)
    let rows = pairs.x.span
    var (gradient, hessian) = (result.gradient, result.hessian)
    var slopes = gradient.mutableSpan
    var curves = hessian.mutableSpan
    for (row, score) in scores.enumerated() {
      let z = score - (pairs.margins.isEmpty ? 0 : pairs.margins[row])
      let weight = (pairs.weights.isEmpty ? 1 : pairs.weights[row]) / Double(pairs.count)
      let below = Logistic.sigmoid(-z)
      let slope = weight * ((pairs.pulls.isEmpty ? 0 : pairs.pulls[row]) - below)
      let curve = weight * below * Logistic.sigmoid(z)
      let base = row * width
      for i in 0..<width {
        let xi = rows[base + i]
        slopes[i] += slope * xi
        let scaled = curve * xi
        for j in i..<width { curves[i * width + j] += scaled * rows[base + j] }
      }
    }
    (result.gradient, result.hessian) = (gradient, hessian)
    for i in 0..<width {
      result.gradient[i] += l2 * theta[i]
      result.hessian[i * width + i] += l2
      for j in 0..<i { result.hessian[i * width + j] = result.hessian[j * width + i] }
    }
    return result
  }
}
