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
    try listCompletions(options, line: line)
    takeDemonstration(options)
    hasResponses = known[.responses] != nil
    demote(.dataSubset, if: known[.group] != nil)
    demote(.user, if: known[.annotator] != nil)
    let isPair = known[.chosen] != nil || known[.chosenFeatures] != nil
    for name in [Name.completion, .completions, .labels, .responses, .messages, .text] {
      demote(name, if: isPair)
    }
  }

  /// Reads `completions` of a prompt, which nobody has compared: sampled ones with rewards.
  private mutating func listCompletions(_ options: ImportOptions, line: Int) throws(RowError) {
    guard let node = known[.completions], known[.prompt] != nil,
      known[.chosen] == nil && known[.rejected] == nil && known[.labels] == nil,
      case .list(let items) = node.value, items.count > 1
    else { return }
    guard items.count <= PairColumn.mostCompletions else {
      throw RowError.value(
        "completions", node, line,
        "expected at most \(PairColumn.mostCompletions), found \(items.count)")
    }
    known[.completions] = nil
    (known[.chosen], known[.rejected]) = (answer(items[0]), answer(items[1]))
    for (index, item) in items.enumerated().dropFirst(2) {
      let column = PairColumn.completion(index + 1)
      if options.textColumns.contains(column) { columns.append((column, item)) }
    }
  }

  private mutating func takeDemonstration(_ options: ImportOptions) {
    guard let node = known[.completion] else { return }
    known[.completion] = answer(node)
    guard options.takesDemonstrations, known[.label] == nil && known[.prompt] != nil,
      known[.chosen] == nil && known[.rejected] == nil
    else { return }
    known[.completion] = nil
    (known[.chosen], known[.rejected]) = (answer(node), answer(node))
  }

  /// A text that answers a conversation as a message, as `generate` leaves it a text.
  private func answer(_ node: ConfigNode) -> ConfigNode {
    guard case .list(let turns)? = known[.prompt]?.value, !turns.isEmpty, case .string = node.value
    else { return node }
    let message: [ConfigNode.Entry] = [
      .init(key: "role", place: node.place, value: "assistant".configNode),
      .init(key: "content", place: node.place, value: node),
    ]
    return ConfigNode(.list([ConfigNode(.table(message), place: node.place)]), place: node.place)
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
    known[.completion] != nil && (known[.label] != nil || hasAdvantage) && known[.chosen] == nil
      && known[.rejected] == nil && known[.chosenFeatures] == nil
  }

  /// Whether it says how much better than expected the completion was: then it is judged without a label.
  private var hasAdvantage: Bool { columns.contains { $0.column == .advantages } }

  subscript(name: Name) -> ConfigNode? { known[name] }

  /// Makes a column that another one outranks an extra column.
  private mutating func demote(_ name: Name, if condition: Bool) {
    guard condition, let node = known.removeValue(forKey: name) else { return }
    extra.append(ConfigNode.Entry(key: name.rawValue, place: node.place, value: node))
  }
}
