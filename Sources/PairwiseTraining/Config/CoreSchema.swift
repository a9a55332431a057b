internal import PairwiseConfig

/// What plain scalars mean: the core schema of YAML 1.2, chapter 10.3.
enum CoreSchema {
  /// The value of a scalar that stands without quotes.
  ///
  /// `yes`, `no`, `on` and `off` are strings; so are dates and numbers with `_`. An integer that does not
  /// fit `Int` is a number, one in hexadecimal or octal that does not fit a string.
  static func resolve(_ text: String) -> ConfigNode.Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true)
    case "false", "False", "FALSE": return .bool(false)
    case ".nan", ".NaN", ".NAN": return .number(.nan)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
    default: break
    }
    // Most strings leave here, before anything is parsed.
    guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else {
      return .string(text)
    }
    if text.hasPrefix("0x") { return based(text, radix: 16, digits: "0123456789abcdefABCDEF") }
    if text.hasPrefix("0o") { return based(text, radix: 8, digits: "01234567") }
    switch decimalKind(Array(text.utf8)) {
    case .integer:
      if let integer = Int(text) { return .int(integer) }
      return Double(text).map { .number($0) } ?? .string(text)
    case .number: return Double(padded(text)).map { .number($0) } ?? .string(text)
    case nil: return .string(text)
    }
  }

  private static func based(_ text: String, radix: Int, digits: String) -> ConfigNode.Value {
    let body = text.dropFirst(2)
    guard !body.isEmpty, body.utf8.allSatisfy({ digits.utf8.contains($0) }),
      let integer = Int(body, radix: radix)
    else { return .string(text) }
    return .int(integer)
  }

  private enum DecimalKind { case integer, number }

  /// `[-+]? ( . [0-9]+ | [0-9]+ ( . [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, or nil.
  private static func decimalKind(_ text: [UInt8]) -> DecimalKind? {
    var index = 0
    func take(_ set: String) -> Bool {
      guard index < text.count, set.utf8.contains(text[index]) else { return false }
      index += 1
      return true
    }
    func takeDigits() -> Int {
      let start = index
      while index < text.count, text[index] >= 0x30, text[index] <= 0x39 { index += 1 }
      return index - start
    }
    _ = take("+-")
    let whole = takeDigits()
    var isInteger = true
    if take(".") {
      isInteger = false
      let fraction = takeDigits()
      if whole == 0 && fraction == 0 { return nil }
    } else if whole == 0 {
      return nil
    }
    if take("eE") {
      isInteger = false
      _ = take("+-")
      if takeDigits() == 0 { return nil }
    }
    guard index == text.count else { return nil }
    return isInteger ? .integer : .number
  }

  /// `1.` and `1.e5`, which Swift does not read, with a digit behind the point.
  private static func padded(_ text: String) -> String {
    guard let point = text.firstIndex(of: ".") else { return text }
    let next = text.index(after: point)
    if next < text.endIndex, text[next].isNumber { return text }
    return text[..<next] + "0" + text[next...]
  }
}
