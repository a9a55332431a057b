internal import RealModule

/// A curve through gold reward against distance from the start, and where it turns down.
///
/// d = √KL. For best-of-n `R(d) = d·(α − β·d)`, with its peak at α / 2β; for reinforcement learning
/// `R(d) = d·(α − β·ln d)`, with its peak at ln d = α/β − 1. R is gold reward gained over the start.
/// - Source: Gao et al. 2022 (arXiv 2210.10760); methods reference, §8.3.
public struct OveroptimizationFit: Sendable, Equatable {
  public enum Form: String, Sendable, CaseIterable {
    case bestOfN = "best_of_n"
    case reinforcement = "rl"
  }

  public let form: Form
  public let alpha: Double
  public let beta: Double
  /// 1 − residual / total sum of squares of the gains.
  public let determination: Double

  /// Where the curve peaks; nil if it does not turn down (β ≤ 0).
  public var peak: Double? {
    guard beta > 0 else { return nil }
    switch form {
    case .bestOfN: return alpha > 0 ? alpha / (2 * beta) : nil
    case .reinforcement: return Double.exp(alpha / beta - 1)
    }
  }

  /// The n whose √KL is the peak of a best-of-n curve.
  public var peakSize: Double? {
    guard form == .bestOfN, let peak else { return nil }
    let goal = peak * peak
    // ln n − 1 + 1/n grows with n.
    var (low, high) = (0.0, goal + 2)
    while high - low > 1e-12 * max(1, high) {
      let middle = (low + high) / 2
      if middle - 1 + Double.exp(-middle) < goal { low = middle } else { high = middle }
    }
    return Double.exp(low)
  }

  /// R(d), for d > 0.
  public func gain(at distance: Double) -> Double {
    switch form {
    case .bestOfN: distance * (alpha - beta * distance)
    case .reinforcement: distance * (alpha - beta * Double.log(distance))
    }
  }

  /// Fits by least squares.
  ///
  /// - Parameter points: d > 0 and the gain there; points at d = 0 say nothing and are left out.
  /// - Throws: for fewer than three points, a number that is not finite, or points that do not determine a curve.
  public init(_ points: [(distance: Double, gain: Double)], form: Form) throws(EvaluationError) {
    try EvaluationError.check(points.map(\.distance), "distances of a curve")
    try EvaluationError.check(points.map(\.gain), "gains of a curve")
    let kept = points.filter { $0.distance > 0 }
    guard kept.count >= 3 else {
      throw .outOfRange(
        "curve", row: nil, found: "\(kept.count) points with a distance above 0",
        expected: "3 or more")
    }
    var (aa, ab, bb, ay, by) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (d, y) in kept {
      let a = d
      let b = form == .bestOfN ? -d * d : -d * Double.log(d)
      aa += a * a
      ab += a * b
      bb += b * b
      ay += a * y
      by += b * y
    }
    guard let factor = Cholesky([aa, ab, ab, bb], order: 2) else {
      throw .outOfRange(
        "curve", row: nil, found: "points at one distance", expected: "different distances")
    }
    let solution = factor.solve([ay, by])
    self.form = form
    (alpha, beta) = (solution[0], solution[1])
    let mean = kept.reduce(0) { $0 + $1.gain } / Double(kept.count)
    let total = kept.reduce(0) { $0 + ($1.gain - mean) * ($1.gain - mean) }
    var residual = 0.0
    for (d, y) in kept {
      let basis = form == .bestOfN ? d : Double.log(d)
      let error = y - d * (solution[0] - solution[1] * basis)
      residual += error * error
    }
    determination = total > 0 ? 1 - residual / total : residual == 0 ? 1 : 0
  }

  /// Fits the gold rewards of a best-of-n curve, relative to n = 1.
  ///
  /// - Throws: also if the curve has no point n = 1.
  public init(_ curve: BestOfNCurve) throws(EvaluationError) {
    guard let start = curve.points.first(where: { $0.n == 1 }) else {
      throw .outOfRange("curve", row: nil, found: "no point n = 1", expected: "where it starts")
    }
    try self.init(
      curve.points.map { ($0.divergence.squareRoot(), $0.gold - start.gold) }, form: .bestOfN)
  }
}
