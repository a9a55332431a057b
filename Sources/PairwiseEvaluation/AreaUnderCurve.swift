/// How often a number of one kind lies above one of the other, ties counting half: the area under the ROC curve.
public struct AreaUnderCurve: Sendable, Equatable {
  /// 0…1; ½ for numbers that say nothing.
  public var value: Double
  /// How many of either kind.
  public var above: Int
  public var below: Int

  /// - Parameters:
  ///   - above: numbers that should be larger, finite.
  ///   - below: numbers that should be smaller, finite.
  /// - Returns: nil without both kinds.
  public init?(above: [Double], below: [Double]) {
    guard !above.isEmpty, !below.isEmpty else { return nil }
    let others = below.sorted()
    /// How many of the others come before the first that fails.
    func count(_ precedes: (Double) -> Bool) -> Int {
      var (low, high) = (0, others.count)
      while low < high {
        let middle = (low + high) / 2
        if precedes(others[middle]) { low = middle + 1 } else { high = middle }
      }
      return low
    }
    var wins = 0.0
    for number in above {
      wins += 0.5 * Double(count { $0 < number } + count { $0 <= number })
    }
    value = wins / (Double(above.count) * Double(others.count))
    (self.above, self.below) = (above.count, below.count)
  }

  /// Variance of the area where it is θ: Hanley and McNeil's, with both counts in its inner terms replaced by
  /// their mean.
  private func variance(_ theta: Double) -> Double {
    let (m, n) = (Double(above), Double(below))
    let mean = (m + n) / 2
    let inner = (2 * mean - 1) - 3 * (mean - 1) / ((2 - theta) * (1 + theta))
    return theta * (1 - theta) * inner / (m * n)
  }

  /// The θ whose area would be as far from `value` as z standard errors at θ: never outside 0…1, and not empty
  /// at its ends.
  ///
  /// - Throws: `EvaluationError` when `level` is not between 0 and 1.
  /// - Source: Newcombe 2006, "Confidence intervals for an effect size measure based on the Mann–Whitney
  ///   statistic", method 5; variance from Hanley and McNeil 1982.
  public func interval(level: Double = 0.95) throws(EvaluationError) -> Interval {
    try EvaluationError.check(level: level)
    let z = -Normal.quantile((1 - level) / 2)
    /// Between `inside`, within the interval, and `outside`, beyond it or its end.
    func bound(_ inside: Double, _ outside: Double) -> Double {
      var (near, far) = (inside, outside)
      for _ in 0..<60 {
        let middle = (near + far) / 2
        let distance = (value - middle) * (value - middle)
        if distance <= z * z * variance(middle) { near = middle } else { far = middle }
      }
      return near
    }
    return Interval(
      low: value == 0 ? 0 : bound(value, 0), high: value == 1 ? 1 : bound(value, 1), level: level,
      method: .newcombe)
  }
}
