public import PairwiseConfig

extension ConfigFile {
  /// The tree as YAML: tables in block style, lists of plain values on one line. `parse` reads the same
  /// values back.
  public static func yaml(from node: ConfigNode) -> String {
    (flow(node).map { [$0] } ?? lines(node)).joined(separator: "\n") + "\n"
  }

  /// The lines of a table, or of a list with tables, that is not empty.
  private static func lines(_ node: ConfigNode) -> [String] {
    switch node.value {
    case .table(let entries):
      entries.flatMap { entry in
        let key = text(entry.key)
        if let flow = flow(entry.value) { return ["\(key): \(flow)"] }
        return ["\(key):"] + lines(entry.value).map { "  " + $0 }
      }
    case .list(let items):
      items.flatMap { item in
        let inner = flow(item).map { [$0] } ?? lines(item)
        return inner.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
      }
    default: flow(node).map { [$0] } ?? []
    }
  }

  /// The node on one line; nil for what reads better in block style.
  private static func flow(_ node: ConfigNode) -> String? {
    switch node.value {
    case .null: return "null"
    case .bool(let flag): return flag ? "true" : "false"
    case .int(let integer): return String(integer)
    case .number(let number): return text(number)
    case .string(let string): return text(string)
    case .table(let entries): return entries.isEmpty ? "{}" : nil
    case .list(let items):
      var texts: [String] = []
      for item in items {
        guard let text = flow(item) else { return nil }
        texts.append(text)
      }
      return "[" + texts.joined(separator: ", ") + "]"
    }
  }

  private static func text(_ number: Double) -> String {
    if number.isNaN { return ".nan" }
    if number.isInfinite { return number < 0 ? "-.inf" : ".inf" }
    return number.description
  }

  // MARK: Strings

  /// The string without quotes where every YAML reader takes it for the same string, else in double quotes.
  private static func text(_ string: String) -> String {
    isPlain(string) ? string : quoted(string)
  }

  private static func isPlain(_ string: String) -> Bool {
    let bytes = Array(string.utf8)
    guard let first = bytes.first, let last = bytes.last, last != 0x20 else { return false }
    guard isLetter(first) || first == UInt8(ascii: "/") || string.hasPrefix("../") else {
      return false
    }
    let marks = Array("_-./ ".utf8)
    guard bytes.allSatisfy({ isLetter($0) || ($0 >= 0x30 && $0 <= 0x39) || marks.contains($0) })
    else { return false }
    // YAML 1.1 readers take these for truth values.
    if ["y", "n", "yes", "no", "on", "off"].contains(string.lowercased()) { return false }
    return CoreSchema.resolve(string) == .string(string)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
  }

  private static func quoted(_ string: String) -> String {
    var result = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if isPrintable(scalar) {
          result.unicodeScalars.append(scalar)
        } else {
          let digits = String(scalar.value, radix: 16)
          result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
      }
    }
    return result + "\""
  }

  /// What may stand as it is in double quotes: no control characters, no line breaks of any kind.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse,
      .surrogate:
      false
    default: true
    }
  }
}
