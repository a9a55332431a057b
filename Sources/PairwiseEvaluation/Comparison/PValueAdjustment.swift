/// p-values of many comparisons made at once, each raised so that it can be read as if it were the only one.
public enum PValueAdjustment {
  /// Holm's step-down rule: among all comparisons called real at level α, the chance of even one mistake is at
  /// most α, however they depend on each other.
  /// - Source: Holm 1979.
  public static func holm(_ values: [Double]) -> [Double] {
    var adjusted = values
    var largest = 0.0
    for (rank, index) in order(values).enumerated() {
      largest = max(largest, min(1, Double(values.count - rank) * values[index]))
      adjusted[index] = largest
    }
    return adjusted
  }

  /// Benjamini and Hochberg's step-up rule: of the comparisons called real at level α, a share of α is
  /// mistaken on average, if they are independent or depend on each other positively.
  /// - Source: Benjamini and Hochberg 1995.
  public static func benjaminiHochberg(_ values: [Double]) -> [Double] {
    var adjusted = values
    var smallest = 1.0
    for (rank, index) in order(values).enumerated().reversed() {
      smallest = min(smallest, Double(values.count) / Double(rank + 1) * values[index])
      adjusted[index] = smallest
    }
    return adjusted
  }

  /// Indices from the smallest value to the largest.
  private static func order(_ values: [Double]) -> [Int] {
    values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
  }
}
