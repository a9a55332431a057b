internal import RealModule

/// One axis of a plot: an interval of data, the stretch of the picture it maps to, and round ticks.
package struct Axis: Sendable, Equatable {
  package let low: Double
  package let high: Double
  /// Position of `low` and of `high` in the picture.
  package let start: Double
  package let end: Double
  /// Distance of ticks: 1, 2 or 5 times a power of ten.
  package let step: Double

  /// Widens an empty interval a little, so that a constant has a place; data that is not finite, or too
  /// large for a picture, is treated as 0 … 1.
  package init(_ low: Double, _ high: Double, from start: Double, to end: Double, ticks: Int) {
    var (bottom, top) = (low, high)
    if !(bottom.isFinite && top.isFinite && bottom <= top && (top - bottom).isFinite) {
      (bottom, top) = (0, 1)
    }
    let magnitude = max(abs(bottom), abs(top))
    if top - bottom <= max(magnitude * 1e-9, 1e-290) {
      let pad = magnitude < 1e-280 ? 1 : magnitude * 0.1
      (bottom, top) = (bottom - pad, top + pad)
    }
    self.low = bottom
    self.high = top
    self.start = start
    self.end = end
    step = Self.niceStep((top - bottom) / Double(max(1, ticks)))
  }

  /// Where `value` stands in the picture; values outside are put just beyond the end.
  package func position(_ value: Double) -> Double {
    let share = (value - low) / (high - low)
    return start + min(max(share, -0.02), 1.02) * (end - start)
  }

  /// Multiples of `step` within the axis, ascending.
  package var ticks: [Double] {
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    guard first <= last, last - first < 100 else { return [] }
    // Adding 0 turns −0 into 0.
    return stride(from: first, through: last, by: 1).map { $0 * step + 0 }
  }

  /// The nearest of 1, 2, 5 · 10ᵏ.
  static func niceStep(_ raw: Double) -> Double {
    guard raw.isFinite, raw > 1e-300 else { return 1 }
    let power = Double.exp10(Double.log10(raw).rounded(.down))
    let share = raw / power
    let factor = share < 1.5 ? 1.0 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10
    return factor * power
  }
}
