internal import PairwiseConfig

/// Turns the columns of a row into a record, strictly: the first row fixes the shape for all.
struct RowDecoder {
  let options: ImportOptions
  /// The shape of the first good row, and its line.
  private(set) var shape: RowShape?
  private var shapeLine = 0
  /// How many numbers a row has in each column, and the line that says so.
  private var widths: [PairColumn: (width: Int, line: Int)] = [:]

  init(options: ImportOptions) { self.options = options }

  /// One row; `remarks` gathers what is odd but no error.
  mutating func decode(
    _ node: ConfigNode, line: Int, remarks: inout [String]
  ) throws(RowError) -> PreferenceRecord {
    guard case .table(let entries) = node.value else {
      throw RowError(
        .malformed, line: line, column: .byte(Int(node.place.column)),
        "expected one object a line, found \(node.kind)")
    }
    let (columns, order) = try SlateRow.entries(entries, line: line)
    let fields = try RowFields(columns, line: line, options: options)
    var found = try rowShape(fields, line: line)
    found.isSlate = order != nil
    if let shape, shape != found {
      throw RowError(
        .otherShape, line: line,
        "row has \(found), but line \(shapeLine) has \(shape); one file holds one shape")
    }
    var record = PreferenceRecord(origin: line)
    try readSides(fields, found, into: &record, remarks: &remarks)
    try readColumns(fields, into: &record)
    take(order, into: &record)
    record.extra = fields.extra
    try checkNumbers(of: record)
    if shape == nil {
      shape = found
      shapeLine = line
    }
    try checkContent(record)
    return record
  }

  /// The order of a slate whose completions were all read. Where only the best two were, it says no more than
  /// that they tie.
  private func take(_ order: SlateOrder?, into record: inout PreferenceRecord) {
    guard let order else { return }
    if order.tiesAtTop { record.label = 0 }
    let read = options.numberColumns.union(options.textColumns)
    if read.isSuperset(of: PairColumn.furtherRejected) { record.slate = order }
  }

  /// All rows have as many numbers in a column as the first one with that column.
  mutating func checkNumbers(of record: PreferenceRecord) throws(RowError) {
    for (column, user) in options.requiredColumns.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where record.numbers[column] == nil && record.texts[column] == nil {
      throw RowError(
        .missingColumn, line: record.origin, "row has no \(column.rawValue), which \(user) needs")
    }
    for (column, values) in record.numbers {
      let first = widths[column] ?? (values.count, record.origin)
      guard values.count == first.width else {
        throw RowError(
          .invalidValue, line: record.origin, column: .name(column.rawValue),
          "expected \(first.width) number\(first.width == 1 ? "" : "s") as in line \(first.line), "
            + "found \(values.count)")
      }
      widths[column] = first
    }
  }

  // MARK: Shape

  private func rowShape(_ fields: RowFields, line: Int) throws(RowError) -> RowShape {
    var shape = RowShape()
    if fields.isUnpaired {
      shape.texts = try unpairedShape(fields, line: line)
      return shape
    }
    if let chosen = fields[.chosen], let rejected = fields[.rejected] {
      let kind = try pairKind(chosen, rejected, line: line)
      switch kind {
      case .numbers: break
      case .text: shape.texts = try stringShape(fields, chosen, rejected, line: line)
      case .messages: shape.texts = try messageShape(fields, line: line)
      }
    } else if fields[.chosenFeatures] == nil || fields[.rejectedFeatures] == nil
      || fields[.chosen] != nil || fields[.rejected] != nil
    {
      throw Self.notAPair(fields, line: line)
    }
    shape.width = try width(fields, line: line)
    return shape
  }

  private func pairKind(
    _ chosen: ConfigNode, _ rejected: ConfigNode, line: Int
  ) throws(RowError) -> CompletionKind {
    let expected = "expected a string, a list of messages or a list of numbers"
    guard let kind = CompletionKind(chosen) else {
      throw .value("chosen", chosen, line, "\(expected), found \(Self.words(chosen))")
    }
    guard let other = CompletionKind(rejected) else {
      throw .value("rejected", rejected, line, "\(expected), found \(Self.words(rejected))")
    }
    guard kind == other else {
      throw .value("rejected", rejected, line, "expected the same kind of value as in chosen")
    }
    return kind
  }

  private func stringShape(
    _ fields: RowFields, _ chosen: ConfigNode, _ rejected: ConfigNode, line: Int
  ) throws(RowError) -> RowShape.Texts {
    if let prompt = fields[.prompt] {
      guard case .string = prompt.value else {
        throw .value(
          "prompt", prompt, line, "expected a string as in chosen, found \(prompt.kind)")
      }
      return .promptStrings
    }
    if case .string(let a) = chosen.value, case .string(let b) = rejected.value,
      a.utf8.starts(with: CommonPrompt.humanTurn.utf8),
      b.utf8.starts(with: CommonPrompt.humanTurn.utf8)
    {
      return .transcripts
    }
    return .implicitStrings
  }

  private func messageShape(_ fields: RowFields, line: Int) throws(RowError) -> RowShape.Texts {
    guard let prompt = fields[.prompt] else { return .implicitMessages }
    guard case .list = prompt.value else {
      throw .value(
        "prompt", prompt, line, "expected a list of messages as in chosen, found \(prompt.kind)")
    }
    return .promptMessages
  }

  private func unpairedShape(
    _ fields: RowFields, line: Int
  ) throws(RowError) -> RowShape.Texts? {
    guard let prompt = fields[.prompt], let completion = fields[.completion] else {
      throw RowError(
        .notAPair, line: line, "row has completion and label but no prompt")
    }
    switch (prompt.value, CompletionKind(completion)) {
    case (.string, .text): return .unpairedStrings
    case (.list, .messages): return .unpairedMessages
    default:
      throw .value(
        "completion", completion, line,
        "expected prompt and completion as strings or as lists of messages, found "
          + "\(Self.words(prompt)) and \(Self.words(completion))")
    }
  }

  private func width(_ fields: RowFields, line: Int) throws(RowError) -> Int? {
    let chosen: ConfigNode
    let rejected: ConfigNode
    if let a = fields[.chosen], let b = fields[.rejected], CompletionKind(a) == .numbers {
      (chosen, rejected) = (a, b)
      if let double = fields[.chosenFeatures] ?? fields[.rejectedFeatures] {
        throw .value("chosen_features", double, line, "chosen already holds the features")
      }
    } else {
      if fields[.chosenFeatures] == nil, fields[.rejectedFeatures] == nil { return nil }
      guard let a = fields[.chosenFeatures] else {
        throw RowError(
          .invalidValue, line: line, "row has rejected_features but no chosen_features")
      }
      guard let b = fields[.rejectedFeatures] else {
        throw RowError(
          .invalidValue, line: line, "row has chosen_features but no rejected_features")
      }
      (chosen, rejected) = (a, b)
    }
    guard case .list(let a) = chosen.value, !a.isEmpty else {
      throw .value(
        "chosen_features", chosen, line, "expected a list of numbers, found \(Self.words(chosen))")
    }
    guard case .list(let b) = rejected.value, b.count == a.count else {
      throw .value(
        "rejected_features", rejected, line,
        "expected \(a.count) numbers as in chosen, found \(Self.words(rejected))")
    }
    return a.count
  }

  // MARK: Wording

  private static func notAPair(_ fields: RowFields, line: Int) -> RowError {
    let message: String
    if fields[.completions] != nil, fields[.labels] != nil {
      message =
        "row has prompt, completions and labels: stepwise supervision, not a preference pair"
    } else if fields[.completion] != nil, fields[.prompt] != nil {
      message = "row has prompt and completion but no label"
    } else if fields[.messages] != nil || fields[.text] != nil || fields[.completion] != nil {
      message = "row holds text for language modelling, not a preference pair"
    } else if fields[.chosen] != nil, fields[.rejected] == nil {
      message = "row has chosen but no rejected"
    } else if fields[.rejected] != nil, fields[.chosen] == nil {
      message = "row has rejected but no chosen"
    } else {
      let names = fields.known.keys.map(\.rawValue).sorted() + fields.extra.map(\.key)
      let found = names.prefix(12).map { Wording.printable($0) }.joined(separator: ", ")
      message = "expected columns chosen and rejected, found \(found.isEmpty ? "none" : found)"
    }
    return RowError(.notAPair, line: line, message)
  }

  static func words(_ node: ConfigNode) -> String {
    guard case .list(let items) = node.value else { return node.kind }
    return items.isEmpty ? "an empty list" : "a list of \(items.count)"
  }
}

extension RowError {
  /// A value of the wrong kind or out of range, at its place in the line.
  static func value(
    _ name: String, _ node: ConfigNode, _ line: Int, _ message: String
  ) -> RowError {
    let column: Column = node.place.column > 0 ? .byte(Int(node.place.column)) : .name(name)
    return RowError(.invalidValue, line: line, column: column, "\(name): \(message)")
  }
}
