/// Count, mean, spread and range of numbers that arrive one at a time.
///
/// Sums are exact, so the figures do not depend on the order of the numbers, on how they were
/// batched, or on a large common offset.
public struct Moments: Sendable {
  public private(set) var count = 0
  /// Smallest and largest so far; nil before the first.
  public private(set) var minimum: Double?
  public private(set) var maximum: Double?
  private var sum = ExactSum()
  private var squares = ExactSum()

  /// The largest magnitude whose square and its multiples stay finite in every sum.
  package static let largestMagnitude = 1e100

  public init() {}

  /// Adds one number. Traps above 1e100 in magnitude: what comes from outside is checked before.
  public mutating func add(_ x: Double) {
    precondition(
      abs(x) <= Self.largestMagnitude, "moments: found \(x), expected a magnitude of 1e100 at most")
    count += 1
    minimum = min(minimum ?? x, x)
    maximum = max(maximum ?? x, x)
    sum.add(x)
    squares.addProduct(x, x)
  }

  /// As if all numbers of `other` had been added here.
  public mutating func merge(_ other: Moments) {
    guard other.count > 0 else { return }
    count += other.count
    minimum = [minimum, other.minimum].compactMap { $0 }.min()
    maximum = [maximum, other.maximum].compactMap { $0 }.max()
    sum.merge(other.sum)
    squares.merge(other.squares)
  }

  /// The mean, or nil without numbers.
  public var mean: Double? {
    count == 0 ? nil : sum.value / Double(count)
  }

  /// Root of the mean squared deviation (divisor n), or nil without numbers.
  public var populationStandardDeviation: Double? {
    guard count > 0 else { return nil }
    let n = Double(count)
    return (max(0, squares.scaled(by: n, minusSquareOf: sum)) / (n * n)).squareRoot()
  }

  /// The same with divisor n − 1, or nil with fewer than two numbers.
  public var sampleStandardDeviation: Double? {
    guard count > 1 else { return nil }
    let n = Double(count)
    return (max(0, squares.scaled(by: n, minusSquareOf: sum)) / (n * (n - 1))).squareRoot()
  }
}
