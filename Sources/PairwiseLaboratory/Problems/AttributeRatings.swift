public import PairwiseConfig
internal import PairwiseTensor

/// T18, many rewards: two ratings of a state along orthogonal directions, with noise and gaps.
public struct AttributeRatings: ToyProblem {
  public static let name = "attribute_ratings"
  public static let summary = "two noisy ratings of eight features, a third of them missing"
  public static let source = "Wang et al. 2024, DPA, arXiv 2402.18571"

  public let width = 8
  public let noise = 0.1
  public let missing = 0.3
  public var seed = 101

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the draws.")
  }

  /// Two orthogonal unit rows, `[2][8]`.
  public var directions: [[Double]] {
    let first = [1.0, 1, 1, 1, 0, 0, 0, 0].map { $0 / 2 }
    let second = [1.0, -1, 0, 0, 1, 1, 0, 0].map { $0 / 2 }
    return [first, second]
  }

  public var truth: [TruthEntry] {
    directions.enumerated().map { TruthEntry("direction_\($0.offset)", $0.element) }
  }

  /// Features `[n, 8]` and ratings `[2][n]`, NaN where missing.
  public func draw(_ rows: Int) -> (features: [Double], ratings: [[Double]]) {
    var rng = SplitMix64(seed: UInt64(seed))
    var features: [Double] = []
    var ratings: [[Double]] = [[], []]
    for _ in 0..<rows {
      let x = (0..<width).map { _ in rng.normal() }
      features += x
      for (k, direction) in directions.enumerated() {
        let rating = dot(direction, x) + noise * rng.normal()
        ratings[k].append(rng.bernoulli(missing) ? .nan : rating)
      }
    }
    return (features, ratings)
  }
}
