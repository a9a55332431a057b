internal import PairwiseConfig

/// An entry of `objectives`: the objective itself, and what the comparison is told about it.
struct ComparedObjective {
  let label: String
  /// The table without `label` and `set`.
  let node: ConfigNode
  /// Other keys of the run that it changes.
  let changes: [ConfigNode.Entry]

  init(_ given: ConfigNode, path: String) throws(Problem) {
    guard case .table(let entries) = given.value else {
      throw .wrongType(
        path: path, place: given.place, found: Wording.described(given), expected: "a table")
    }
    guard case .string(let name)? = given["name"]?.value else {
      throw .missingKey(path: path + ".name", place: given.place, allowed: "an objective's name")
    }
    switch given["label"]?.value {
    case nil: label = name
    case .string(let text)? where !text.isEmpty && text.utf8.allSatisfy({ $0 >= 0x20 }):
      label = text
    default:
      throw .custom(
        path: path + ".label", place: given["label"]?.place ?? given.place,
        message: "expected a short text")
    }
    switch given["set"]?.value {
    case nil, .null?: changes = []
    case .table(let keys)?: changes = keys
    default:
      throw .custom(
        path: path + ".set", place: given["set"]?.place ?? given.place,
        message: "expected a table of keys, such as optimizer.learning_rate: 0.01")
    }
    node = ConfigNode(
      .table(entries.filter { $0.key != "label" && $0.key != "set" }), place: given.place)
  }

  /// The objective in words: its parameters as they were given.
  var parameters: String {
    guard case .table(let entries) = node.value else { return "" }
    let own = entries.filter { $0.key != "name" }.map { "\($0.key) \($0.value.inline)" }
    return (own + changes.map { "\($0.key) \($0.value.inline)" }).joined(separator: ", ")
  }
}

extension ConfigNode {
  /// The value on one line: strings as they are, everything else as JSON.
  package var inline: String {
    if case .string(let text) = value { return text }
    var writer = JSONWriter()
    writer.write(self)
    return writer.string
  }

  /// The tree with every string `$key` replaced by the value of that key of the grid.
  ///
  /// - Throws: a problem at the place of a string that names no such key.
  func substituting(_ settings: [ComparedRun.Setting], path: String) throws(Problem) -> ConfigNode {
    switch value {
    case .string(let text) where text.hasPrefix("$"):
      let key = String(text.dropFirst())
      if let setting = settings.first(where: { $0.key == key }) {
        return ConfigNode(setting.value.value, place: place)
      }
      throw .custom(path: path, place: place, message: "\(text): the grid has no key '\(key)'")
    case .list(let items):
      var result: [ConfigNode] = []
      for (index, item) in items.enumerated() {
        result.append(try item.substituting(settings, path: "\(path)[\(index)]"))
      }
      return ConfigNode(.list(result), place: place)
    case .table(let entries):
      var result: [Entry] = []
      for var entry in entries {
        entry.value = try entry.value.substituting(settings, path: "\(path).\(entry.key)")
        result.append(entry)
      }
      return ConfigNode(.table(result), place: place)
    default: return self
    }
  }

  /// Sets a value under keys joined by dots, making tables on the way.
  ///
  /// - Throws: a problem at the value's place, if something that is no table stands in the way.
  mutating func set(_ keys: ArraySlice<Substring>, to new: ConfigNode, path: String) throws(Problem)
  {
    guard let key = keys.first else {
      self = new
      return
    }
    var entries: [Entry]
    switch value {
    case .table(let existing): entries = existing
    case .null: entries = []
    default:
      throw .custom(
        path: path, place: new.place, message: "expected a table above '\(key)', found \(kind)")
    }
    let index = entries.firstIndex { $0.key == key } ?? entries.endIndex
    if index == entries.endIndex {
      entries.append(
        Entry(key: String(key), place: new.place, value: ConfigNode(.null, place: new.place)))
    }
    try entries[index].value.set(keys.dropFirst(), to: new, path: path)
    value = .table(entries)
  }
}
