/// T17: three groups whose losses are distances to three points: what to train on next is known exactly.
public struct QuadMix: ToyProblem {
  public static let name = "quad_mix"
  public static let summary = "three quadratic losses with minima of their own"
  public static let source = "Chen et al. 2024, Aioli, arXiv 2411.05735"

  /// The minima, and where training stands.
  public let minima = [[0.0, 0], [2, 0], [0, 3]]
  public let start = [0.5, 0.5]
  public let rate = 0.05

  public init() {}

  public var truth: [TruthEntry] {
    minima.enumerated().map { TruthEntry("minimum_\($0.offset)", $0.element) }
  }

  /// ½‖θ − μᵢ‖² of each group.
  public func losses(_ theta: [Double]) -> [Double] {
    minima.map { minimum in
      let away = zip(theta, minimum).map { $0 - $1 }
      return dot(away, away) / 2
    }
  }

  /// How much each loss falls by one gradient step from the start on each of some mixtures, `[k][trial]`.
  public func drops(_ mixtures: [[Double]]) -> [[Double]] {
    let before = losses(start)
    let after = mixtures.map { mixture -> [Double] in
      let theta = start.indices.map { axis -> Double in
        let slopes = minima.map { start[axis] - $0[axis] }
        return start[axis] - rate * dot(mixture, slopes)
      }
      return losses(theta)
    }
    return before.indices.map { i in after.map { before[i] - $0[i] } }
  }
}
