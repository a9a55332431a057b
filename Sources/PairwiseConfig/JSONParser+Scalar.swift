extension JSONParser {
  // MARK: Strings

  /// Parses the string whose opening quote stands at `position`.
  mutating func parseString(_ bytes: Span<UInt8>) throws(JSONError) -> String {
    let start = position + 1
    let end = Self.plainRunEnd(bytes, from: start)
    guard end < bytes.count else { throw error("expected a closing '\"', found the end", at: end) }
    if bytes[end] == UInt8(ascii: "\"") {
      position = end + 1
      return try text(bytes.extracting(start..<end), offset: start)
    }
    return try parseEscapedString(bytes, start: start, firstSpecial: end)
  }

  /// The slow form: plain runs and escapes are gathered in a buffer first.
  private mutating func parseEscapedString(
    _ bytes: Span<UInt8>, start: Int, firstSpecial: Int
  ) throws(JSONError) -> String {
    var buffer: [UInt8] = []
    var runStart = start
    var index = firstSpecial
    while true {
      for offset in runStart..<index { buffer.append(bytes[offset]) }
      guard index < bytes.count else {
        throw error("expected a closing '\"', found the end", at: index)
      }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        position = index + 1
        return try text(buffer.span, offset: start)
      case UInt8(ascii: "\\"):
        index = try parseEscape(bytes, at: index, into: &buffer)
      default:
        throw error(
          "expected a control character in a string to be escaped, found "
            + Wording.byte(bytes[index]), at: index)
      }
      runStart = index
      index = Self.plainRunEnd(bytes, from: index)
    }
  }

  /// The first `"`, `\` or control character from `start` on, or the end. Eight bytes at a time: the
  /// subtractions set the top bit of every byte that is zero (after xor) or below 0x20; borrows can
  /// only spoil bytes above the first hit, and the first is all that is used.
  private static func plainRunEnd(_ bytes: Span<UInt8>, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    let raw = unsafe bytes.bytes
    var index = start
    while index <= raw.byteCount - 8 {
      let loaded = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
      let word = UInt64(littleEndian: loaded)
      let quote = word ^ 0x2222_2222_2222_2222
      let slash = word ^ 0x5C5C_5C5C_5C5C_5C5C
      let quoteHit = (quote &- ones) & ~quote
      let slashHit = (slash &- ones) & ~slash
      let controlHit = (word &- 0x2020_2020_2020_2020) & ~word
      let hits = (quoteHit | slashHit | controlHit) & tops
      if hits != 0 { return index + hits.trailingZeroBitCount / 8 }
      index += 8
    }
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return index }
      index += 1
    }
    return index
  }

  /// A string of `bytes`, checked to be UTF-8; `offset` is where they begin, for the message.
  private func text(_ bytes: Span<UInt8>, offset: Int) throws(JSONError) -> String {
    do {
      return String(copying: try UTF8Span(validating: bytes))
    } catch {
      throw self.error("string is not valid UTF-8", at: offset)
    }
  }

  // MARK: Escapes

  /// Decodes the escape whose backslash stands at `index`; returns where the text goes on.
  private func parseEscape(
    _ bytes: Span<UInt8>, at index: Int, into buffer: inout [UInt8]
  ) throws(JSONError) -> Int {
    guard index + 1 < bytes.count else {
      throw error("expected a closing '\"', found the end", at: bytes.count)
    }
    switch bytes[index + 1] {
    case UInt8(ascii: "\""): buffer.append(0x22)
    case UInt8(ascii: "\\"): buffer.append(0x5C)
    case UInt8(ascii: "/"): buffer.append(0x2F)
    case UInt8(ascii: "b"): buffer.append(0x08)
    case UInt8(ascii: "f"): buffer.append(0x0C)
    case UInt8(ascii: "n"): buffer.append(0x0A)
    case UInt8(ascii: "r"): buffer.append(0x0D)
    case UInt8(ascii: "t"): buffer.append(0x09)
    case UInt8(ascii: "u"): return try parseUnicodeEscape(bytes, at: index, into: &buffer)
    default:
      throw error(
        "expected one of \"\\/bfnrtu after a backslash, found " + Wording.byte(bytes[index + 1]),
        at: index + 1)
    }
    return index + 2
  }

  private func parseUnicodeEscape(
    _ bytes: Span<UInt8>, at index: Int, into buffer: inout [UInt8]
  ) throws(JSONError) -> Int {
    var end = index + 6
    var code = try parseHex(bytes, from: index + 2)
    if code & 0xFC00 == 0xD800 {
      // A high surrogate means nothing without the low one that has to follow.
      guard end + 1 < bytes.count, bytes[end] == UInt8(ascii: "\\"),
        bytes[end + 1] == UInt8(ascii: "u")
      else { throw error("lone surrogate in a \\u escape", at: index) }
      let low = try parseHex(bytes, from: end + 2)
      guard low & 0xFC00 == 0xDC00 else {
        throw error("lone surrogate in a \\u escape", at: index)
      }
      code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
      end += 6
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw error("lone surrogate in a \\u escape", at: index)
    }
    buffer.append(contentsOf: String(Character(scalar)).utf8)
    return end
  }

  private func parseHex(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for index in start..<start + 4 {
      let byte = index < bytes.count ? bytes[index] : nil
      let digit: UInt8
      switch byte {
      case .some(let b) where b >= 0x30 && b <= 0x39: digit = b - 0x30
      case .some(let b) where b >= 0x41 && b <= 0x46: digit = b - 0x41 + 10
      case .some(let b) where b >= 0x61 && b <= 0x66: digit = b - 0x61 + 10
      default:
        throw error(
          "expected four hexadecimal digits after \\u, found " + Wording.byte(byte), at: index)
      }
      code = code << 4 | UInt32(digit)
    }
    return code
  }

  // MARK: Numbers

  /// Parses the number that begins at `position`.
  mutating func parseNumber(_ bytes: Span<UInt8>) throws(JSONError) -> ConfigNode.Value {
    var scan = NumberScan(bytes, from: position)
    let start = position
    if let bad = scan.readAll(bytes) {
      position = scan.end
      throw unexpected(bytes, expected: bad)
    }
    guard scan.end - start <= 4096 else {
      throw error("number is longer than 4096 characters")
    }
    position = scan.end
    if let value = scan.exactValue { return value }
    guard let text = try? text(bytes.extracting(start..<scan.end), offset: start),
      let number = Double(text)
    else { throw error("number cannot be read", at: start) }
    guard number.isFinite || limits.allowsOverflow else {
      throw error(
        "number out of range, \(Wording.printable(text)) does not fit a double", at: start)
    }
    return .number(number)
  }
}

/// The parts of one JSON number, gathered while its grammar is checked.
private struct NumberScan {
  private(set) var end: Int
  private var isNegative = false
  private var isInteger = true
  /// The digits as one integer, while they fit.
  private var mantissa: UInt64 = 0
  private var mantissaFits = true
  private var fractionDigits = 0
  private var exponent = 0

  init(_ bytes: Span<UInt8>, from start: Int) { end = start }

  /// Moves `end` past the number; returns what was expected there if the grammar is broken.
  mutating func readAll(_ bytes: Span<UInt8>) -> String? {
    if byte(bytes) == UInt8(ascii: "-") {
      isNegative = true
      end += 1
    }
    if byte(bytes) == UInt8(ascii: "0") {
      end += 1
      if isDigit(bytes) { return "no digit after a leading 0" }
    } else if readDigits(bytes) == 0 {
      return "a digit"
    }
    if byte(bytes) == UInt8(ascii: ".") {
      isInteger = false
      end += 1
      fractionDigits = readDigits(bytes)
      if fractionDigits == 0 { return "a digit after the decimal point" }
    }
    if byte(bytes) == UInt8(ascii: "e") || byte(bytes) == UInt8(ascii: "E") {
      isInteger = false
      end += 1
      return readExponent(bytes)
    }
    return nil
  }

  private func byte(_ bytes: Span<UInt8>) -> UInt8? { end < bytes.count ? bytes[end] : nil }

  private func isDigit(_ bytes: Span<UInt8>) -> Bool {
    end < bytes.count && bytes[end] &- 0x30 < 10
  }

  private mutating func readDigits(_ bytes: Span<UInt8>) -> Int {
    let start = end
    while isDigit(bytes) {
      let (product, high) = mantissa.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(bytes[end] &- 0x30))
      if high || carry { mantissaFits = false }
      mantissa = sum
      end += 1
    }
    return end - start
  }

  private mutating func readExponent(_ bytes: Span<UInt8>) -> String? {
    var isNegative = false
    if byte(bytes) == UInt8(ascii: "+") || byte(bytes) == UInt8(ascii: "-") {
      isNegative = byte(bytes) == UInt8(ascii: "-")
      end += 1
    }
    guard isDigit(bytes) else { return "a digit in the exponent" }
    while isDigit(bytes) {
      exponent = min(exponent * 10 + Int(bytes[end] &- 0x30), 100_000)
      end += 1
    }
    if isNegative { exponent = -exponent }
    return nil
  }

  /// The value where it needs no rounding rules: an integer that fits, or a product or quotient of
  /// two numbers that a double holds exactly, which IEEE division rounds correctly (Clinger 1990).
  var exactValue: ConfigNode.Value? {
    guard mantissaFits else { return nil }
    if isInteger {
      let limit = UInt64(Int.max) + (isNegative ? 1 : 0)
      if mantissa > limit { return nil }
      return .int(isNegative ? Int(truncatingIfNeeded: 0 &- mantissa) : Int(mantissa))
    }
    let power = exponent - fractionDigits
    guard mantissa <= 1 << 53, power >= -22, power <= 22 else { return nil }
    var scale = 1.0
    for _ in 0..<abs(power) { scale *= 10 }
    let magnitude = power < 0 ? Double(mantissa) / scale : Double(mantissa) * scale
    return .number(isNegative ? -magnitude : magnitude)
  }
}
