internal import RealModule

/// A loss that spreads representations: each vector should be nearest to its own second encoding, made
/// under another dropout mask, among the second encodings of all vectors.
///
/// ℓᵢ = −log softmax_j(cos(sᵢ, tⱼ)/τ) at j = i. Vectors may be all chosen and rejected states, or the
/// differences of each pair in both orders.
///
/// - Source: Gao et al. 2021, SimCSE; for reward models Wang et al. 2024, arXiv 2401.06080.
public struct ContrastiveSpread: Sendable, Equatable {
  /// ℓ of each vector, `[n]`; all 0 for a single one.
  public let losses: [Double]
  /// Gradients of the mean loss in the first and the second encoding, `[n][D]` each.
  public let firstSlopes: [[Double]]
  public let secondSlopes: [[Double]]

  /// - Parameters:
  ///   - first: `[n][D]`.
  ///   - second: `[n][D]`, of the same vectors.
  ///   - temperature: τ > 0.
  /// - Throws: `EvaluationError` for no vectors, other shapes, a vector of zeros, or numbers that are not
  ///   finite.
  public init(
    _ first: [[Double]], _ second: [[Double]], temperature: Double = 0.05
  ) throws(EvaluationError) {
    guard temperature > 0, temperature.isFinite else {
      throw .outOfRange("tau", row: nil, found: "\(temperature)", expected: "a number above 0")
    }
    guard let width = first.first?.count else { throw .empty("encodings") }
    guard first.count == second.count else {
      throw .lengthsDiffer("second encodings", found: second.count, expected: first.count)
    }
    let (s, t) = (try Self.units(first, width), try Self.units(second, width))
    let n = Double(first.count)
    var losses: [Double] = []
    var slopesS = [[Double]](repeating: [Double](repeating: 0, count: width), count: first.count)
    var slopesT = slopesS
    for i in s.indices {
      let cosines = t.map { Self.dot(s[i].unit, $0.unit) }
      let logits = cosines.map { $0 / temperature }
      let top = logits.max() ?? 0
      let total = logits.reduce(0) { $0 + Double.exp($1 - top) }
      losses.append(top + Double.log(total) - logits[i])
      for j in t.indices {
        // ∂(mean ℓ)/∂cos(sᵢ, tⱼ), then through either cosine.
        let share = Double.exp(logits[j] - top) / total - (i == j ? 1 : 0)
        let pull = share / (temperature * n)
        for k in 0..<width {
          slopesS[i][k] += pull * (t[j].unit[k] - cosines[j] * s[i].unit[k]) / s[i].length
          slopesT[j][k] += pull * (s[i].unit[k] - cosines[j] * t[j].unit[k]) / t[j].length
        }
      }
    }
    (self.losses, firstSlopes, secondSlopes) = (losses, slopesS, slopesT)
  }

  /// The mean of the losses.
  public var value: Double { losses.reduce(0, +) / Double(losses.count) }

  private static func units(
    _ rows: [[Double]], _ width: Int
  ) throws(EvaluationError) -> [(unit: [Double], length: Double)] {
    var result: [(unit: [Double], length: Double)] = []
    for (row, vector) in rows.enumerated() {
      guard vector.count == width else {
        throw .outOfRange(
          "encoding", row: row, found: "\(vector.count) numbers", expected: "\(width)")
      }
      for value in vector {
        try EvaluationError.check(value, within: Moments.largestMagnitude, "encoding", row: row)
      }
      let length = dot(vector, vector).squareRoot()
      guard length > 0 else {
        throw .outOfRange("encoding", row: row, found: "zeros", expected: "a direction")
      }
      result.append((vector.map { $0 / length }, length))
    }
    return result
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
