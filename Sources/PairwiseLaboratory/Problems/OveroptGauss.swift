internal import Glibc
internal import PairwiseTensor

/// T6: two normal features, a proxy that rewards both and a gold reward that punishes too much of the
/// second: picking the proxy's best of n helps at first and then hurts.
///
/// gold = x₁ − 0.3·x₂², proxy = x₁ + x₂.
public struct OveroptGauss: ToyProblem {
  public static let name = "overopt_gauss"
  public static let summary = "best-of-n by a proxy that is right up to a point"
  public static let source =
    "Gao et al. 2022, arXiv 2210.10760; Coste et al. 2023, arXiv 2310.02743"

  public init() {}

  public static func gold(_ x: [Double]) -> Double { x[0] - 0.3 * x[1] * x[1] }

  /// One member of an ensemble: x₁ + a·x₂. The proxy is a = 1.
  public static func proxy(_ x: [Double], _ a: Double = 1) -> Double { x[0] + a * x[1] }

  /// a of the four members of an ensemble of proxies.
  public static let ensemble = [1, 0.5, 0, -0.5]

  /// What the proxy's best of n candidates is worth on average.
  public struct Expected: Sendable, Equatable {
    public var proxy: Double
    public var gold: Double
  }

  /// By quadrature, without sampling: s = √2·z has the density n·φ(z)·Φ(z)ⁿ⁻¹ of a largest value, and
  /// E[gold | s] = s/2 − 0.3·(½ + s²/4).
  ///
  /// Rectangles on 40001 points in −9 … 9. Traps if n < 1.
  public static func expected(bestOf n: Int) -> Expected {
    precondition(n >= 1, "best of \(n): expected at least 1")
    let points = 40_001
    let step = 18 / Double(points - 1)
    var (mass, first, second) = (0.0, 0.0, 0.0)
    for index in 0..<points {
      let z = -9 + Double(index) * step
      let below = erfc(-z / 2.0.squareRoot()) / 2
      let density = Double(n) * exp(-z * z / 2 + Double(n - 1) * log(below))
      mass += density
      first += density * z
      second += density * z * z
    }
    let scale = step / (2 * Double.pi).squareRoot()
    precondition(mass > 0, "best of \(n): the grid ends before the density begins")
    let meanScore = 2.0.squareRoot() * first * scale
    let meanSquare = 2 * second * scale
    return Expected(
      proxy: meanScore, gold: meanScore / 2 - 0.3 * (0.5 * mass * scale + meanSquare / 4))
  }

  /// Candidates of a prompt as points, `[prompts][candidates][2]`.
  public func candidates(prompts: Int = 60, each: Int = 1024, seed: UInt64 = 31) -> [[[Double]]] {
    var rng = SplitMix64(seed: seed)
    return (0..<prompts).map { _ in
      (0..<each).map { _ in
        let first = rng.normal()
        return [first, rng.normal()]
      }
    }
  }
}
