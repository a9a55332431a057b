/// A sum of doubles without rounding until it is read: the same bits for any order, any batch size
/// and any split into partial sums that are merged later.
///
/// Keeps the sum as a list of doubles that do not overlap, smallest first. Adding costs a handful of
/// additions, because real data rarely needs more than three of them.
///
/// - Source: Shewchuk 1997, "Adaptive precision floating-point arithmetic", theorem 10.
package struct ExactSum: Sendable {
  /// Non-overlapping, increasing in magnitude; their exact sum is the sum of all terms.
  private var parts: [Double] = []

  package init() {}

  package init(_ terms: some Sequence<Double>) {
    for term in terms { add(term) }
  }

  /// Adds one finite term. Terms up to 1e300 cannot overflow the parts for any real count.
  package mutating func add(_ term: Double) {
    precondition(term.isFinite, "exact sum: found \(term), expected a finite term")
    var carry = term
    var kept = 0
    for index in parts.indices {
      let part = parts[index]
      let (sum, error) = Self.twoSum(carry, part)
      if error != 0 {
        parts[kept] = error
        kept += 1
      }
      carry = sum
    }
    parts.removeSubrange(kept...)
    if carry != 0 { parts.append(carry) }
  }

  /// Adds a · b without rounding the product (but for an underflow below 1e-290).
  package mutating func addProduct(_ a: Double, _ b: Double) {
    let product = a * b
    add(product)
    let error = (-product).addingProduct(a, b)
    if error != 0 { add(error) }
  }

  package mutating func merge(_ other: ExactSum) {
    for part in other.parts { add(part) }
  }

  /// The sum, rounded once, to nearest with ties to even.
  package var value: Double {
    guard var total = parts.last else { return 0 }
    var index = parts.count - 2
    var error = 0.0
    while index >= 0, error == 0 {
      (total, error) = Self.twoSum(total, parts[index])
      index -= 1
    }
    // A tie in the last rounding is decided by the sign of what lies below it.
    if index >= 0, (error < 0) == (parts[index] < 0) {
      let twice = error * 2
      let moved = total + twice
      if moved - total == twice { total = moved }
    }
    return total
  }

  /// count · self − other², rounded once: the numerator of a variance, free of cancellation.
  package func scaled(by count: Double, minusSquareOf other: ExactSum) -> Double {
    var result = ExactSum()
    for part in parts { result.addProduct(count, part) }
    for (index, a) in other.parts.enumerated() {
      result.addProduct(-a, a)
      for b in other.parts[..<index] { result.addProduct(-2 * a, b) }
    }
    return result.value
  }

  /// a + b as its rounded value and the exact rounding error.
  @inline(__always)
  private static func twoSum(_ a: Double, _ b: Double) -> (sum: Double, error: Double) {
    let sum = a + b
    let shadow = sum - a
    return (sum, (a - (sum - shadow)) + (b - shadow))
  }
}
