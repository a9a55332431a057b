/// HTML or SVG text. What is interpolated as a string is escaped; what the source code spells out,
/// and other markup, is not. So text from a file cannot become an element by being forgotten.
///
/// ```swift
/// let cell: Markup = "<td>\(nameFromAFile)</td>"
/// ```
package struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
  package private(set) var text: String

  package init(stringLiteral value: String) { text = value }

  /// Text that is known to be markup, put together from source code only.
  init(trusted text: String) { self.text = text }

  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  package static func += (left: inout Markup, right: Markup) { left.text += right.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      text.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    package mutating func appendLiteral(_ literal: String) { text += literal }
    package mutating func appendInterpolation(_ outside: String) { text += Markup.escape(outside) }
    package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
    package mutating func appendInterpolation(_ parts: [Markup]) {
      for part in parts { text += part.text }
    }
    package mutating func appendInterpolation(_ number: Int) { text += "\(number)" }

    /// A length or coordinate in SVG units, to a hundredth.
    package mutating func appendInterpolation(_ coordinate: Double) {
      text += Markup.coordinate(coordinate)
    }
  }

  /// Text for element content and for attribute values in either quote.
  ///
  /// Control characters, which HTML does not allow, show as U+FFFD; so do the invisible marks that
  /// reorder text and could make one thing look like another.
  static func escape(_ outside: String) -> String {
    var result = ""
    result.reserveCapacity(outside.utf8.count)
    for scalar in outside.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\r": continue
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}",
        "\u{2066}"..."\u{2069}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static func coordinate(_ value: Double) -> String {
    guard let hundredths = Int(exactly: (value * 100).rounded()) else { return "0" }
    let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    if rest % 10 == 0 { return "\(sign)\(whole).\(rest / 10)" }
    return "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }
}

extension Array where Element == Markup {
  package func joined() -> Markup { "\(self)" }
}
