internal import RealModule

/// The standard normal distribution.
package enum Normal {
  /// P(Z ≤ z).
  package static func cumulative(_ z: Double) -> Double {
    0.5 * Double.erfc(-z * 0.5.squareRoot())
  }

  /// The z with P(Z ≤ z) = p, for 0 < p < 1; traps otherwise.
  ///
  /// A rational first guess (relative error below 1.2e-9) and one step of Halley's method on
  /// `erfc`; the result is within 2e-15 relative of the true quantile for p from 1e-300 to 0.9999.
  /// - Source: the coefficients are P. J. Acklam's (2003).
  package static func quantile(_ p: Double) -> Double {
    precondition(p > 0 && p < 1, "normal quantile: found \(p), expected a number between 0 and 1")
    let guess = firstGuess(p)
    let error = cumulative(guess) - p
    let density = Double.exp(-0.5 * guess * guess) / (2 * Double.pi).squareRoot()
    // Far out both are subnormal and the guess is as good as it gets.
    guard density > 1e-305 else { return guess }
    let step = error / density
    return guess - step / (1 + 0.5 * guess * step)
  }

  private static func firstGuess(_ p: Double) -> Double {
    if p < 0.02425 { return tail((-2 * Double.log(p)).squareRoot()) }
    if p > 1 - 0.02425 { return -tail((-2 * Double.log(onePlus: -p)).squareRoot()) }
    let q = p - 0.5
    let r = q * q
    return q * polynomial(centreNumerator, r) / polynomial(centreDenominator, r)
  }

  private static func tail(_ q: Double) -> Double {
    polynomial(tailNumerator, q) / polynomial(tailDenominator, q)
  }

  /// Horner's rule, highest power first.
  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }

  private static let centreNumerator = [
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
    1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00,
  ]
  private static let centreDenominator = [
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
    6.680131188771972e+01, -1.328068155288572e+01, 1,
  ]
  private static let tailNumerator = [
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
    -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00,
  ]
  private static let tailDenominator = [
    7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
    3.754408661907416e+00, 1,
  ]
}
