internal import RealModule

/// The distribution functions that comparisons of few runs need.
package enum IncompleteBeta {
  /// I_x(a, b), the regularised incomplete beta function, for 0 ≤ x ≤ 1 and a, b > 0; traps otherwise.
  ///
  /// Lentz's evaluation of the continued fraction, on the side of the mean where it converges fast; relative
  /// error below 1e-11 for a, b ≤ 1e4, also far out in the tails.
  /// - Source: DLMF 8.17.22.
  package static func value(_ x: Double, _ a: Double, _ b: Double) -> Double {
    precondition(
      (0...1).contains(x) && a > 0 && b > 0,
      "incomplete beta: found x \(x), a \(a), b \(b), expected 0 … 1 and positive parameters")
    if x == 0 || x == 1 { return x }
    if x > (a + 1) / (a + b + 2) { return 1 - head(1 - x, b, a) }
    return head(x, a, b)
  }

  private static func head(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let logFront =
      Double.logGamma(a + b) - Double.logGamma(a) - Double.logGamma(b)
      + a * Double.log(x) + b * Double.log(onePlus: -x)
    return Double.exp(logFront) / (a * fraction(x, a, b))
  }

  /// 1 + d₁/(1 + d₂/(1 + …)).
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    var (value, c, d) = (1.0, 1.0, 0.0)
    for index in 1...2000 {
      let m = Double(index / 2)
      let top =
        index % 2 == 0
        ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 + top * d
      if abs(d) < tiny { d = tiny }
      d = 1 / d
      c = 1 + top / c
      if abs(c) < tiny { c = tiny }
      value *= c * d
      if abs(c * d - 1) < 1e-15 { break }
    }
    return value
  }
}

/// Student's t distribution with ν > 0 degrees of freedom.
package struct StudentT {
  package let freedom: Double

  package init(freedom: Double) {
    precondition(
      freedom > 0, "t distribution: found \(freedom) degrees of freedom, expected more than 0")
    self.freedom = freedom
  }

  /// P(|T| ≥ |t|), precise in the tails.
  package func twoSidedTail(_ t: Double) -> Double {
    guard t.isFinite else { return t.isNaN ? 1 : 0 }
    return IncompleteBeta.value(freedom / (freedom + t * t), freedom / 2, 0.5)
  }

  /// The t with P(|T| ≥ t) = `tail`, for 0 < tail < 1; traps otherwise. Relative error below 1e-10.
  package func quantile(twoSidedTail tail: Double) -> Double {
    precondition(
      tail > 0 && tail < 1, "t quantile: found \(tail), expected a number between 0 and 1")
    let logScale =
      Double.logGamma((freedom + 1) / 2) - Double.logGamma(freedom / 2)
      - 0.5 * Double.log(freedom * Double.pi)
    // The tail is convex and the normal quantile lies below the root, so Newton's steps go up to it and
    // never past it.
    var t = -Normal.quantile(tail / 2)
    for _ in 0..<400 {
      let density = Double.exp(
        logScale - (freedom + 1) / 2 * Double.log(onePlus: t * t / freedom))
      let step = (twoSidedTail(t) - tail) / (2 * density)
      guard step.isFinite else { break }
      t += step
      if abs(step) <= 1e-14 * t { break }
    }
    return t
  }
}
