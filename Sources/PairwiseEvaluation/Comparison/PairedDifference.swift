/// What differences between two methods, run by run on the same data, say.
public struct PairedDifference: Sendable, Equatable {
  public enum Test: String, Sendable {
    /// All sign patterns, or many of them: right for any distribution.
    case signFlip = "sign_flip"
    /// Student's paired t: right for differences that are near normal.
    case student = "paired_t"
  }

  public var count: Int
  /// First − second, mean over the runs.
  public var mean: Double
  /// Student's, of `mean`; nil for a single run.
  public var interval: Interval?
  /// Two-sided, before any correction; nil for a single run.
  public var pValue: Double?
  public var test: Test
  /// Hedges' g: `mean` in standard deviations of the differences, shrunk by what so few runs overstate; nil
  /// where they do not vary.
  public var effectSize: Double?
  /// Runs in which the first is above, and below, the second.
  public var above: Int
  public var below: Int

  /// Compares over the differences of runs on the same data.
  ///
  /// The test is chosen by the numbers of runs and of comparisons alone, never by the values: sign flips
  /// where they could still show a difference at `level` after a correction for `family` comparisons, which
  /// takes 2ⁿ ≥ 2 · family / (1 − level) patterns; the t test for fewer runs. Differences without any spread
  /// are judged by sign flips, since t has nothing to divide by.
  /// - Parameter family: how many comparisons are made at once.
  /// - Throws: `EvaluationError` for no differences, or one that is not finite (or above 1e100).
  public init(
    _ differences: [Double], family: Int = 1, level: Double = 0.95
  ) throws(EvaluationError) {
    interval = try .student(of: differences, level: level)
    var moments = Moments()
    for difference in differences { moments.add(difference) }
    count = differences.count
    mean = moments.mean ?? 0
    above = differences.count { $0 > 0 }
    below = differences.count { $0 < 0 }
    let deviation = moments.sampleStandardDeviation ?? 0
    let isEnough = count >= Self.runsForSignFlips(family: family, level: level)
    // Below this the spread is rounding, not variation between runs.
    let varies = deviation > 1e-12 * abs(mean)
    test = isEnough || !varies ? .signFlip : .student
    if varies {
      let shrink = count > 2 ? 1 - 3 / (4 * Double(count - 1) - 1) : 1
      effectSize = shrink * mean / deviation
    }
    guard count > 1 else { return }
    switch test {
    case .signFlip: pValue = SignFlipTest.pValue(differences)
    case .student:
      let t = mean / deviation * Double(count).squareRoot()
      pValue = StudentT(freedom: Double(count - 1)).twoSidedTail(t)
    }
  }

  /// The fewest runs with which sign flips can show a difference after the correction.
  public static func runsForSignFlips(family: Int, level: Double) -> Int {
    let needed = 2 * Double(max(1, family)) / max(1 - level, 1e-9)
    var (runs, patterns) = (1, 2.0)
    while patterns < needed {
      (runs, patterns) = (runs + 1, patterns * 2)
    }
    return runs
  }
}
