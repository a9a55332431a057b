/// Where a value stands in its file: line and column count from 1; 0 means "not from a file".
public struct Place: Sendable, Equatable, Hashable {
  public var line: Int32
  public var column: Int32

  public init(line: Int, column: Int) {
    self.line = Int32(clamping: line)
    self.column = Int32(clamping: column)
  }

  /// A value that no file holds, such as a default or a command-line override.
  public static let none = Place(line: 0, column: 0)
}

/// A parsed YAML or JSON document: the one tree that config sections, objective parameters and JSON
/// files are decoded from. Every node knows its place, so every complaint can name it.
public struct ConfigNode: Sendable, Equatable {
  public indirect enum Value: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number written without fraction and exponent that fits `Int`.
    case int(Int)
    case number(Double)
    case string(String)
    case list([ConfigNode])
    case table([Entry])
  }

  /// One `key: value` of a table, in file order. Keys are unique within a table.
  public struct Entry: Sendable, Equatable {
    public var key: String
    public var place: Place
    public var value: ConfigNode

    public init(key: String, place: Place = .none, value: ConfigNode) {
      self.key = key
      self.place = place
      self.value = value
    }
  }

  public var value: Value
  public var place: Place

  public init(_ value: Value, place: Place = .none) {
    self.value = value
    self.place = place
  }

  /// The value under `key` if this is a table that has it. Linear in the number of keys.
  public subscript(key: String) -> ConfigNode? {
    guard case .table(let entries) = value else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// What kind of value this is, in words for messages.
  public var kind: String {
    switch value {
    case .null: "null"
    case .bool: "a truth value"
    case .int: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .list: "a list"
    case .table: "a table"
    }
  }
}
