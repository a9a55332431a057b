internal import Glibc
internal import PairwiseEvaluation

/// A reward with a mean and a deviation for each item: μ = w·x and s = softplus(a + Σ bₖ·xₖ²), fitted by the
/// logistic stand-in of distributional preference learning.
///
/// - Source: Siththaranjan et al. 2023, arXiv 2312.08358.
public struct SpreadFit: Sendable, Equatable {
  /// w and b, `[D]` each, and a.
  public private(set) var weights: [Double]
  public private(set) var curves: [Double]
  public private(set) var offset: Double
  /// The mean loss.
  public private(set) var loss = 0.0

  /// Full-batch Adam from small weights; deterministic.
  ///
  /// - Parameter variancePenalty: weight of the mean of s² of both sides.
  public init(
    fitting pairs: ToyPairs, variancePenalty: Double = 0, steps: Int = 400, rate: Double = 0.05
  ) {
    let width = pairs.width
    var point = [Double](repeating: 0.1, count: width) + [Double](repeating: 0, count: width + 1)
    var adam = Adam(unknowns: point.count, rate: rate)
    (weights, curves, offset) = ([], [], 0)
    for _ in 0..<steps {
      let (value, slope) = Self.slope(pairs, point, variancePenalty)
      loss = value
      adam.update(&point, slope)
    }
    weights = Array(point.prefix(width))
    curves = Array(point.dropFirst(width).prefix(width))
    offset = point[2 * width]
  }

  /// s of an item.
  public func deviation(_ x: [Double]) -> Double {
    Logistic.softplus(offset + zip(curves, x).reduce(0) { $0 + $1.0 * $1.1 * $1.1 })
  }

  private static func slope(
    _ pairs: ToyPairs, _ point: [Double], _ penalty: Double
  ) -> (value: Double, slope: [Double]) {
    let width = pairs.width
    let n = Double(pairs.count)
    let scale = (2 * Double.pi).squareRoot()
    var value = 0.0
    var slope = [Double](repeating: 0, count: point.count)
    for row in 0..<pairs.count {
      let base = row * width
      var (gap, rhoC, rhoR) = (0.0, point[2 * width], point[2 * width])
      for k in 0..<width {
        let (c, r) = (pairs.chosen[base + k], pairs.rejected[base + k])
        gap += point[k] * (c - r)
        rhoC += point[width + k] * c * c
        rhoR += point[width + k] * r * r
      }
      let (sC, sR) = (Logistic.softplus(rhoC), Logistic.softplus(rhoR))
      let variance = sC * sC + sR * sR
      let root = variance.squareRoot()
      let z = gap / root
      value += (Logistic.softplus(-scale * z) + penalty * variance) / n
      let outer = -scale * Logistic.sigmoid(-scale * z) / n
      let byVariance = -outer * z / (2 * variance) + penalty / n
      let byC = byVariance * 2 * sC * Logistic.sigmoid(rhoC)
      let byR = byVariance * 2 * sR * Logistic.sigmoid(rhoR)
      slope[2 * width] += byC + byR
      for k in 0..<width {
        let (c, r) = (pairs.chosen[base + k], pairs.rejected[base + k])
        slope[k] += outer * (c - r) / root
        slope[width + k] += byC * c * c + byR * r * r
      }
    }
    return (value, slope)
  }
}
