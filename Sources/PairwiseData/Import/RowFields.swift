internal import PairwiseConfig

/// The columns of one row sorted by meaning; nulls count as absent.
struct RowFields {
  /// Columns with a meaning of their own, under the names files use.
  enum Name: String, CaseIterable {
    case prompt, chosen, rejected, margin, weight, label, group, annotator
    case labelProbability = "label_prob"
    case chosenFeatures = "chosen_features"
    case rejectedFeatures = "rejected_features"
    // Other names for `group` and `annotator`.
    case dataSubset = "data_subset"
    case user
    // Marks of dataset kinds that are not pairs.
    case completion, completions, labels, responses, messages, text
  }

  private(set) var known: [Name: ConfigNode] = [:]
  /// Columns of numbers or texts that were asked for.
  private(set) var columns: [(column: PairColumn, node: ConfigNode)] = []
  /// Columns without a meaning here, in file order.
  private(set) var extra: [ConfigNode.Entry] = []
  /// True if the row also lists its answers in `responses`, beside chosen and rejected.
  private(set) var hasResponses = false

  /// Throws if two columns of the file have the same meaning.
  init(_ entries: [ConfigNode.Entry], line: Int, options: ImportOptions) throws(RowError) {
    for entry in entries {
      if options.ignoredColumns.contains(entry.key) { continue }
      let key = options.renamedColumns[entry.key] ?? entry.key
      guard let name = Name(rawValue: key) else {
        let column = PairColumn(key)
        if options.numberColumns.contains(column) || options.textColumns.contains(column) {
          try addColumn(column, entry, line: line)
        } else {
          extra.append(entry)
        }
        continue
      }
      if case .null = entry.value.value { continue }
      if known.updateValue(entry.value, forKey: name) != nil {
        throw RowError(
          .invalidValue, line: line, column: .byte(Int(entry.place.column)),
          "column \(Wording.quoted(entry.key)) is read as '\(key)', which the row has already")
      }
    }
    if known[.rejected] == nil, columns.contains(where: { $0.column == .rejectedPrompt }) {
      // One completion under two prompts need be written only once.
      known[.rejected] = known[.chosen]
    }
    hasResponses = known[.responses] != nil
    demote(.dataSubset, if: known[.group] != nil)
    demote(.user, if: known[.annotator] != nil)
    let isPair = known[.chosen] != nil || known[.chosenFeatures] != nil
    for name in [Name.completion, .completions, .labels, .responses, .messages, .text] {
      demote(name, if: isPair)
    }
  }

  private mutating func addColumn(
    _ column: PairColumn, _ entry: ConfigNode.Entry, line: Int
  ) throws(RowError) {
    if case .null = entry.value.value { return }
    guard !columns.contains(where: { $0.column == column }) else {
      throw RowError(
        .invalidValue, line: line, column: .byte(Int(entry.place.column)),
        "column \(Wording.quoted(entry.key)) is read as '\(column.rawValue)', which the row has already"
      )
    }
    columns.append((column, entry.value))
  }

  /// Whether the row judges a single completion.
  var isUnpaired: Bool {
    known[.completion] != nil && known[.label] != nil && known[.chosen] == nil
      && known[.rejected] == nil && known[.chosenFeatures] == nil
  }

  subscript(name: Name) -> ConfigNode? { known[name] }

  /// Makes a column that another one outranks an extra column.
  private mutating func demote(_ name: Name, if condition: Bool) {
    guard condition, let node = known.removeValue(forKey: name) else { return }
    extra.append(ConfigNode.Entry(key: name.rawValue, place: node.place, value: node))
  }
}
