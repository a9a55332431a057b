import Glibc

/// The C library in Double, under names that don't collide with methods of `Variable`.
enum DoubleMath {
  static func exp2(_ x: Double) -> Double { Glibc.exp2(x) }
  static func sigmoid(_ x: Double) -> Double {
    x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x))
  }
  /// σ(x)·σ(−x), without cancellation.
  static func sigmoidSlope(_ x: Double) -> Double { sigmoid(x) * sigmoid(-x) }
  static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
  /// Φ, the normal distribution function.
  static func normal(_ x: Double) -> Double { 0.5 * erfc(-x * 0.5.squareRoot()) }
  static func normalDensity(_ x: Double) -> Double {
    exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
  }
  static func log1mexp(_ x: Double) -> Double { x > -0.6931 ? log(-expm1(x)) : log1p(-exp(x)) }

  // ½(1 + tanh u) = σ(2u).
  private static let rootTwoOverPi = (2 / Double.pi).squareRoot()
  static func geluInner(_ x: Double) -> Double {
    2 * rootTwoOverPi * (x + 0.044715 * x * x * x)
  }
  static func geluTanh(_ x: Double) -> Double { x * sigmoid(geluInner(x)) }
  static func geluTanhSlope(_ x: Double) -> Double {
    let u = geluInner(x)
    let inner = 2 * rootTwoOverPi * (1 + 3 * 0.044715 * x * x)
    return sigmoid(u) + x * inner * sigmoidSlope(u)
  }
}
