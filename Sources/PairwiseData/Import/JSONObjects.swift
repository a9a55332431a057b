public import PairwiseConfig

/// The objects of a JSON Lines file, one at a time in bounded memory; blank lines are passed over.
public struct JSONObjects: ~Copyable {
  public struct Object: Sendable {
    public var file: String
    /// From 1.
    public var line: Int
    public var entries: [ConfigNode.Entry]

    /// The value of a key; nil if it is not there or null.
    public subscript(key: String) -> ConfigNode? {
      guard let node = entries.first(where: { $0.key == key })?.value, node.value != .null else {
        return nil
      }
      return node
    }
  }

  private var lines: LineReader

  public init(path: String) throws(DataError) {
    lines = try LineReader(path: path, maxLength: ImportOptions().maxLineLength)
  }

  /// The next object; nil at the end.
  ///
  /// - Throws: a line that is too long or no object, by its number.
  public mutating func next() throws(DataError) -> Object? {
    while let event = try lines.next() {
      guard event == .line else {
        throw DataError(
          .invalid, file: lines.path, place: "line \(lines.number)",
          "line is longer than the \(lines.maxLength) bytes allowed")
      }
      if JSONLReader.isBlank(lines.line) { continue }
      let node: ConfigNode
      do throws(JSONError) {
        node = try JSON.parse(lines.line, line: lines.number)
      } catch {
        throw DataError(
          .invalid, file: lines.path, place: "line \(error.line), column \(error.column)",
          error.message)
      }
      guard case .table(let entries) = node.value else {
        throw DataError(
          .invalid, file: lines.path, place: "line \(lines.number)",
          "expected one object a line, found \(node.kind)")
      }
      return Object(file: lines.path, line: lines.number, entries: entries)
    }
    return nil
  }
}
