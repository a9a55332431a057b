internal import RealModule

/// Numbers as people read them. The minus sign is a real one, and thousands are set apart by a thin
/// space that does not break.
package enum NumberText {
  static let minus = "\u{2212}"
  static let thinSpace = "\u{202F}"

  /// Exactly `decimals` digits after the point, thousands apart: `12 345.60`.
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : value < 0 ? "−∞" : "∞" }
    let places = max(0, min(decimals, 12))
    let power = Double.exp10(Double(places)).rounded()
    guard let scaled = UInt64(exactly: (abs(value) * power).rounded()), scaled < 1 << 62 else {
      return scientific(value, 3)
    }
    let (whole, rest) = scaled.quotientAndRemainder(dividingBy: UInt64(power))
    var text = value < 0 && scaled != 0 ? minus : ""
    text += grouped(String(whole))
    if places > 0 {
      let digits = String(rest)
      text += "." + String(repeating: "0", count: places - digits.count) + digits
    }
    return text
  }

  package static func count(_ value: Int) -> String {
    (value < 0 ? minus : "") + grouped(String(value.magnitude))
  }

  /// About `digits` significant digits: `0.0123`, `4.57`, `12 346`, `2.5×10⁻⁵`.
  package static func significant(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, 0) }
    let exponent = exponent(of: value, digits)
    if exponent < -4 || exponent > 9 { return scientific(value, digits) }
    return fixed(value, max(0, digits - 1 - exponent))
  }

  /// A whole number in full, any other to about `digits` significant digits.
  package static func figure(_ value: Double, _ digits: Int = 4) -> String {
    Int(exactly: value).map(count) ?? significant(value, digits)
  }

  /// `64.3 %`.
  package static func percent(_ share: Double, _ decimals: Int = 1) -> String {
    fixed(share * 100, decimals) + "\u{A0}%"
  }

  /// `2.5×10⁻⁵`; the mantissa loses trailing zeros.
  package static func scientific(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, value != 0 else { return fixed(value, 0) }
    let exponent = exponent(of: value, digits)
    let mantissa = trimmed(fixed(value / Double.exp10(Double(exponent)), digits - 1))
    return mantissa + "×10" + superscript(exponent)
  }

  /// `38 s`, `2 min 05 s`, `1 h 12 min`.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "unknown time" }
    if seconds < 10 { return significant(seconds, 2) + "\u{A0}s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole)\u{A0}s" }
    if whole < 3600 { return "\(whole / 60)\u{A0}min \(padded(whole % 60))\u{A0}s" }
    return "\(count(whole / 3600))\u{A0}h \(padded(whole % 3600 / 60))\u{A0}min"
  }

  /// `312 MB`, in powers of ten.
  package static func bytes(_ value: Double) -> String { prefixed(value, space: "\u{A0}") + "B" }

  /// `12.5k`, `3M`: for axes.
  package static func compact(_ value: Double) -> String { prefixed(value, space: "") }

  /// Labels for ticks that are `step` apart, all with the same number of decimals.
  package static func tick(_ value: Double, step: Double, percent: Bool = false) -> String {
    if percent { return fixed(value * 100, decimals(step * 100)) + "\u{A0}%" }
    let largest = max(abs(value), step)
    if value == 0 { return "0" }
    if largest >= 10_000 { return compact(value) }
    if step < 1e-4 { return scientific(value, 3) }
    return fixed(value, decimals(step))
  }

  /// How many decimals a number that is a multiple of `step` needs, at most 12.
  private static func decimals(_ step: Double) -> Int {
    var power = 1.0
    for places in 0..<12 {
      if abs((step * power).rounded() - step * power) < 1e-6 * step * power { return places }
      power *= 10
    }
    return 12
  }

  /// The decimal exponent after rounding to `digits`: 9.996 with three digits has exponent 1.
  private static func exponent(of value: Double, _ digits: Int) -> Int {
    let raw = Int(Double.log10(abs(value)).rounded(.down))
    let unit = Double.exp10(Double(raw - digits + 1))
    let rounded = (abs(value) / unit).rounded()
    return rounded >= Double.exp10(Double(digits)).rounded() ? raw + 1 : raw
  }

  private static func prefixed(_ value: Double, space: String) -> String {
    let steps: [(Double, String)] = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")]
    for (unit, sign) in steps where abs(value) >= unit {
      return trimmed(significant(value / unit, 3)) + space + sign
    }
    return trimmed(significant(value, 3)) + space
  }

  private static func trimmed(_ number: String) -> String {
    guard number.contains("."), !number.contains("×") else { return number }
    var text = Substring(number)
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return String(text)
  }

  private static func grouped(_ digits: String) -> String {
    guard digits.count > 4 else { return digits }
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { result += thinSpace }
      result.append(digit)
    }
    return result
  }

  private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func superscript(_ number: Int) -> String {
    let digits: [Character] = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"]
    let text = String(number.magnitude).compactMap(\.wholeNumberValue).map { digits[$0] }
    return (number < 0 ? "⁻" : "") + String(text)
  }
}
