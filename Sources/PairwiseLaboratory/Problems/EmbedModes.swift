internal import Glibc

/// T15: six modes around a prompt's embedding, one of which the reward model likes too much.
public struct EmbedModes: ToyProblem {
  public static let name = "embed_modes"
  public static let summary = "six modes, one of them favoured by the embedding alone"
  public static let source = "Chen et al. 2025, D2-Align, arXiv 2512.24146"

  public init() {}

  /// e.
  public var prompt: [Double] { unit([1, 0.6, 0, 0]) }

  /// The favoured mode first.
  public var modes: [[Double]] {
    [
      [1, 0.9, 0, 0], [1, 0, 0.5, 0], [1, 0, -0.5, 0], [1, 0, 0, 0.5], [1, 0, 0, -0.5],
      [1, -0.3, 0, 0],
    ].map(unit)
  }

  /// Entropy of softmax(5·score) over the modes, nats; ln 6 at most.
  public static func entropy(_ scores: [Double]) -> Double {
    let p = Softmax.of(scores.map { 5 * $0 })
    return -p.reduce(0) { $0 + $1 * log($1) }
  }

  /// How far the first score is above the mean of the others.
  public static func gap(_ scores: [Double]) -> Double {
    scores[0] - scores.dropFirst().reduce(0, +) / Double(scores.count - 1)
  }

  private func unit(_ u: [Double]) -> [Double] {
    let size = dot(u, u).squareRoot()
    return u.map { $0 / size }
  }
}
