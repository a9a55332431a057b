public import PairwiseConfig
internal import PairwiseData

/// T18, named features: five of two hundred features decide. Who knows which needs far fewer pairs.
public struct SparseFeatures: LinearPairProblem {
  public static let name = "sparse_features"
  public static let summary = "a reward of five features among two hundred"
  public static let source = "Nath et al. 2024, arXiv 2402.15473"

  public let width = 200
  /// The features that count, and their weights.
  public let features = [3, 50, 99, 140, 180]
  public let weights = [1.5, -1.2, 1.0, -0.8, 0.6]
  public var seed = 111
  public var trainRows = 400
  public var testRows = 2000

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the training pairs' numbers.")
    trainRows = reader.value("train_rows", default: trainRows, .closed(ToySize.rows), "Pairs.")
    testRows = reader.value("test_rows", default: testRows, .closed(ToySize.rows), "Pairs.")
    ToySize.check("train_rows", rows: trainRows, width: width, &reader)
    ToySize.check("test_rows", rows: testRows, width: width, &reader)
  }

  /// θ*, `[200]`.
  public var theta: [Double] {
    var theta = [Double](repeating: 0, count: width)
    for (feature, weight) in zip(features, weights) { theta[feature] = weight }
    return theta
  }

  public var truth: [TruthEntry] {
    [TruthEntry("features", features.map { Double($0) }), TruthEntry("weights", weights)]
  }

  public func draw(_ split: ToySplit) -> ToyPairs {
    var options = SynthesisOptions()
    options.reward = .linear(theta: theta)
    options.width = width
    options.seed = UInt64(seed)
    return ToyPairs(options, split, count: split == .train ? trainRows : testRows)
  }
}
