extension RankCorrelation {
  /// Pearson's correlation of the numbers themselves.
  ///
  /// Nil if there are fewer than three numbers, one is not finite, or all of a column are equal.
  public static func pearson(_ a: [Double], _ b: [Double]) -> Double? {
    precondition(a.count == b.count, "correlation: \(a.count) and \(b.count) numbers")
    guard a.count >= 3, (a + b).allSatisfy(\.isFinite) else { return nil }
    let n = Double(a.count)
    let (p, q) = (a.reduce(0) { $0 + $1 / n }, b.reduce(0) { $0 + $1 / n })
    var (xy, xx, yy) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      xy += (x - p) * (y - q)
      xx += (x - p) * (x - p)
      yy += (y - q) * (y - q)
    }
    guard xx > 0, yy > 0 else { return nil }
    return xy / (xx.squareRoot() * yy.squareRoot())
  }

  /// Kendall's τ_b: pairs in the same order less those in the other, equal numbers taken out of the count.
  ///
  /// Nil as above. In time n².
  public static func kendall(_ a: [Double], _ b: [Double]) -> Double? {
    precondition(a.count == b.count, "rank correlation: \(a.count) and \(b.count) numbers")
    guard a.count >= 3, (a + b).allSatisfy(\.isFinite) else { return nil }
    var (sum, first, second) = (0.0, 0.0, 0.0)
    for i in a.indices {
      for j in (i + 1)..<max(i + 1, a.count) {
        let x = a[i] == a[j] ? 0.0 : a[i] < a[j] ? 1 : -1
        let y = b[i] == b[j] ? 0.0 : b[i] < b[j] ? 1 : -1
        sum += x * y
        first += abs(x)
        second += abs(y)
      }
    }
    guard first > 0, second > 0 else { return nil }
    return sum / (first * second).squareRoot()
  }
}
