public import PairwiseConfig
internal import PairwiseData

/// T2: two groups of users agree on the first feature and disagree on the second.
///
/// A pair is a user, two normals a, two normals b, the label under the user's group, and a noisy hint at
/// the group. The last `minority` users are group 1.
public struct TwoGroup: PairProblem {
  public static let name = "two_group"
  public static let summary = "two groups of users who disagree about one of two features"
  public static let source =
    "Shen et al. 2025, arXiv 2505.24846; Chen et al. 2024, arXiv 2406.08469"

  /// w₀ and w₁.
  public let directions = [[1.5, 1.5], [1.5, -1.5]]
  public var seed = 11
  public var trainRows = 4000
  public var testRows = 4000
  public var users = 20
  /// Users of group 1.
  public var minority = 10

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of the training pairs' numbers.")
    trainRows = reader.value("train_rows", default: trainRows, .closed(ToySize.rows), "Pairs.")
    testRows = reader.value("test_rows", default: testRows, .closed(ToySize.rows), "Pairs.")
    users = reader.value("users", default: users, .closed(1...1_000_000), "Number of users.")
    minority = reader.value(
      "minority", default: minority, .closed(0...1_000_000), "How many of them are group 1.")
    if minority > users { reader.report("minority", "must be at most users (\(users))") }
  }

  public var truth: [TruthEntry] {
    directions.enumerated().map { TruthEntry("theta_\($0.offset)", $0.element) }
  }

  public func draw(_ split: ToySplit) -> ToyPairs {
    var options = SynthesisOptions()
    options.reward = .twoGroups(users: users, minority: minority, directions: directions)
    options.width = 2
    options.seed = UInt64(seed)
    return ToyPairs(options, split, count: split == .train ? trainRows : testRows)
  }
}
