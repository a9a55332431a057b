/// Strict JSON (RFC 8259) to `ConfigNode`.
public enum JSON {
  /// Parses one whole document; only white space may stand before and after it.
  ///
  /// Refused beyond the grammar: duplicate keys, lone surrogates, invalid UTF-8, numbers that do not
  /// fit a `Double`, and documents past `limits`. One pass; a nested value costs one stack frame or
  /// two, so `limits.maxDepth` bounds the stack as well.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8, read in place.
  ///   - line: the number of the first line, for messages and places (a line of a JSON Lines file).
  /// - Throws: the first thing that is wrong, with its place.
  public static func parse(
    _ bytes: Span<UInt8>, limits: JSONLimits = .init(), line: Int = 1
  ) throws(JSONError) -> ConfigNode {
    var parser = JSONParser(limits: limits, line: line)
    return try parser.parseDocument(bytes)
  }

  /// `parse(_: Span<UInt8>)` for an array, without a copy.
  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits = .init(), line: Int = 1
  ) throws(JSONError) -> ConfigNode {
    try parse(bytes.span, limits: limits, line: line)
  }

  /// `parse(_: Span<UInt8>)` for part of a buffer, without a copy.
  public static func parse(
    _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .init(), line: Int = 1
  ) throws(JSONError) -> ConfigNode {
    try parse(bytes.span, limits: limits, line: line)
  }

  /// `parse(_: Span<UInt8>)` for text.
  public static func parse(
    _ text: String, limits: JSONLimits = .init(), line: Int = 1
  ) throws(JSONError) -> ConfigNode {
    try parse(Array(text.utf8), limits: limits, line: line)
  }
}

/// How much a JSON document may ask of its reader.
public struct JSONLimits: Sendable, Equatable {
  /// Lists and tables inside one another. At most 512, whatever is set.
  public var maxDepth: Int
  /// Values in the document, so that a small file of `[[],[],…` cannot grow to gigabytes.
  public var maxNodes: Int
  /// Reads `1e999` as infinity instead of refusing it.
  public var allowsOverflow: Bool
  /// Takes keys for duplicates only if their bytes are the same. A vocabulary may hold two canonically
  /// equivalent tokens, which `String` cannot tell apart.
  public var allowsEquivalentKeys: Bool

  public init(
    maxDepth: Int = 64, maxNodes: Int = 4_000_000, allowsOverflow: Bool = false,
    allowsEquivalentKeys: Bool = false
  ) {
    self.maxDepth = min(max(maxDepth, 0), 512)
    self.maxNodes = maxNodes
    self.allowsOverflow = allowsOverflow
    self.allowsEquivalentKeys = allowsEquivalentKeys
  }
}

/// Why a JSON document was refused.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// From 1, or from the first line given to `parse`.
  public var line: Int
  /// In bytes from 1.
  public var column: Int
  /// What was expected and found: lower case, no full stop.
  public var message: String

  public init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  public var description: String { "line \(line), column \(column): \(message)" }
}
