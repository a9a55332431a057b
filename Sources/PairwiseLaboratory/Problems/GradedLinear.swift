internal import Glibc
public import PairwiseConfig
internal import PairwiseTensor

/// T5: a linear reward with logistic noise whose size is graded: slightly better, better, much better.
public struct GradedLinear: LinearPairProblem {
  public static let name = "graded_linear"
  public static let summary = "a linear reward with noise, graded into three strengths"
  public static let source = "Wang et al. 2024, HelpSteer2-Preference, arXiv 2410.01257"

  /// θ*, `[8]`.
  public let theta = [1, -0.8, 0.6, -0.4, 0.3, -0.2, 0.1, 0]
  /// Training pairs come from this seed, test pairs from 800 above.
  public var seed = 100
  public var trainRows = 150
  public var testRows = 2000

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value(
      "seed", default: seed, .closed(0...1_000_000_000), "Start of the training pairs' numbers.")
    trainRows = reader.value("train_rows", default: trainRows, .closed(ToySize.rows), "Pairs.")
    testRows = reader.value("test_rows", default: testRows, .closed(ToySize.rows), "Pairs.")
  }

  public var truth: [TruthEntry] { [TruthEntry("theta", theta)] }

  public func draw(_ split: ToySplit) -> ToyPairs {
    var rng = SplitMix64(seed: UInt64(seed + (split == .test ? 800 : 0)))
    var pairs = ToyPairs(width: theta.count)
    for _ in 0..<(split == .train ? trainRows : testRows) {
      let a = theta.map { _ in rng.normal() }
      let b = theta.map { _ in rng.normal() }
      let v = max(rng.uniform(), 0x1p-53)
      let rewardA = dot(theta, a)
      let rewardB = dot(theta, b)
      let difference = dot(theta, zip(a, b).map { $0 - $1 }) + log(v / (1 - v))
      let isFirst = difference >= 0
      let size = abs(difference)
      var note = ToyPairs.Note()
      note.grade = size < 1 ? 1 : size < 2.5 ? 2 : 3
      note.chosenGold = isFirst ? rewardA : rewardB
      note.rejectedGold = isFirst ? rewardB : rewardA
      pairs.append(chosen: isFirst ? a : b, rejected: isFirst ? b : a, note)
    }
    return pairs
  }
}
