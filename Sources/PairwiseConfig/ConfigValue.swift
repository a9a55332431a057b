/// A value that a config key can hold: a truth value, number, string, or a list of such.
///
/// Types are never guessed: a quoted number is a string, `3.0` is no integer. An integer is taken
/// where a number is expected. Numbers have to be finite.
public protocol ConfigValue: Equatable, Sendable {
  /// - Throws: what was expected and found, when the node holds something else.
  static func read(_ node: ConfigNode) throws(ConfigMismatch) -> Self
  /// The value as `read` takes it.
  var configNode: ConfigNode { get }
  /// `a number`, `numbers`.
  static var words: (one: String, many: String) { get }
  /// The JSON Schema keywords of the type.
  static var schemaKeywords: [ConfigNode.Entry] { get }
}

/// Why a node could not be read as a value.
public struct ConfigMismatch: Error, Equatable, Sendable {
  /// The place within the value: `[2]` for the third item of a list.
  public var subpath: String
  public var place: Place
  public var found: String
  public var expected: String

  /// A node of the wrong kind.
  public init(_ node: ConfigNode, expected: String) {
    self.subpath = ""
    self.place = node.place
    self.found = Wording.described(node)
    self.expected = expected
  }

  /// The same for an item of a list.
  func inItem(_ index: Int) -> ConfigMismatch {
    var copy = self
    copy.subpath = "[\(index)]\(subpath)"
    return copy
  }
}

extension Bool: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> Bool {
    if case .bool(let flag) = node.value { return flag }
    throw ConfigMismatch(node, expected: words.one)
  }
  public var configNode: ConfigNode { ConfigNode(.bool(self)) }
  public static var words: (one: String, many: String) { ("true or false", "truth values") }
  public static var schemaKeywords: [ConfigNode.Entry] { [.init("type", .string("boolean"))] }
}

extension Int: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> Int {
    if case .int(let integer) = node.value { return integer }
    throw ConfigMismatch(node, expected: words.one)
  }
  public var configNode: ConfigNode { ConfigNode(.int(self)) }
  public static var words: (one: String, many: String) { ("an integer", "integers") }
  public static var schemaKeywords: [ConfigNode.Entry] { [.init("type", .string("integer"))] }
}

extension Double: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> Double {
    switch node.value {
    case .int(let integer): return Double(integer)
    case .number(let number) where number.isFinite: return number
    case .number: throw ConfigMismatch(node, expected: "a finite number")
    default: throw ConfigMismatch(node, expected: words.one)
    }
  }
  public var configNode: ConfigNode { ConfigNode(.number(self)) }
  public static var words: (one: String, many: String) { ("a number", "numbers") }
  public static var schemaKeywords: [ConfigNode.Entry] { [.init("type", .string("number"))] }
}

extension Float: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> Float {
    let value = Float(try Double.read(node))
    guard value.isFinite else {
      throw ConfigMismatch(node, expected: "a number that fits 32-bit floating point")
    }
    return value
  }
  /// Written as the shortest decimal of the `Float`, so that 0.1 doesn't turn 0.10000000149.
  public var configNode: ConfigNode { ConfigNode(.number(Double(description) ?? Double(self))) }
  public static var words: (one: String, many: String) { Double.words }
  public static var schemaKeywords: [ConfigNode.Entry] { Double.schemaKeywords }
}

extension String: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> String {
    if case .string(let text) = node.value { return text }
    throw ConfigMismatch(node, expected: words.one)
  }
  public var configNode: ConfigNode { ConfigNode(.string(self)) }
  public static var words: (one: String, many: String) { ("a string", "strings") }
  public static var schemaKeywords: [ConfigNode.Entry] { [.init("type", .string("string"))] }
}

extension Array: ConfigValue where Element: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> [Element] {
    guard case .list(let items) = node.value else {
      throw ConfigMismatch(node, expected: words.one)
    }
    var values: [Element] = []
    values.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      do throws(ConfigMismatch) {
        values.append(try Element.read(item))
      } catch {
        throw error.inItem(index)
      }
    }
    return values
  }
  public var configNode: ConfigNode { ConfigNode(.list(map(\.configNode))) }
  public static var words: (one: String, many: String) {
    ("a list of \(Element.words.many)", "lists of \(Element.words.many)")
  }
  public static var schemaKeywords: [ConfigNode.Entry] {
    [.init("type", .string("array")), .init("items", .table(Element.schemaKeywords))]
  }
}

extension ConfigNode.Entry {
  /// An entry made by the program rather than read.
  init(_ key: String, _ value: ConfigNode.Value) {
    self.init(key: key, value: ConfigNode(value))
  }
}

extension Wording {
  /// A node as a message names it: `the string '0.1'`, `the integer 3`, `a list`.
  package static func described(_ node: ConfigNode) -> String {
    switch node.value {
    case .null, .bool: text(node)
    case .int: "the integer \(text(node))"
    case .number: "the number \(text(node))"
    case .string: "the string \(text(node))"
    case .list, .table: node.kind
    }
  }

  /// A node as text: numbers as they print, strings in single quotes.
  static func text(_ node: ConfigNode) -> String {
    switch node.value {
    case .string(let text): return quoted(text)
    case .number(let number): return self.number(number)
    default:
      var writer = JSONWriter()
      writer.write(node)
      return printable(writer.string)
    }
  }

  /// `0.1`, and `0` rather than `0.0`.
  static func number(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// Any value, as it is: for keys whose meaning another section gives.
extension ConfigNode: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> ConfigNode { node }
  public var configNode: ConfigNode { self }
  public static var words: (one: String, many: String) { ("a value", "values") }
  public static var schemaKeywords: [ConfigNode.Entry] { [] }
}
