import Glibc
import PairwiseAutodiff

// Ulps allowed. A value computed by a polynomial after range reduction is within 2–4. A function of the
// form e^(g(x)) loses |g| half-ulps where g is rounded before the exponential is taken; those rows
// allow a multiple of |g(x)|. Slopes that are sums of terms of both signs are off by a few ulps of the
// larger term, hence the rows with their own reason.
extension ElementwiseCase {
  private typealias M = DoubleMath
  private static let anywhere: ClosedRange<Float> = -300...300
  private static let nan = (Float.nan, Float.nan)

  private init(
    _ name: String, _ domain: ClosedRange<Float> = anywhere,
    ulps: Double, slopeUlps: Double,
    minus: (Float, Float), plus: (Float, Float), _ op: @escaping @Sendable (Variable) -> Variable,
    _ f: @escaping @Sendable (Double) -> Double, _ slope: @escaping @Sendable (Double) -> Double
  ) {
    self.init(
      name: name, domain: domain, valueUlps: { _ in ulps }, slopeUlps: { _ in slopeUlps },
      atMinusInfinity: minus, atInfinity: plus, op: op, f: f, slope: slope)
  }

  private func loosened(
    value: (@Sendable (Double) -> Double)? = nil, slope: (@Sendable (Double) -> Double)? = nil
  ) -> ElementwiseCase {
    ElementwiseCase(
      name: name, domain: domain, valueUlps: value ?? valueUlps, slopeUlps: slope ?? slopeUlps,
      atMinusInfinity: atMinusInfinity, atInfinity: atInfinity, op: op, f: f, slope: self.slope)
  }

  /// How much larger the terms of a sum are than the sum: what cancels makes each ulp count for more.
  private static func unevenness(_ a: Double, _ b: Double) -> Double {
    (abs(a) + abs(b)) / max(abs(a + b), 0x1p-149)
  }

  /// Functions with a pole or kink at 0: the stencil must stay on one side.
  static let singular: [ElementwiseCase] = [
    .init(
      "log", 0...300, ulps: 1, slopeUlps: 1, minus: nan, plus: (.infinity, 0), { $0.log() },
      { log($0) }, { 1 / $0 }),
    .init(
      "sqrt", 0...300, ulps: 1, slopeUlps: 2, minus: nan, plus: (.infinity, 0), { $0.sqrt() },
      { $0.squareRoot() }, { 0.5 / $0.squareRoot() }),
    .init(
      "log1mexp", -300...0, ulps: 2.5, slopeUlps: 2, minus: (0, 0), plus: nan, { $0.log1mexp() },
      { M.log1mexp($0) }, { -exp($0) / abs(expm1($0)) }),
    .init(
      "abs", ulps: 0, slopeUlps: 0, minus: (.infinity, -1), plus: (.infinity, 1), { $0.abs() },
      { abs($0) }, { $0 > 0 ? 1 : ($0 < 0 ? -1 : .nan) }),
    .init(
      "relu", ulps: 0, slopeUlps: 0, minus: (0, 0), plus: (.infinity, 1), { $0.relu() },
      { max($0, 0) }, { $0 > 0 ? 1 : ($0 < 0 ? 0 : .nan) }),
  ]

  static let smooth: [ElementwiseCase] = [
    .init(
      "exp", ulps: 2, slopeUlps: 2, minus: (0, 0), plus: (.infinity, .infinity), { $0.exp() },
      { exp($0) }, { exp($0) }),
    .init(
      "log1p", -0.999...300, ulps: 1.5, slopeUlps: 2, minus: nan, plus: (.infinity, 0),
      { $0.log1p() },
      { log1p($0) }, { 1 / (1 + $0) }),
    .init(
      "expm1", ulps: 2, slopeUlps: 2, minus: (-1, 0), plus: (.infinity, .infinity), { $0.expm1() },
      { expm1($0) }, { exp($0) }),
    .init(
      "tanh", ulps: 4, slopeUlps: 6, minus: (-1, 0), plus: (1, 0), { $0.tanh() }, { tanh($0) },
      { 4 * M.sigmoidSlope(2 * $0) }),
    .init(
      "erf", ulps: 2, slopeUlps: 3, minus: (-1, 0), plus: (1, 0), { $0.erf() }, { erf($0) },
      { 2 / Double.pi.squareRoot() * exp(-$0 * $0) }
    ).loosened(slope: { 3 + $0 * $0 }),
    .init(
      "sigmoid", ulps: 3, slopeUlps: 5, minus: (0, 0), plus: (1, 0), { $0.sigmoid() },
      { M.sigmoid($0) }, { M.sigmoidSlope($0) }),
    .init(
      "logSigmoid", ulps: 3, slopeUlps: 3, minus: (-.infinity, 1), plus: (0, 0),
      { $0.logSigmoid() },
      { -M.softplus(-$0) }, { M.sigmoid(-$0) }),
    .init(
      "softplus", ulps: 3, slopeUlps: 3, minus: (0, 0), plus: (.infinity, 1), { $0.softplus() },
      { M.softplus($0) }, { M.sigmoid($0) }),
    .init(
      "silu", ulps: 4, slopeUlps: 4, minus: (0, 0), plus: (.infinity, 1), { $0.silu() },
      { $0 * M.sigmoid($0) }, { M.sigmoid($0) + $0 * M.sigmoidSlope($0) }
    ).loosened(slope: { unevenness(M.sigmoid($0), $0 * M.sigmoidSlope($0)) * 4 }),
    .init(
      "gelu", ulps: 4, slopeUlps: 4, minus: (0, 0), plus: (.infinity, 1), { $0.gelu() },
      { $0 * M.normal($0) }, { M.normal($0) + $0 * M.normalDensity($0) }
    ).loosened(
      value: { 5 + 1.5 * $0 * $0 },
      slope: { unevenness(M.normal($0), $0 * M.normalDensity($0)) * (4 + $0 * $0) }),
    .init(
      "geluTanh", ulps: 4, slopeUlps: 4, minus: (0, 0), plus: (.infinity, 1), { $0.geluTanh() },
      { M.geluTanh($0) }, { M.geluTanhSlope($0) }
    ).loosened(
      value: { 4 + 2 * abs(M.geluInner($0)) },
      slope: {
        let first = M.sigmoid(M.geluInner($0))
        return unevenness(first, M.geluTanhSlope($0) - first) * (4 + 2 * abs(M.geluInner($0)))
      }),
    .init(
      "squared", ulps: 1, slopeUlps: 1, minus: (.infinity, -.infinity),
      plus: (.infinity, .infinity),
      { $0.squared() }, { $0 * $0 }, { 2 * $0 }),
  ]

  static let all = singular + smooth
}
