public import PairwiseConfig
internal import PairwiseText

/// A row of a file of prompts.
public struct PromptRow: Sendable {
  /// `line 3` (from 1) or `pair 3` (HDF5, from 0).
  public var place: String
  public var prompt: PreferenceText
  /// The other columns, chosen and rejected completions among them, in file order.
  public var columns: [ConfigNode.Entry]

  public init(place: String, prompt: PreferenceText, columns: [ConfigNode.Entry]) {
    (self.place, self.prompt, self.columns) = (place, prompt, columns)
  }
}

/// Reads prompts to complete: JSON Lines whose rows have a `prompt` (a text or a list of messages) or are
/// preference pairs in any shape, or an HDF5 file of pairs with texts. Front to back, in bounded memory.
public struct PromptRows: ~Copyable {
  private var lines: JSONObjects?
  private let file: PreferenceFile?
  private var row = 0
  private var decoder: RowDecoder

  /// - Throws: `.missing` without such a file; `.invalid` for HDF5 without texts.
  public init(path: String) throws(DataError) {
    var options = ImportOptions()
    (options.keepEmptyCompletions, options.keepIdenticalCompletions) = (true, true)
    decoder = RowDecoder(options: options)
    let name = path.lowercased()
    if [".jsonl", ".ndjson", ".json"].contains(where: name.hasSuffix) {
      lines = try JSONObjects(path: path)
      file = nil
      return
    }
    let file = try PreferenceFile(path: path)
    guard file.hasTexts else {
      throw DataError(.invalid, file: path, "expected prompts, the file has no texts")
    }
    lines = nil
    self.file = file
  }

  /// The first prompts of a file.
  ///
  /// - Throws: what reading throws, or that there are none.
  public static func prompts(of path: String, most: Int) throws(DataError) -> [PreferenceText] {
    var rows = try PromptRows(path: path)
    var prompts: [PreferenceText] = []
    while prompts.count < most, let row = try rows.next() { prompts.append(row.prompt) }
    if prompts.isEmpty { throw DataError(.invalid, file: path, "holds no prompts") }
    return prompts
  }

  /// The next row; nil at the end.
  ///
  /// - Throws: what is wrong with a row, with its line.
  public mutating func next() throws(DataError) -> PromptRow? {
    if let file {
      guard row < file.count else { return nil }
      defer { row += 1 }
      let record = try file.records([row])[0]
      return PromptRow(
        place: "pair \(row)", prompt: record.prompt ?? .plain(""), columns: record.completionColumns
      )
    }
    guard let object = try lines?.next() else { return nil }
    do throws(RowError) {
      return try row(object)
    } catch {
      throw error.dataError(file: object.file)
    }
  }

  private mutating func row(_ object: JSONObjects.Object) throws(RowError) -> PromptRow {
    let columns = object.entries.filter { $0.key != "prompt" }
    guard let node = object.entries.first(where: { $0.key == "prompt" })?.value, node.value != .null
    else {
      var remarks: [String] = []
      guard columns.contains(where: { $0.key == "chosen" }) else {
        throw RowError(.invalidValue, line: object.line, "row has no prompt")
      }
      let record = try decoder.decode(
        ConfigNode(.table(object.entries)), line: object.line, remarks: &remarks)
      guard let prompt = record.prompt, record.chosen != nil else {
        throw RowError(.invalidValue, line: object.line, "row has no prompt")
      }
      return PromptRow(place: "line \(object.line)", prompt: prompt, columns: columns)
    }
    let prompt = try decoder.prompt(node, line: object.line)
    return PromptRow(place: "line \(object.line)", prompt: prompt, columns: columns)
  }
}

extension PreferenceRecord {
  /// What a file of pairs holds beside its prompts, under the names of JSON Lines.
  fileprivate var completionColumns: [ConfigNode.Entry] {
    var entries: [ConfigNode.Entry] = []
    for (key, text) in [(isUnpaired ? "completion" : "chosen", chosen), ("rejected", rejected)] {
      if let text { entries.append(.init(key: key, value: text.node)) }
    }
    if let isDesirable { entries.append(.init(key: "label", value: isDesirable.configNode)) }
    for (key, name) in [("group", group), ("annotator", annotator)] {
      if let name { entries.append(.init(key: key, value: name.configNode)) }
    }
    return entries + extra
  }
}

extension PreferenceText {
  /// As JSON Lines hold it: a string, or a list of messages.
  public var node: ConfigNode {
    switch self {
    case .plain(let text): text.configNode
    case .messages(let messages):
      ConfigNode(
        .list(
          messages.map { message in
            ConfigNode(
              .table([
                .init(key: "role", value: message.role.configNode),
                .init(key: "content", value: message.content.configNode),
              ]))
          }))
    }
  }
}
