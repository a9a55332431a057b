public import PairwiseConfig

/// T4: eight features, four hundred pairs, a quarter of them turned around: what an ensemble can tell
/// about wrong labels, and what two models together can.
public struct NoisyLinear: LinearPairProblem {
  public static let name = "noisy_linear"
  public static let summary = "a linear reward with a quarter of 400 labels turned around"
  public static let source = "Wang et al. 2024, arXiv 2401.06080; Liu et al. 2025, arXiv 2507.01352"

  /// θ*, `[8]`.
  public let theta = [1.5, -1.2, 1.0, -0.8, 0.6, -0.4, 0.2, 0]

  public var seed = 21
  public var trainRows = 400
  public var testRows = 4000
  public var flipRate = 0.25

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .closed(0...1_000_000_000), "Start of the training pairs' numbers.")
    trainRows = reader.value("train_rows", default: trainRows, .closed(ToySize.rows), "Pairs.")
    testRows = reader.value(
      "test_rows", default: testRows, .closed(ToySize.rows), "Pairs, all with clean labels.")
    flipRate = reader.value(
      "flip_rate", default: flipRate, .range(0..<0.5), "Share of training labels turned around.")
  }

  public var truth: [TruthEntry] { [TruthEntry("theta", theta)] }

  public func draw(_ split: ToySplit) -> ToyPairs { problem(flipRate: flipRate).draw(split) }

  /// Sixty pairs with clean labels from elsewhere: what a curation trusts.
  public func gold() -> ToyPairs {
    var problem = problem(flipRate: 0)
    problem.seed = seed + 3
    problem.trainRows = 60
    return problem.draw(.train)
  }

  private func problem(flipRate: Double) -> LinearBT {
    var problem = LinearBT()
    problem.seed = seed
    problem.theta = theta
    problem.trainRows = trainRows
    problem.testRows = testRows
    problem.flipRate = flipRate
    return problem
  }
}
