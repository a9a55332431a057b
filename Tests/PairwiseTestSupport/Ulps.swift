/// Distances between Float results and their exact values in units in the last place.
public enum Ulps {
  /// |found − exact| in spacings of Float at `exact`, never finer than the smallest denormal.
  ///
  /// 0 if both are NaN, or both are the same infinity after rounding `exact` to Float; infinite if
  /// only one of them is.
  public static func error(_ found: Float, _ exact: Double) -> Double {
    if found.isNaN || exact.isNaN { return found.isNaN && exact.isNaN ? 0 : .infinity }
    let rounded = Float(exact)
    if rounded.isInfinite || found.isInfinite { return found == rounded ? 0 : .infinity }
    return abs(Double(found) - exact) / spacing(at: exact)
  }

  /// The spacing of Float at |x|.
  public static func spacing(at x: Double) -> Double {
    let magnitude = Float(abs(x))
    guard magnitude.isFinite else { return Double(Float.greatestFiniteMagnitude.ulp) }
    return Double(max(magnitude.ulp, Float.leastNonzeroMagnitude))
  }
}
