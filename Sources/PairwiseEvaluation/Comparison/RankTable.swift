/// Methods ranked against each other: 1 is the best of a run, and equal values share their mean rank.
public struct RankTable: Sendable, Equatable {
  /// `[method][seed]`: a method's rank in a seed, averaged over the conditions of that seed.
  public let ranks: [[Double]]
  /// `[method]`: over all seeds.
  public let means: [Double]
  /// `[method]`: Student's, of `means`; nil with a single seed.
  public let intervals: [Interval?]
  /// That all methods are alike: Iman and Davenport's form of Friedman's test over the seeds; nil for fewer
  /// than two seeds or methods.
  public let pValue: Double?

  /// - Parameters:
  ///   - values: `[seed][condition][method]`; nil where a run failed, which ranks last. At least one seed,
  ///     with at least one condition each, and equally many methods everywhere; traps otherwise.
  ///   - lowerIsBetter: how values are read.
  public init(_ values: [[[Double?]]], lowerIsBetter: Bool, level: Double = 0.95)
    throws(EvaluationError)
  {
    let methods = values.first?.first?.count ?? 0
    precondition(
      methods > 0 && values.allSatisfy { !$0.isEmpty && $0.allSatisfy { $0.count == methods } },
      "ranks: expected seeds with conditions, and equally many methods in each")
    let bySeed = values.map { conditions -> [Double] in
      let ranks = conditions.map { Self.ranks($0, lowerIsBetter: lowerIsBetter) }
      return (0..<methods).map { method in
        ranks.reduce(0) { $0 + $1[method] } / Double(ranks.count)
      }
    }
    let byMethod = (0..<methods).map { method in bySeed.map { $0[method] } }
    ranks = byMethod
    means = byMethod.map { $0.reduce(0, +) / Double($0.count) }
    var intervals: [Interval?] = []
    for ranks in byMethod { intervals.append(try .student(of: ranks, level: level)) }
    self.intervals = intervals
    pValue = Self.friedman(bySeed)
  }

  /// Ranks from 1 of one run's values; nil values are equal and last.
  public static func ranks(_ values: [Double?], lowerIsBetter: Bool) -> [Double] {
    let keys = values.map { value in
      value.map { lowerIsBetter ? $0 : -$0 } ?? .infinity
    }
    return keys.map { key in
      let better = keys.count { $0 < key }
      let equal = keys.count { $0 == key }
      return Double(better) + Double(equal + 1) / 2
    }
  }

  /// Seeds are the blocks; means over conditions are ranked once more within each.
  /// - Source: Iman and Davenport 1980; Conover 1999, §5.8, in the form that allows for ties.
  private static func friedman(_ bySeed: [[Double]]) -> Double? {
    let (n, k) = (Double(bySeed.count), Double(bySeed.first?.count ?? 0))
    guard n > 1, k > 1 else { return nil }
    let ranks = bySeed.map { Self.ranks($0.map { $0 }, lowerIsBetter: true) }
    let squares = ranks.reduce(0) { $0 + $1.reduce(0) { $0 + $1 * $1 } }
    let sums = ranks[0].indices.map { method in ranks.reduce(0) { $0 + $1[method] } }
    let between = sums.reduce(0) { $0 + $1 * $1 } / n
    let centre = n * k * (k + 1) * (k + 1) / 4
    // All seeds agree: nothing is left within them. All are tied: there is nothing between.
    guard between - centre > 1e-9 * centre else { return 1 }
    guard squares - between > 1e-9 * squares else { return 0 }
    let f = (n - 1) * (between - centre) / (squares - between)
    let (d1, d2) = (k - 1, (n - 1) * (k - 1))
    return IncompleteBeta.value(d2 / (d2 + d1 * f), d2 / 2, d1 / 2)
  }
}
