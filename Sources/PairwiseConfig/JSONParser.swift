/// The state of one pass over a document. The bytes are an argument of every method, because a span
/// cannot be stored.
struct JSONParser {
  let limits: JSONLimits
  var position = 0
  private var line: Int
  private var lineStart = 0
  private var nodes = 0

  init(limits: JSONLimits, line: Int) {
    self.limits = limits
    self.line = line
  }

  mutating func parseDocument(_ bytes: Span<UInt8>) throws(JSONError) -> ConfigNode {
    skipWhiteSpace(bytes)
    let node = try parseValue(bytes, depth: 0)
    skipWhiteSpace(bytes)
    guard position == bytes.count else {
      throw unexpected(bytes, expected: "the end of the document")
    }
    return node
  }

  // MARK: Values

  private mutating func parseValue(
    _ bytes: Span<UInt8>, depth: Int
  ) throws(JSONError) -> ConfigNode {
    guard position < bytes.count else { throw unexpected(bytes, expected: "a value") }
    nodes += 1
    if nodes > limits.maxNodes {
      throw error("more than \(limits.maxNodes) values in one document")
    }
    let place = place()
    switch bytes[position] {
    case UInt8(ascii: "\""):
      return ConfigNode(.string(try parseString(bytes)), place: place)
    case UInt8(ascii: "{"):
      return ConfigNode(.table(try parseTable(bytes, depth: depth + 1)), place: place)
    case UInt8(ascii: "["):
      return ConfigNode(.list(try parseList(bytes, depth: depth + 1)), place: place)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return ConfigNode(try parseNumber(bytes), place: place)
    case UInt8(ascii: "t"):
      try parseWord("true", bytes)
      return ConfigNode(.bool(true), place: place)
    case UInt8(ascii: "f"):
      try parseWord("false", bytes)
      return ConfigNode(.bool(false), place: place)
    case UInt8(ascii: "n"):
      try parseWord("null", bytes)
      return ConfigNode(.null, place: place)
    default:
      throw unexpected(bytes, expected: "a value")
    }
  }

  private mutating func parseWord(
    _ word: StaticString, _ bytes: Span<UInt8>
  ) throws(JSONError) {
    let text = word.description.utf8
    var index = position
    for byte in text {
      guard index < bytes.count, bytes[index] == byte else {
        throw error("expected a value; a bare word can only be true, false or null")
      }
      index += 1
    }
    position = index
  }

  private mutating func parseList(
    _ bytes: Span<UInt8>, depth: Int
  ) throws(JSONError) -> [ConfigNode] {
    try checkDepth(depth)
    position += 1
    skipWhiteSpace(bytes)
    var items: [ConfigNode] = []
    if take(UInt8(ascii: "]"), bytes) { return items }
    while true {
      items.append(try parseValue(bytes, depth: depth))
      skipWhiteSpace(bytes)
      if take(UInt8(ascii: "]"), bytes) { return items }
      guard take(UInt8(ascii: ","), bytes) else {
        throw unexpected(bytes, expected: "',' or ']'")
      }
      skipWhiteSpace(bytes)
    }
  }

  private mutating func parseTable(
    _ bytes: Span<UInt8>, depth: Int
  ) throws(JSONError) -> [ConfigNode.Entry] {
    try checkDepth(depth)
    position += 1
    skipWhiteSpace(bytes)
    var entries: [ConfigNode.Entry] = []
    var seen = KeyIndex(isExact: limits.allowsEquivalentKeys)
    if take(UInt8(ascii: "}"), bytes) { return entries }
    while true {
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw unexpected(bytes, expected: "a key in double quotes")
      }
      let place = place()
      let key = try parseString(bytes)
      if let first = seen.firstPlace(of: key, adding: place, to: entries) {
        throw JSONError(
          line: Int(place.line), column: Int(place.column),
          message: "key \(Wording.quoted(key)) appears twice; it was first on line \(first.line), "
            + "column \(first.column)")
      }
      skipWhiteSpace(bytes)
      guard take(UInt8(ascii: ":"), bytes) else { throw unexpected(bytes, expected: "':'") }
      skipWhiteSpace(bytes)
      let value = try parseValue(bytes, depth: depth)
      entries.append(ConfigNode.Entry(key: key, place: place, value: value))
      skipWhiteSpace(bytes)
      if take(UInt8(ascii: "}"), bytes) { return entries }
      guard take(UInt8(ascii: ","), bytes) else {
        throw unexpected(bytes, expected: "',' or '}'")
      }
      skipWhiteSpace(bytes)
    }
  }

  private func checkDepth(_ depth: Int) throws(JSONError) {
    if depth > limits.maxDepth {
      throw error("nested deeper than \(limits.maxDepth) levels")
    }
  }

  // MARK: Bytes and places

  /// Raw line breaks can only stand between tokens, so this is where lines are counted.
  private mutating func skipWhiteSpace(_ bytes: Span<UInt8>) {
    var index = position
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0D: index += 1
      case 0x0A:
        index += 1
        line += 1
        lineStart = index
      default:
        position = index
        return
      }
    }
    position = index
  }

  private mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private func place() -> Place { Place(line: line, column: position - lineStart + 1) }

  /// A complaint about what stands at `offset`, by default the current position.
  func error(_ message: String, at offset: Int? = nil) -> JSONError {
    JSONError(line: line, column: (offset ?? position) - lineStart + 1, message: message)
  }

  func unexpected(_ bytes: Span<UInt8>, expected: String) -> JSONError {
    let found = position < bytes.count ? bytes[position] : nil
    return error("expected \(expected), found \(Wording.byte(found))")
  }
}

/// Finds repeated keys: by looking at the entries while they are few, through a dictionary from then
/// on, so that a table of a million keys is not quadratic.
struct KeyIndex {
  let isExact: Bool
  private var places: [Key: Place] = [:]

  init(isExact: Bool) { self.isExact = isExact }

  /// The place where `key` stood first, or nil after remembering it.
  mutating func firstPlace(
    of key: String, adding place: Place, to entries: [ConfigNode.Entry]
  ) -> Place? {
    let new = Key(text: key, isExact: isExact)
    if entries.count < 16 {
      return entries.first { Key(text: $0.key, isExact: isExact) == new }?.place
    }
    if places.isEmpty {
      for entry in entries { places[Key(text: entry.key, isExact: isExact)] = entry.place }
    }
    if let first = places[new] { return first }
    places[new] = place
    return nil
  }

  /// A key that equals equivalent ones, or only one of the same bytes.
  private struct Key: Hashable {
    let text: String
    let isExact: Bool

    static func == (a: Key, b: Key) -> Bool {
      a.isExact ? a.text.utf8.elementsEqual(b.text.utf8) : a.text == b.text
    }

    func hash(into hasher: inout Hasher) {
      guard isExact else {
        hasher.combine(text)
        return
      }
      let bytes = unsafe text.utf8.span.bytes
      unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
  }
}
