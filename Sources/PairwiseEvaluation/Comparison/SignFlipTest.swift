/// Whether paired differences are about zero: what becomes of their mean if each had the other sign as well.
///
/// If two methods are the same, either could have been called the first, so each difference is as likely as
/// its negative: the share of sign patterns with a mean at least as far from zero is a p-value that is right
/// for any distribution. It cannot be smaller than 2 / 2ⁿ.
/// - Source: Fisher 1935, §21; Good 2005, chapter 3.
public enum SignFlipTest {
  /// Up to so many differences all 2ⁿ patterns are counted, by joining two sorted halves.
  package static let exactLimit = 32
  /// Patterns drawn above that; the smallest p-value is then 1e-5.
  package static let draws = 99_999

  /// The two-sided p-value, in 0 … 1; 1 for no differences. Values have to be finite; traps otherwise.
  public static func pValue(_ differences: [Double]) -> Double {
    precondition(differences.allSatisfy(\.isFinite), "sign flips: expected finite differences")
    let sum = abs(differences.reduce(0, +))
    let scale = differences.reduce(0) { $0 + abs($1) }
    // Patterns that give the observed sum in another order must not fall short of it by rounding.
    let threshold = sum - 1e-12 * scale
    guard threshold > 0, scale.isFinite else { return 1 }
    return differences.count <= exactLimit
      ? exact(differences, threshold) : drawn(differences, threshold)
  }

  private static func exact(_ differences: [Double], _ threshold: Double) -> Double {
    let half = differences.count / 2
    let low = sums(differences[..<half])
    let high = sums(differences[half...])
    var hits = 0.0
    // As the sums of one half rise, fewer of the other's are needed.
    var first = high.count
    for sum in low {
      while first > 0, high[first - 1] + sum >= threshold { first -= 1 }
      hits += Double(high.count - first)
    }
    return min(1, 2 * hits / (Double(low.count) * Double(high.count)))
  }

  /// Σ ± dᵢ over all patterns, ascending.
  private static func sums(_ differences: ArraySlice<Double>) -> [Double] {
    var sums = [0.0]
    for difference in differences {
      sums = sums.map { $0 + difference } + sums.map { $0 - difference }
    }
    return sums.sorted()
  }

  private static func drawn(_ differences: [Double], _ threshold: Double) -> Double {
    var generator = BootstrapGenerator(seed: 0x5169_4E46)
    let values = differences.span
    var hits = 0
    for _ in 0..<draws {
      var sum = 0.0
      var bits: UInt64 = 0
      for index in values.indices {
        if index % 64 == 0 { bits = generator.next() }
        sum += bits & 1 == 0 ? values[index] : -values[index]
        bits >>= 1
      }
      if abs(sum) >= threshold { hits += 1 }
    }
    return Double(hits + 1) / Double(draws + 1)
  }
}
