public import PairwiseConfig
internal import PairwiseTensor

/// T18, graded differences: three annotators say on a scale of −3 … 3 how much more the first item has of an
/// attribute.
public struct GradedDifferences: ToyProblem {
  public static let name = "graded_differences"
  public static let summary = "rounded differences of a linear attribute, by three annotators"
  public static let source = "Pauli et al. 2024, arXiv 2406.17753"

  public let weights = [1, -0.5, 0.25, 0]
  public let noise = 0.3
  public let annotators = 3
  public var seed = 102
  /// Pairs of a study.
  public var rows = 50

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the draws.")
    rows = reader.value("rows", default: rows, .closed(10...100_000), "Pairs.")
  }

  public var truth: [TruthEntry] { [TruthEntry("weights", weights)] }

  /// Differences of features, `[n, 4]`, and each annotator's score, `[n][3]`.
  public func draw(_ rows: Int) -> (differences: [Double], scores: [[Double]]) {
    var rng = SplitMix64(seed: UInt64(seed))
    var differences: [Double] = []
    var scores: [[Double]] = []
    for _ in 0..<rows {
      let first = weights.map { _ in rng.normal() }
      let second = weights.map { _ in rng.normal() }
      let x = zip(first, second).map { $0 - $1 }
      let target = dot(weights, x)
      differences += x
      scores.append(
        (0..<annotators).map { _ in
          min(max((target + noise * rng.normal()).rounded(), -3), 3)
        })
    }
    return (differences, scores)
  }
}
