import PairwiseConfig
import Testing

/// A document that has to be refused, with the whole message.
struct BadJSON: Sendable, CustomTestStringConvertible {
  var text: String
  var line: Int
  var column: Int
  var message: String

  init(_ text: String, _ line: Int, _ column: Int, _ message: String) {
    self.text = text
    self.line = line
    self.column = column
    self.message = message
  }

  var testDescription: String { String(text.prefix(40)) }

  static let all: [BadJSON] = [
    .init("", 1, 1, "expected a value, found the end"),
    .init("  \n ", 2, 2, "expected a value, found the end"),
    .init("{} x", 1, 4, "expected the end of the document, found 'x'"),
    .init("1 2", 1, 3, "expected the end of the document, found '2'"),
    .init("{\"a\": 1,}", 1, 9, "expected a key in double quotes, found '}'"),
    .init("{a: 1}", 1, 2, "expected a key in double quotes, found 'a'"),
    .init("{\"a\" 1}", 1, 6, "expected ':', found '1'"),
    .init("{\"a\": 1 \"b\": 2}", 1, 9, "expected ',' or '}', found '\"'"),
    .init("{\"a\": ", 1, 7, "expected a value, found the end"),
    .init("{", 1, 2, "expected a key in double quotes, found the end"),
    .init("[1 2]", 1, 4, "expected ',' or ']', found '2'"),
    .init("[1,]", 1, 4, "expected a value, found ']'"),
    .init("[1,\n2,\n  oops]", 3, 3, "expected a value, found 'o'"),
    .init("[", 1, 2, "expected a value, found the end"),
    .init("]", 1, 1, "expected a value, found ']'"),
    .init("tru", 1, 1, "expected a value; a bare word can only be true, false or null"),
    .init("NaN", 1, 1, "expected a value, found 'N'"),
    .init("nan", 1, 1, "expected a value; a bare word can only be true, false or null"),
    .init("'a'", 1, 1, "expected a value, found '''"),
    .init("\u{FEFF}{}", 1, 1, "expected a value, found byte 0xEF"),
    .init("\u{0C}1", 1, 1, "expected a value, found byte 0x0C"),
    .init("\"abc", 1, 5, "expected a closing '\"', found the end"),
    .init("\"abc\\", 1, 6, "expected a closing '\"', found the end"),
    .init("\"abc\\n", 1, 7, "expected a closing '\"', found the end"),
    .init("\"a\\x\"", 1, 4, "expected one of \"\\/bfnrtu after a backslash, found 'x'"),
    .init(
      "\"a\nb\"", 1, 3, "expected a control character in a string to be escaped, found a line break"
    ),
    .init(
      "\"a\u{01}\"", 1, 3, "expected a control character in a string to be escaped, found byte 0x01"
    ),
    .init("\"\\u12g4\"", 1, 6, "expected four hexadecimal digits after \\u, found 'g'"),
    .init("\"\\u12", 1, 6, "expected four hexadecimal digits after \\u, found the end"),
    .init("\"\\uD800\"", 1, 2, "lone surrogate in a \\u escape"),
    .init("\"\\uDC00\"", 1, 2, "lone surrogate in a \\u escape"),
    .init("\"\\uD800\\u0041\"", 1, 2, "lone surrogate in a \\u escape"),
    .init("\"\\uD800\\n\"", 1, 2, "lone surrogate in a \\u escape"),
    .init("-", 1, 2, "expected a digit, found the end"),
    .init("+1", 1, 1, "expected a value, found '+'"),
    .init("01", 1, 2, "expected no digit after a leading 0, found '1'"),
    .init("-01", 1, 3, "expected no digit after a leading 0, found '1'"),
    .init("1.", 1, 3, "expected a digit after the decimal point, found the end"),
    .init(".5", 1, 1, "expected a value, found '.'"),
    .init("1.e5", 1, 3, "expected a digit after the decimal point, found 'e'"),
    .init("1e", 1, 3, "expected a digit in the exponent, found the end"),
    .init("1e+", 1, 4, "expected a digit in the exponent, found the end"),
    .init("0x10", 1, 2, "expected the end of the document, found 'x'"),
    .init("[1e999]", 1, 2, "number out of range, 1e999 does not fit a double"),
    .init("[-1e999]", 1, 2, "number out of range, -1e999 does not fit a double"),
    .init(
      "{\"a\": 1,\n \"a\": 2}", 2, 2,
      "key 'a' appears twice; it was first on line 1, column 2"),
    .init(String(repeating: "1", count: 5000), 1, 1, "number is longer than 4096 characters"),
    .init(String(repeating: "[", count: 100_000), 1, 65, "nested deeper than 64 levels"),
    .init(
      String(repeating: "{\"a\":", count: 100_000), 1, 321, "nested deeper than 64 levels"),
  ]
}

@Suite struct JSONParserTests {
  func parse(_ text: String) throws(JSONError) -> ConfigNode.Value { try JSON.parse(text).value }

  @Test(arguments: BadJSON.all)
  func refusesWithPlaceAndReason(_ bad: BadJSON) {
    let expected = JSONError(line: bad.line, column: bad.column, message: bad.message)
    #expect(throws: expected) { try JSON.parse(bad.text) }
  }

  /// U+00C5 and U+212B are one letter to `String`, but two keys to a vocabulary.
  @Test(arguments: [0, 40])
  func tellsEquivalentKeysApartOnRequest(_ others: Int) throws {
    let limits = JSONLimits(allowsEquivalentKeys: true)
    let more = (0..<others).map { "\"k\($0)\": 0, " }.joined()
    let node = try JSON.parse("{\(more)\"\u{C5}\": 1, \"\u{212B}\": 2}", limits: limits)
    guard case .table(let entries) = node.value else {
      Issue.record("no table")
      return
    }
    #expect(entries.count == others + 2)
    #expect(throws: JSONError.self) {
      try JSON.parse("{\(more)\"\u{C5}\": 1, \"\u{C5}\": 2}", limits: limits)
    }
    #expect(throws: JSONError.self) { try JSON.parse("{\(more)\"\u{C5}\": 1, \"\u{212B}\": 2}") }
  }

  @Test func refusesInvalidUTF8() {
    for bad: [UInt8] in [
      [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80],
    ] {
      let text = [0x22, 0x61] + bad + [0x22]
      #expect(throws: JSONError(line: 1, column: 2, message: "string is not valid UTF-8")) {
        try JSON.parse(text)
      }
      let escaped = [0x22, 0x5C, 0x6E] + bad + [0x22]
      #expect(throws: JSONError(line: 1, column: 2, message: "string is not valid UTF-8")) {
        try JSON.parse(escaped)
      }
    }
  }

  @Test func everyByteAloneAndInsideAString() {
    for byte in UInt8.min...UInt8.max {
      let alone = try? JSON.parse([byte])
      #expect((alone != nil) == (0x30...0x39).contains(byte), "byte \(byte)")
      let inString = try? JSON.parse([0x22, byte, 0x22])
      let isPlain = (0x20...0x7F).contains(byte) && byte != 0x22 && byte != 0x5C
      #expect((inString != nil) == isPlain, "byte \(byte)")
      // Behind enough text for the eight-byte scan, at each offset in the word.
      for offset in 0..<16 {
        let padding = [UInt8](repeating: 0x61, count: offset)
        let long = try? JSON.parse([0x22] + padding + [byte, 0x7A] + padding + [0x22])
        #expect((long != nil) == isPlain, "byte \(byte) after \(offset)")
      }
    }
  }

  @Test func readsValuesWithPlaces() throws {
    let text = "{\n  \"a\": [1, -2.5, \"x\"],\n  \"b\": {\"c\": null, \"d\": true, \"e\": false}\n}"
    let node = try JSON.parse(text, line: 10)
    #expect(node.place == Place(line: 10, column: 1))
    let a = try #require(node["a"])
    #expect(a.place == Place(line: 11, column: 8))
    guard case .list(let items) = a.value else {
      Issue.record("not a list")
      return
    }
    #expect(items.map(\.value) == [.int(1), .number(-2.5), .string("x")])
    #expect(items[2].place == Place(line: 11, column: 18))
    #expect(node["b"]?["c"]?.value == .null)
    #expect(node["b"]?["d"]?.value == .bool(true))
    #expect(node["b"]?["e"]?.value == .bool(false))
    #expect(node["c"] == nil)
  }

  @Test func readsStrings() throws {
    #expect(try parse(#""a\"\\\/\b\f\n\r\tz""#) == .string("a\"\\/\u{8}\u{C}\n\r\tz"))
    #expect(try parse(#""\u00e9\u20AC\uD83D\uDE00\u0000""#) == .string("é€😀\0"))
    #expect(
      try parse("\"é€😀 long enough for the eight-byte scan\"")
        == .string("é€😀 long enough for the eight-byte scan"))
    #expect(try parse("\"\"") == .string(""))
    // Two spellings of one character are two keys: keys are compared by Swift, so they would clash.
    #expect(throws: JSONError.self) { try JSON.parse("{\"\u{E9}\": 1, \"e\u{301}\": 2}") }
  }

  @Test func readsNumbers() throws {
    let integers = ["0": 0, "-0": 0, "7": 7, "-12": -12, "9223372036854775807": Int.max]
    for (text, value) in integers { #expect(try parse(text) == .int(value)) }
    #expect(try parse("-9223372036854775808") == .int(.min))
    #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try parse("-9223372036854775809") == .number(-9_223_372_036_854_775_808))
    #expect(try parse("1e-400") == .number(0))
    #expect(try parse("1.0") == .number(1))
    // Each against the compiler's own reading of the same literal.
    let doubles: [(String, Double)] = [
      ("0.1", 0.1), ("1e5", 1e5), ("1E+5", 1e5), ("1e-5", 1e-5), ("5e-324", .leastNonzeroMagnitude),
      ("1.7976931348623157e308", .greatestFiniteMagnitude),
      // Just under the least normal number: once made parsers loop forever.
      ("2.2250738585072011e-308", Double.leastNormalMagnitude.nextDown),
      ("0.30000000000000004", 0.30000000000000004), ("9007199254740993.0", 9007199254740992.0),
      ("123456789012345678901234567890", 0x1.8ee90ff6c373ep96), ("1e22", 1e22),
      ("1e23", 1e23),
    ]
    for (text, value) in doubles { #expect(try parse(text) == .number(value), "\(text)") }
    guard case .number(let zero) = try parse("-0.0") else {
      Issue.record("not a number")
      return
    }
    #expect(zero.sign == .minus)
  }

  @Test func overflowIsInfinityOnRequest() throws {
    let limits = JSONLimits(allowsOverflow: true)
    #expect(try JSON.parse("1e999", limits: limits).value == .number(.infinity))
    #expect(try JSON.parse("-1e999", limits: limits).value == .number(-.infinity))
  }

  @Test func limitsHold() throws {
    let ten = "[[[[[[[[[[]]]]]]]]]]"
    #expect(throws: Never.self) { try JSON.parse(ten, limits: .init(maxDepth: 10)) }
    #expect(throws: JSONError.self) { try JSON.parse(ten, limits: .init(maxDepth: 9)) }
    #expect(throws: JSONError(line: 1, column: 8, message: "more than 3 values in one document")) {
      try JSON.parse("[1, 2, 3]", limits: .init(maxNodes: 3))
    }
    #expect(JSONLimits(maxDepth: .max).maxDepth == 512)
    #expect(throws: JSONError.self) {
      try JSON.parse(
        String(repeating: "[", count: 100_000), limits: .init(maxDepth: .max))
    }
  }

  @Test func duplicateKeysAreFoundInLargeTables() {
    let keys = (0..<2000).map { "\"k\($0)\": \($0)" }.joined(separator: ",")
    #expect(throws: Never.self) { try JSON.parse("{\(keys)}") }
    for repeated in [3, 15, 16, 17, 1999] {
      #expect(throws: JSONError.self) { try JSON.parse("{\(keys), \"k\(repeated)\": 0}") }
    }
  }

  @Test func mutatedDocumentsParseOrThrow() {
    let seeds = [
      #"{"prompt": "Human: h\u00e9 \ud83d\ude00\n", "chosen": ["a", "b"], "margin": -1.25e-3, "n": 12}"#,
      #"[[0.5, 1, -2], {"a": {"b": [true, false, null]}}, "€ and \\ \" text", 1e10]"#,
    ]
    var random = SplitMix(seed: 7)
    var parsed = 0
    for round in 0..<20_000 {
      var bytes = Array(seeds[round % 2].utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: at)
        }
      }
      if let node = try? JSON.parse(bytes) {
        parsed += 1
        var writer = JSONWriter()
        writer.write(node)
        // What was read can be written, and reads the same.
        #expect(values(try? JSON.parse(writer.bytes)) == values(node), "round \(round)")
      }
    }
    #expect(parsed > 500 && parsed < 19_500)
  }

  @Test func slicesAreReadInPlace() throws {
    let buffer = Array("{\"a\": 1}\n{\"b\": 2}\n".utf8)
    #expect(try JSON.parse(buffer[9..<17], line: 2)["b"]?.place == Place(line: 2, column: 7))
  }
}

/// The tree without places.
func values(_ node: ConfigNode?) -> ConfigNode? {
  guard let node else { return nil }
  switch node.value {
  case .list(let items): return ConfigNode(.list(items.compactMap(values)))
  case .table(let entries):
    return ConfigNode(
      .table(
        entries.compactMap { entry in
          values(entry.value).map { ConfigNode.Entry(key: entry.key, value: $0) }
        }))
  default: return ConfigNode(node.value)
  }
}

/// SplitMix64, so that failures repeat.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
