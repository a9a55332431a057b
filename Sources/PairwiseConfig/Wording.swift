/// Shared wording of messages: text from outside is quoted so that it cannot garble a terminal.
package enum Wording {
  /// `text` in single quotes, control characters escaped, cut after 60 characters.
  package static func quoted(_ text: String) -> String {
    "'" + printable(text) + "'"
  }

  /// `text` with control characters escaped, cut after 60 characters.
  package static func printable(_ text: String) -> String {
    var result = ""
    var count = 0
    for scalar in text.unicodeScalars {
      if count == 60 { return result + "…" }
      count += 1
      switch scalar {
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if isHarmless(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          result += "\\u{" + String(scalar.value, radix: 16) + "}"
        }
      }
    }
    return result
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse: false
    default: true
    }
  }

  /// What stands at a byte, for "found …": `'x'`, `a line break`, `byte 0x07`.
  package static func byte(_ byte: UInt8?) -> String {
    guard let byte else { return "the end" }
    switch byte {
    case 0x0A, 0x0D: return "a line break"
    case 0x09: return "a tab"
    case 0x20: return "a space"
    case 0x21...0x7E: return "'" + String(Unicode.Scalar(byte)) + "'"
    default:
      let digits = String(byte, radix: 16, uppercase: true)
      return "byte 0x" + (digits.count == 1 ? "0" : "") + digits
    }
  }

  /// `a`, `a or b`, `a, b or c`.
  package static func alternatives(_ items: [String]) -> String {
    guard let last = items.last else { return "" }
    if items.count == 1 { return last }
    return items.dropLast().joined(separator: ", ") + " or " + last
  }
}
