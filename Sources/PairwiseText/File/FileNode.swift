import PairwiseConfig

/// A value of a JSON file that knows its file and path, so that every complaint names them.
struct FileNode {
  let node: ConfigNode
  let file: String
  /// Keys joined by dots; empty for the document.
  let path: String

  init(json bytes: [UInt8], file: String) throws(TextError) {
    do throws(JSONError) {
      node = try JSON.parse(bytes, limits: JSONLimits(allowsEquivalentKeys: true))
    } catch {
      throw TextError(
        file: file, place: "line \(error.line), column \(error.column)", error.message)
    }
    self.file = file
    path = ""
  }

  private init(_ node: ConfigNode, file: String, path: String) {
    self.node = node
    self.file = file
    self.path = path
  }

  func error(_ message: String) -> TextError {
    let line = node.place.line > 0 ? "line \(node.place.line)" : nil
    let place = [line, path.isEmpty ? nil : path].compactMap { $0 }.joined(separator: ": ")
    return TextError(file: file, place: place.isEmpty ? nil : place, message)
  }

  private func mismatch(_ expected: String) -> TextError {
    error("expected \(expected), found \(node.kind)")
  }

  // MARK: Tables

  /// The value under a key; nil if it is absent or null, or if this is no table.
  subscript(key: String) -> FileNode? {
    guard let value = node[key], value.value != .null else { return nil }
    return child(value, key)
  }

  func required(_ key: String) throws(TextError) -> FileNode {
    guard case .table = node.value else { throw mismatch("a table") }
    guard let value = self[key] else { throw error("lacks '\(key)'") }
    return value
  }

  func table() throws(TextError) -> [ConfigNode.Entry] {
    guard case .table(let entries) = node.value else { throw mismatch("a table") }
    return entries
  }

  func child(_ node: ConfigNode, _ key: String) -> FileNode {
    FileNode(node, file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  func item(_ node: ConfigNode, _ index: Int) -> FileNode {
    FileNode(node, file: file, path: "\(path)[\(index)]")
  }

  // MARK: Values

  func list() throws(TextError) -> [ConfigNode] {
    guard case .list(let items) = node.value else { throw mismatch("a list") }
    return items
  }

  func items() throws(TextError) -> [FileNode] {
    try list().enumerated().map { item($1, $0) }
  }

  func string() throws(TextError) -> String {
    guard case .string(let text) = node.value else { throw mismatch("a string") }
    return text
  }

  func bool() throws(TextError) -> Bool {
    guard case .bool(let flag) = node.value else { throw mismatch("true or false") }
    return flag
  }

  func int() throws(TextError) -> Int {
    guard case .int(let integer) = node.value else { throw mismatch("an integer") }
    return integer
  }

  /// The truth value under a key, or what stands for it when it is absent.
  func bool(_ key: String, default absent: Bool) throws(TextError) -> Bool {
    try self[key]?.bool() ?? absent
  }
}
