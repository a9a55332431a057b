/// Count, mean and range of some numbers; those that are not finite are only counted.
public struct ValueRange: Sendable, Equatable {
  public private(set) var count = 0
  public private(set) var nonFinite = 0
  public private(set) var smallest = Double.infinity
  public private(set) var largest = -Double.infinity
  private var sum = 0.0

  public init() {}

  /// NaN without a finite value.
  public var mean: Double { count > 0 ? sum / Double(count) : .nan }

  public mutating func add(_ value: Float) {
    guard value.isFinite else {
      nonFinite += 1
      return
    }
    let value = Double(value)
    count += 1
    sum += value
    smallest = min(smallest, value)
    largest = max(largest, value)
  }

  /// Takes in all that another one has seen.
  mutating func add(_ other: ValueRange) {
    count += other.count
    nonFinite += other.nonFinite
    sum += other.sum
    smallest = min(smallest, other.smallest)
    largest = max(largest, other.largest)
  }

  /// `−1.25 … 3 (mean 0.4)`.
  var words: String {
    guard count > 0 else { return "no finite value" }
    var words = "\(Self.short(smallest)) … \(Self.short(largest)) (mean \(Self.short(mean)))"
    if nonFinite > 0 { words += ", \(nonFinite) not finite" }
    return words
  }

  /// Four significant digits or so, without a library for it.
  static func short(_ value: Double) -> String {
    guard value.isFinite else { return "\(value)" }
    let size = abs(value)
    if size != 0, size < 1e-3 || size >= 1e7 { return "\(Float(value))" }
    let scale: Double = size >= 1000 ? 1 : size >= 10 ? 100 : 10_000
    let rounded = (value * scale).rounded() / scale
    if rounded == rounded.rounded(), let whole = Int(exactly: rounded) { return "\(whole)" }
    return "\(rounded)"
  }
}
