import Foundation
import PairwiseConfig
import PairwiseTraining
import Testing

/// A YAML text that has to be refused, with the whole message.
struct BadYAML: Sendable, CustomTestStringConvertible {
  var text: String
  var message: String

  init(_ text: String, _ message: String) {
    self.text = text
    self.message = message
  }

  var testDescription: String { String(text.prefix(40)) }

  static let all: [BadYAML] = [
    .init("a: b: c", "c.yaml:1: column 5: mapping values are not allowed in this context"),
    .init(
      "a: 1\n b: 2",
      "c.yaml:2: column 3: mapping values are not allowed in this context"),
    .init(
      "run:\n  name: x\n seed: 1",
      "c.yaml:3: column 2: did not find expected key while parsing a block mapping that began on "
        + "line 1"),
    .init(
      "a: [1, 2",
      "c.yaml:2: column 1: did not find expected ',' or ']' while parsing a flow "
        + "sequence that began on line 1"),
    .init(
      "a: 'x\nb: 1",
      "c.yaml:2: column 5: found unexpected end of stream while scanning a quoted "
        + "scalar that began on line 1"),
    .init(
      "a:\n\t- 1",
      "c.yaml:2: column 1: found character that cannot start any token while scanning for the "
        + "next token that began on line 2"),
    .init(
      "a: 1\n---\nb: 2", "c.yaml:2: column 1: expected one document in the file, found another"),
    .init("a: 1\nb: 2\na: 3", "c.yaml:1: column 1: key 'a' appears twice in one table"),
    .init("1: x\n\"1\": y", "c.yaml:1: column 1: key '1' appears twice in one table"),
    .init("[a]: 1", "c.yaml:1: column 1: expected a plain key, found a list, a table or an alias"),
    .init(
      "a: &x k\n*x : 1",
      "c.yaml:2: column 1: expected a plain key, found a list, a table or an alias"),
    .init("a: *b", "c.yaml:1: column 4: alias '*b' has no anchor before it"),
    .init("a: &b [*b]", "c.yaml:1: column 8: alias '*b' has no anchor before it"),
    .init(
      "a: &x {b: 1}\nc:\n  <<: *x",
      "c.yaml:3: column 3: merge keys (<<) are not part of YAML 1.2; write the keys out"),
    .init(
      "a: !!python/object x",
      "c.yaml:1: column 4: tag 'tag:yaml.org,2002:python/object' is not supported here"),
    .init(
      "a: !!int \"3\"", "c.yaml:1: column 4: tag 'tag:yaml.org,2002:int' is not supported here"),
    .init("a: 1\nb: \u{07}", "c.yaml:2: column 4: control characters are not allowed"),
    .init(
      "@a: 1",
      "c.yaml:1: column 1: found character that cannot start any token while scanning "
        + "for the next token that began on line 1"),
    .init(
      String(repeating: "[", count: 33) + String(repeating: "]", count: 33),
      "c.yaml:1: column 33: nested deeper than 32 levels"),
    .init(
      String(repeating: "[", count: 2_000), "c.yaml:1: column 1: nested deeper than 32 levels"),
    .init(
      String(repeating: "- ", count: 2_000), "c.yaml:1: column 1999: nested deeper than 32 levels"
    ),
    .init(
      String(repeating: "? ", count: 2_000), "c.yaml:1: column 1999: nested deeper than 32 levels"
    ),
    .init(
      "[" + String(repeating: "a,", count: 100_000) + "]",
      "c.yaml:1: column 200000: more than 100000 values, those of aliases included"),
    .init(
      "a: &a 1\nb: [" + String(repeating: "*a,", count: 101) + "]",
      "c.yaml:2: column 305: more than 100 aliases"),
    .init(
      String(repeating: "[", count: 100_000),
      "c.yaml: too many '[', '{' and '?' (100000) for a text of its size; write it in block style"),
    // 32 lists inside one another through aliases, then one more around them.
    .init(
      (1...40).reduce("- &a0 [x]\n") { $0 + "- &a\($1) [*a\($1 - 1)]\n" },
      "c.yaml:31: column 9: nested deeper than 32 levels"),
  ]
}

@Suite struct ConfigFileTests {
  func parse(_ text: String) throws(ConfigError) -> ConfigNode {
    try ConfigFile.parse(Array(text.utf8), file: "c.yaml")
  }

  /// Puts a text into a file for as long as `body` runs.
  func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).yaml")
    try Data(text.utf8).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    return try body(url.path)
  }

  @Test(arguments: BadYAML.all)
  func refusesWithPlaceAndReason(_ bad: BadYAML) {
    let error = #expect(throws: ConfigError.self) { try parse(bad.text) }
    #expect(error?.description == bad.message)
    #expect(error?.kind == .invalid)
  }

  @Test func resolvesPlainScalarsAsYAML12() throws {
    let cases: [(String, ConfigNode.Value)] = [
      ("null", .null), ("~", .null), ("", .null), ("NULL", .null),
      ("true", .bool(true)), ("False", .bool(false)), ("TRUE", .bool(true)),
      ("yes", .string("yes")), ("off", .string("off")), ("tRue", .string("tRue")),
      ("7", .int(7)), ("-12", .int(-12)), ("+3", .int(3)), ("007", .int(7)),
      ("0x1F", .int(31)), ("0o17", .int(15)), ("0x", .string("0x")), ("0xG", .string("0xG")),
      ("-0x1", .string("-0x1")), ("1_000", .string("1_000")), ("0b11", .string("0b11")),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)),
      ("0xFFFFFFFFFFFFFFFFFF", .string("0xFFFFFFFFFFFFFFFFFF")),
      ("1e-5", .number(1e-5)), ("1.0e-5", .number(1e-5)), ("1E5", .number(1e5)),
      ("1.", .number(1)), ("1.e3", .number(1000)), (".5", .number(0.5)), ("-.5", .number(-0.5)),
      ("+1.5", .number(1.5)), ("1e999", .number(.infinity)), ("-.inf", .number(-.infinity)),
      (".", .string(".")), ("-", .list([ConfigNode(.null)])), ("e5", .string("e5")),
      ("1e", .string("1e")), ("1.2.3", .string("1.2.3")), ("2024-01-02", .string("2024-01-02")),
      ("inf", .string("inf")), ("nan", .string("nan")), ("../a/b.jsonl", .string("../a/b.jsonl")),
      ("\"7\"", .string("7")), ("'true'", .string("true")), ("! 7", .string("7")),
      ("!!str 7", .string("7")), ("|\n  7\n", .string("7\n")), ("a # b", .string("a")),
    ]
    for (text, expected) in cases {
      let node = try parse(text == "-" ? "a:\n-" : "a: \(text)")
      #expect(node["a"].map(plain)?.value == expected, "\(text)")
    }
    guard case .number(let nan)? = try parse("a: .nan")["a"]?.value else {
      Issue.record(".nan is not a number")
      return
    }
    #expect(nan.isNaN)
  }

  @Test func placesAreThoseOfKeysAndValues() throws {
    let node = try parse("# comment\nrun:\n  name: x  # é\n  \"sée\":   [1,\n    {b: 2}]\n")
    guard case .table(let entries)? = node["run"]?.value, entries.count == 2 else {
      Issue.record("not a table of two")
      return
    }
    #expect(entries[0].place == Place(line: 3, column: 3))
    #expect(entries[0].value.place == Place(line: 3, column: 9))
    #expect(entries[1].key == "sée")
    #expect(entries[1].value.place == Place(line: 4, column: 12))
    guard case .list(let items) = entries[1].value.value else {
      Issue.record("not a list")
      return
    }
    #expect(items[1]["b"]?.place == Place(line: 5, column: 9))
  }

  @Test func emptyFilesAreEmptyTables() throws {
    for text in ["", "\n", "# only a comment\n", "---\n", "~", "\u{FEFF}"] {
      #expect(try parse(text).value == .table([]), "\(text.debugDescription)")
    }
    #expect(try parse("\u{FEFF}a: 1")["a"]?.value == .int(1))
  }

  @Test func aliasesAreReplaced() throws {
    let node = try parse(
      "base: &b {x: 1, y: [&t two, *t]}\nother: *b\nflow: [*t,*t]\nnext: &b 3\nlast: *b")
    #expect(node["other"] == node["base"])
    #expect(plain(node)["flow"]?.value == .list([text("two"), text("two")]))
    // The latest anchor of a name counts.
    #expect(node["last"]?.value == .int(3))
  }

  @Test func starsThatAreNoAliasesStay() throws {
    let node = try parse(
      """
      glob: data/*.jsonl
      math: 2 *x
      quoted: "say *this* (*that)"
      single: '*a'
      escaped: "\\uE000 \\U0000e001 *b"
      block: |
        *c and *d
      folded: >
        *e
      private: "\u{E002} *f"
      # a comment with *stars*, see *there
      "*key": 1
      """)
    #expect(node["glob"]?.value == .string("data/*.jsonl"))
    #expect(node["math"]?.value == .string("2 *x"))
    #expect(node["quoted"]?.value == .string("say *this* (*that)"))
    #expect(node["single"]?.value == .string("*a"))
    #expect(node["escaped"]?.value == .string("\u{E000} \u{E001} *b"))
    #expect(node["block"]?.value == .string("*c and *d\n"))
    #expect(node["folded"]?.value == .string("*e\n"))
    #expect(node["private"]?.value == .string("\u{E002} *f"))
    #expect(node["*key"]?.value == .int(1))
  }

  @Test func bombsAreRefusedQuickly() {
    // Nine levels of ten aliases stand for 10^9 values.
    let laughs = (1...9).reduce("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n") { text, level in
      text + "a\(level): &a\(level) ["
        + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ",") + "]\n"
    }
    // Keys made of aliases, each hashed in full where the library resolves them.
    let keys = (1...60).reduce("- &a0 {x: 1}\n") { text, level in
      text + "- &a\(level) {? {a: *a\(level - 1), b: *a\(level - 1)} : 1}\n"
    }
    let chain = (1...50_000).reduce(into: "- &a0 [x]\n") { $0 += "- &a\($1) [*a\($1 - 1)]\n" }
    // Keys within keys, the inmost one large.
    let items = "[" + String(repeating: "a,", count: 500_000) + "]"
    let explicit = String(repeating: "{? ", count: 990) + items
    let implicit =
      String(repeating: "{", count: 990) + items + String(repeating: "}", count: 990)
    for text in [laughs, keys, String(chain.prefix(1 << 20)), explicit, implicit] {
      let start = ContinuousClock.now
      #expect(throws: ConfigError.self) { try parse(text) }
      // Tens of milliseconds each; room for a busy machine.
      #expect(ContinuousClock.now - start < .seconds(5), "\(text.prefix(30))")
    }
  }

  @Test func mutatedFilesParseOrThrow() {
    let seed = Array(
      """
      run: {name: "x \\u00e9", seed: 0, tags: [a, *t, &t b]}
      objective: &o
        name: dpo   # comment
        beta: 1.0e-1
      text: |
        block *a
      other: *o
      """.utf8)
    var random = LinearCongruential(state: 11)
    for _ in 0..<5_000 {
      var bytes = seed
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: at)
        }
      }
      if let node = try? ConfigFile.parse(bytes, file: "c") {
        let text = ConfigFile.yaml(from: node)
        #expect((try? parse(text)).map(plain) == plain(node), "\(text)")
      }
    }
  }

  // MARK: Files

  @Test func missingAndUnreadableFilesHaveTheirOwnKinds() throws {
    let missing = #expect(throws: ConfigError.self) { try ConfigFile.load("no/such/file.yaml") }
    #expect(missing?.kind == .missing)
    #expect(missing?.description == "no/such/file.yaml: no such config file")
    let folder = #expect(throws: ConfigError.self) { try ConfigFile.load("/") }
    #expect(folder?.kind == .missing)
    #expect(folder?.description == "/: expected a config file, found a directory")
  }

  @Test func largeFilesAreRefused() throws {
    let text = "a: 1 #" + String(repeating: "x", count: 1 << 20)
    try withFile(text) { path in
      let error = #expect(throws: ConfigError.self) { try ConfigFile.load(path) }
      #expect(error?.description == "\(path): config is larger than 1048576 bytes")
    }
    // Endless files end, too.
    #expect(throws: ConfigError.self) { try ConfigFile.load("/dev/zero") }
  }

  @Test func invalidUTF8IsRefused() {
    let error = #expect(throws: ConfigError.self) {
      try ConfigFile.parse([0x61, 0x3A, 0x20, 0xFF], file: "c.yaml")
    }
    #expect(error?.description == "c.yaml: config is not valid UTF-8")
  }

  private func plain(_ node: ConfigNode) -> ConfigNode { node.withoutPlaces }
  private func text(_ value: String) -> ConfigNode { ConfigNode(.string(value)) }
}

extension ConfigNode {
  /// The tree without places.
  var withoutPlaces: ConfigNode {
    switch value {
    case .list(let items): ConfigNode(.list(items.map(\.withoutPlaces)))
    case .table(let entries):
      ConfigNode(.table(entries.map { Entry(key: $0.key, value: $0.value.withoutPlaces) }))
    default: ConfigNode(value)
    }
  }
}

/// Knuth's MMIX generator, so that failures repeat.
struct LinearCongruential: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}
