/// Quantiles of a set of numbers.
public enum Quantiles {
  /// The quantile of `sorted` at `fraction`, interpolated linearly between the two nearest order
  /// statistics (Hyndman and Fan's type 7, the default of NumPy and R).
  ///
  /// - Parameters:
  ///   - sorted: numbers in ascending order, at least one; traps otherwise.
  ///   - fraction: in 0 … 1; traps otherwise.
  public static func quantile(ofSorted sorted: [Double], at fraction: Double) -> Double {
    precondition(!sorted.isEmpty, "quantile: found no numbers, expected at least one")
    precondition((0...1).contains(fraction), "quantile: found \(fraction), expected 0 … 1")
    let position = fraction * Double(sorted.count - 1)
    let below = min(Int(position), sorted.count - 1)
    let above = min(below + 1, sorted.count - 1)
    let share = position - Double(below)
    return sorted[below] * (1 - share) + sorted[above] * share
  }
}
