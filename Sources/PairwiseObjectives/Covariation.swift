/// Sums over numbers that arrive one at a time, from which their standard deviation follows.
///
/// They are taken from the first number on. As that one is among them, its squared distance from the mean is n variances
/// at most, so subtracting the square of the mean costs log₂(n + 1) of the 53 bits at most, however large a common
/// offset is. Numbers in the same order give the same bits, however they were split.
struct Spread: Sendable, Equatable {
  private(set) var count = 0.0
  fileprivate var first = 0.0
  fileprivate var sum = 0.0
  fileprivate var squares = 0.0

  @inline(__always)
  mutating func add(_ x: Double) {
    if count == 0 { first = x }
    count += 1
    let step = x - first
    sum += step
    squares += step * step
  }

  /// Σ (x − mean)².
  fileprivate var scatter: Double { max(0, squares - sum / count * sum) }

  /// Root of the mean squared distance from the mean (divisor n); nil without numbers.
  var deviation: Double? { count > 0 ? (scatter / count).squareRoot() : nil }
}

/// The same over pairs of numbers, from which their correlation follows.
struct Covariation: Sendable, Equatable {
  private var x = Spread()
  private var y = Spread()
  private var products = 0.0

  @inline(__always)
  mutating func add(_ a: Double, _ b: Double) {
    x.add(a)
    y.add(b)
    products += (a - x.first) * (b - y.first)
  }

  /// Pearson's correlation; nil of fewer than three pairs, or where all numbers of a side are equal.
  var correlation: Double? {
    guard x.count > 2, x.scatter > 0, y.scatter > 0 else { return nil }
    let together = products - x.sum / x.count * y.sum
    return min(1, max(-1, together / x.scatter.squareRoot() / y.scatter.squareRoot()))
  }
}

/// Two columns whose ranks are to be compared.
struct RankedColumns: Sendable, Equatable {
  private(set) var first: [Double] = []
  private(set) var second: [Double] = []

  mutating func add(_ a: Double, _ b: Double) {
    first.append(a)
    second.append(b)
  }
}
