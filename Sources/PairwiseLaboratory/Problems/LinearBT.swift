public import PairwiseConfig
internal import PairwiseData

/// T1: a linear reward on normal features, labels by Bradley and Terry, some of them turned around.
///
/// A pair is D normals a, D normals b, then the label, then (with flips) whether it is turned. Test pairs
/// come from the next seed and are never turned.
public struct LinearBT: LinearPairProblem {
  public static let name = "linear_bt"
  public static let summary =
    "a linear reward on normal features, labels by Bradley-Terry, with flips"
  public static let source = "Bradley & Terry 1952"

  public var seed = 1
  /// θ*, `[D]`.
  public var theta = [1, -0.5, 0.25, 0]
  public var trainRows = 1000
  public var testRows = 1000
  /// Chance that a training label is turned around, 0 ..< 0.5.
  public var flipRate = 0.0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the training pairs' numbers.")
    theta = reader.value(
      "theta", default: theta, .each(.any, count: 1...65_536),
      "The true reward's weights, one a feature.")
    trainRows = reader.value("train_rows", default: trainRows, .closed(ToySize.rows), "Pairs.")
    testRows = reader.value(
      "test_rows", default: testRows, .closed(ToySize.rows), "Pairs, all with clean labels.")
    ToySize.check("train_rows", rows: trainRows, width: theta.count, &reader)
    ToySize.check("test_rows", rows: testRows, width: theta.count, &reader)
    flipRate = reader.value(
      "flip_rate", default: flipRate, .range(0..<0.5), "Share of labels turned around.")
  }

  public var truth: [TruthEntry] { [TruthEntry("theta", theta)] }

  public func draw(_ split: ToySplit) -> ToyPairs {
    var options = SynthesisOptions()
    options.reward = .linear(theta: theta)
    options.width = theta.count
    options.seed = UInt64(seed)
    options.flipRate = flipRate
    return ToyPairs(options, split, count: split == .train ? trainRows : testRows)
  }
}
