/// What is done to pairs whose strength is known: some are turned around, some get softer labels, all get
/// their strength as a margin.
///
/// - Source: Wang et al. 2024, arXiv 2401.06080; the margin is read inside the log-sigmoid, as a constant.
public struct StrengthTreatment: Sendable, Equatable {
  /// Which pairs count as wrong.
  public enum Suspects: Sendable, Equatable {
    case none
    /// The weakest share of all pairs, 0 … 0.5, rounded down to whole pairs.
    case fraction(Double)
    /// Those with a strength below this number.
    case threshold(Double)
  }

  /// Pairs to turn around.
  public var flips = Suspects.none
  /// Label smoothing of the pairs whose strength is negative, 0 ..< 0.5.
  public var softening = 0.0
  /// The margin is this many times the strength; 0: no margin.
  public var marginScale = 0.0
  /// Largest magnitude of a margin; nil: no limit.
  public var marginLimit: Double?

  public init() {}

  /// What becomes of each pair.
  public struct Result: Sendable, Equatable {
    /// Rows that are turned around, ascending.
    public var flipped: [Int]
    /// Each `[n]`. The margin of a pair that was turned has the opposite sign.
    public var margins: [Double]
    public var smoothing: [Double]
  }

  /// - Parameter strengths: μ of each pair.
  /// - Throws: `EvaluationError` for no pairs, a strength that is not finite, or a setting out of range.
  public func applied(to strengths: [Double]) throws(EvaluationError) -> Result {
    try check(strengths)
    let flipped = suspects(strengths)
    let turned = Set(flipped)
    var result = Result(flipped: flipped, margins: [], smoothing: [])
    for (row, strength) in strengths.enumerated() {
      let isTurned = turned.contains(row)
      let own = isTurned ? -strength : strength
      var margin = marginScale * own
      if let marginLimit { margin = min(max(margin, -marginLimit), marginLimit) }
      result.margins.append(margin)
      result.smoothing.append(own < 0 ? softening : 0)
    }
    return result
  }

  private func suspects(_ strengths: [Double]) -> [Int] {
    switch flips {
    case .none: []
    case .fraction(let share):
      // Rounding must not lose a pair: 0.3 of 10 is 2.9999… in binary.
      StrengthOrder.ascending(strengths).prefix(Int(share * Double(strengths.count) + 1e-9))
        .sorted()
    case .threshold(let bound): strengths.indices.filter { strengths[$0] < bound }
    }
  }

  private func check(_ strengths: [Double]) throws(EvaluationError) {
    try EvaluationError.check(strengths, "strength")
    switch flips {
    case .fraction(let share) where !(0...0.5).contains(share):
      throw .outOfRange("flip_fraction", row: nil, found: "\(share)", expected: "0 … 0.5")
    case .threshold(let bound) where !bound.isFinite:
      throw .outOfRange("flip_threshold", row: nil, found: "\(bound)", expected: "a finite number")
    default: break
    }
    guard (0..<0.5).contains(softening) else {
      throw .outOfRange("soft_alpha", row: nil, found: "\(softening)", expected: "0 ..< 0.5")
    }
    guard marginScale >= 0, marginScale <= Moments.largestMagnitude.squareRoot() else {
      throw .outOfRange(
        "margin_scale", row: nil, found: "\(marginScale)", expected: "a number of 0 or more")
    }
    if let marginLimit, !(marginLimit > 0) {
      throw .outOfRange(
        "margin_clip", row: nil, found: "\(marginLimit)", expected: "a number above 0")
    }
  }
}
