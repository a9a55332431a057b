public import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTensor

/// T13: pairs described by five properties that favour one side, the other or neither, and labels that
/// depend on four of them.
public struct PropertyVotes: LinearPairProblem {
  public static let name = "property_votes"
  public static let summary = "five named properties of a pair and the votes they explain"
  public static let source = "Li et al. 2024, arXiv 2402.11296"

  /// α*.
  public let weights = [0.8, 0.4, 0, -0.4, -0.8]
  /// Start of the training votes; test votes come from the next seed.
  public var seed = 51
  public var rows = 1500

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .closed(0...1_000_000_000),
      "Start of the training votes; test votes come from the next.")
    rows = reader.value("rows", default: rows, .closed(ToySize.rows), "Votes of a split.")
  }

  public var theta: [Double] { weights }

  public var truth: [TruthEntry] { [TruthEntry("weights", weights)] }

  /// Properties in −1, 0, 1, `[n, 5]` row by row, and whether the first side was preferred.
  public func draw() -> (properties: [Double], votes: [Bool]) { votes(seed: seed) }

  private func votes(seed: Int) -> (properties: [Double], votes: [Bool]) {
    var rng = SplitMix64(seed: UInt64(seed))
    var properties: [Double] = []
    var votes: [Bool] = []
    for _ in 0..<rows {
      let x = weights.map { _ in Double(rng.randint(3) - 1) }
      votes.append(rng.bernoulli(Logistic.sigmoid(dot(x, weights))))
      properties += x
    }
    return (properties, votes)
  }

  /// Pairs whose first side has the properties and whose second has none, turned by the vote.
  public func draw(_ split: ToySplit) -> ToyPairs {
    let (properties, votes) = votes(seed: seed + (split == .test ? 1 : 0))
    let width = weights.count
    return ToyPairs(
      votes.indices.map { Array(properties[$0 * width..<($0 + 1) * width]) }, votes, theta: theta)
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
