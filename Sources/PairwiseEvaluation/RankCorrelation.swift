/// How two columns of numbers go together in order.
public enum RankCorrelation {
  /// Spearman's ρ: Pearson's correlation of ranks, where equal numbers share the mean of their ranks.
  ///
  /// Nil if there are fewer than three numbers, one is not finite, or all of a column are equal.
  public static func spearman(_ a: [Double], _ b: [Double]) -> Double? {
    precondition(a.count == b.count, "rank correlation: \(a.count) and \(b.count) numbers")
    guard a.count >= 3, (a + b).allSatisfy(\.isFinite) else { return nil }
    let (x, y) = (ranks(a), ranks(b))
    // Ranks of n numbers have this mean, ties or not.
    let mean = Double(a.count - 1) / 2
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (p, q) in zip(x, y) {
      xy += (p - mean) * (q - mean)
      xx += (p - mean) * (p - mean)
      yy += (q - mean) * (q - mean)
    }
    guard xx > 0, yy > 0 else { return nil }
    return xy / (xx * yy).squareRoot()
  }

  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end - 1) / 2 }
      start = end
    }
    return ranks
  }
}
