internal import PairwiseEvaluation
internal import PairwiseTensor

/// T13: pairs described by five properties that favour one side, the other or neither, and labels that
/// depend on four of them.
public struct PropertyVotes: ToyProblem {
  public static let name = "property_votes"
  public static let summary = "five named properties of a pair and the votes they explain"
  public static let source = "Li et al. 2024, arXiv 2402.11296"

  /// α*.
  public let weights = [0.8, 0.4, 0, -0.4, -0.8]
  public let seed: UInt64 = 51
  public let rows = 1500

  public init() {}

  public var truth: [TruthEntry] { [TruthEntry("weights", weights)] }

  /// Properties in −1, 0, 1, `[n, 5]` row by row, and whether the first side was preferred.
  public func draw() -> (properties: [Double], votes: [Bool]) {
    var rng = SplitMix64(seed: seed)
    var properties: [Double] = []
    var votes: [Bool] = []
    for _ in 0..<rows {
      let x = weights.map { _ in Double(rng.randint(3) - 1) }
      votes.append(rng.bernoulli(Logistic.sigmoid(dot(x, weights))))
      properties += x
    }
    return (properties, votes)
  }

  /// The same turned so that the preferred side is first: what a fit without intercept sees.
  public func pairs() -> LinearPairs {
    let (properties, votes) = draw()
    let width = weights.count
    return LinearPairs(
      properties.enumerated().map { votes[$0.offset / width] ? $0.element : -$0.element },
      width: width)
  }
}
