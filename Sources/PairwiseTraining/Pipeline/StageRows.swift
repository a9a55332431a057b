internal import PairwiseConfig
internal import PairwiseData

/// Rows of prompts and what stages have added to them, in memory.
struct StageRows {
  let path: String
  var rows: [PromptRow] = []

  init(_ path: String, _ rows: [PromptRow]) { (self.path, self.rows) = (path, rows) }

  /// - Throws: for a file that cannot be read or holds no rows.
  init(_ path: String) throws(DataError) {
    self.path = path
    var reader = try PromptRows(path: path)
    while let row = try reader.next() { rows.append(row) }
    if rows.isEmpty { throw DataError(.invalid, file: path, "holds no rows") }
  }

  func refusal(_ row: Int, _ message: String) -> DataError {
    DataError(.invalid, file: path, place: rows[row].place, message)
  }

  /// A row's completions: a list of them, a single one, or those of a pair, chosen first.
  func completions(_ row: Int) throws(DataError) -> [String] {
    let columns = rows[row]
    if let node = columns["completions"] {
      do throws(ConfigMismatch) {
        return try [String].read(node)
      } catch {
        throw refusal(row, "completions: expected a list of texts, found \(error.found)")
      }
    }
    let names = columns["completion"] != nil ? ["completion"] : ["chosen", "rejected"]
    var texts: [String] = []
    for name in names {
      guard let node = columns[name], let text = StageRows.text(node) else {
        throw refusal(row, "has no completions, completion, or chosen and rejected")
      }
      texts.append(text)
    }
    return texts
  }

  /// A text, or the content of a single message.
  private static func text(_ node: ConfigNode) -> String? {
    switch node.value {
    case .string(let text): return text
    case .list(let messages) where messages.count == 1:
      if case .string(let text)? = messages[0]["content"]?.value { return text }
      return nil
    default: return nil
    }
  }

  /// A list of numbers, as many as the row has completions.
  func numbers(_ key: String, _ row: Int, count: Int) throws(DataError) -> [Double] {
    guard let node = rows[row][key] else { throw refusal(row, "has no \(key)") }
    let values: [Double]
    do throws(ConfigMismatch) {
      if case .list = node.value {
        values = try [Double].read(node)
      } else {
        values = [try Double.read(node)]
      }
    } catch {
      throw refusal(row, "\(key): expected numbers, found \(error.found)")
    }
    if values.count == count { return values }
    throw refusal(row, "\(key): found \(values.count) numbers, expected \(count), one a completion")
  }

  /// A completion in the form of its row's prompt, as training reads it.
  func answer(_ text: String, _ row: Int) -> ConfigNode {
    switch rows[row].prompt {
    case .plain: return text.configNode
    case .messages:
      return ConfigNode(
        .list([
          ConfigNode(
            .table([
              .init(key: "role", value: "assistant".configNode),
              .init(key: "content", value: text.configNode),
            ]))
        ]))
    }
  }

  /// Columns but for those that stages make of completions, for rows made from this one.
  func carried(_ row: Int, without names: Set<String> = []) -> [ConfigNode.Entry] {
    let ours: Set<String> = [
      "index", "completion", "completions", "chosen", "rejected", "tokens",
    ]
    return rows[row].columns.filter { entry in
      !ours.contains(entry.key) && !names.contains(entry.key)
    }
  }

  /// Writes rows: `prompt` and columns each. The file is there in full or not at all.
  static func write(
    _ rows: [(prompt: PreferenceText, columns: [ConfigNode.Entry])], to path: String
  ) throws(DataError) {
    var writer = JSONWriter()
    for row in rows {
      writer.beginObject()
      writer.key("prompt")
      writer.write(row.prompt.node)
      for entry in row.columns {
        writer.key(entry.key)
        writer.write(entry.value)
      }
      writer.endObject()
      writer.endLine()
    }
    try FileAccess.replace(path, with: writer.bytes)
  }
}

extension PromptRow {
  /// The value of a column; nil if it is not there or null.
  subscript(key: String) -> ConfigNode? {
    guard let node = columns.first(where: { $0.key == key })?.value, node.value != .null else {
      return nil
    }
    return node
  }

  /// The row with a column of that value, in place of an earlier one.
  func setting(_ key: String, to value: ConfigNode) -> PromptRow {
    var row = self
    row.columns.removeAll { $0.key == key }
    row.columns.append(.init(key: key, value: value))
    return row
  }
}
