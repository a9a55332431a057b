internal import PairwiseConfig

extension RowDecoder {
  /// Margin, weight, label and who judged.
  func readColumns(_ fields: RowFields, into record: inout PreferenceRecord) throws(RowError) {
    let line = record.origin
    if let node = fields[.margin] { record.margin = try number(node, "margin", line: line) }
    if let node = fields[.weight] {
      let weight = try number(node, "weight", line: line)
      guard weight >= 0 else {
        throw .value("weight", node, line, "expected a number ≥ 0, found \(weight)")
      }
      record.weight = weight
    }
    if let node = fields[.labelProbability] {
      let probability = try number(node, "label_prob", line: line)
      guard (0...1).contains(probability) else {
        throw .value(
          "label_prob", node, line, "expected a probability in 0 ... 1, found \(probability)")
      }
      record.labelProbability = probability
    }
    if let node = fields[.group] ?? fields[.dataSubset] {
      record.group = try name(node, "group", line: line)
    }
    if let node = fields[.annotator] ?? fields[.user] {
      record.annotator = try name(node, "annotator", line: line)
    }
    for (column, node) in fields.columns {
      if options.textColumns.contains(column), CompletionKind(node) != .numbers {
        record.texts[column] = try text(node, column.rawValue, line: line)
        continue
      }
      record.numbers[column] = try numbers(node, column, line: line)
    }
    if fields.isUnpaired, fields[.label] == nil {
      record.isDesirable = (record.numbers[.advantages]?.first ?? 0) > 0
    }
    if let node = fields[.label] {
      if fields.isUnpaired {
        record.isDesirable = try isDesirable(node, line: line)
      } else {
        try readLabel(node, fields, into: &record)
      }
    }
  }

  /// TRL's `label` of a single completion.
  private func isDesirable(_ node: ConfigNode, line: Int) throws(RowError) -> Bool {
    switch node.value {
    case .bool(let flag): return flag
    case .int(1), .number(1): return true
    case .int(0), .number(0): return false
    default:
      throw .value("label", node, line, "expected true, false, 1 or 0, found \(Self.shown(node))")
    }
  }

  /// +1 as it stands, 0 a tie, −1 the other way round: then the sides change places.
  private func readLabel(
    _ node: ConfigNode, _ fields: RowFields, into record: inout PreferenceRecord
  ) throws(RowError) {
    if fields.hasResponses {
      throw .value(
        "label", node, record.origin,
        "beside 'responses' a label is the index of an answer, not a preference; ignore the column")
    }
    let value: Double? =
      switch node.value {
      case .int(let integer): Double(integer)
      case .number(let number): number
      default: nil
      }
    switch value {
    case 1: record.label = 1
    case 0: record.label = 0
    case -1:
      record.label = 1
      swap(&record.chosen, &record.rejected)
      swap(&record.chosenFeatures, &record.rejectedFeatures)
      // The probability was that of the first side, which is now the rejected one.
      record.labelProbability = record.labelProbability.map { 1 - $0 }
      if record.texts[.rejectedPrompt] != nil {
        throw .value(
          "label", node, record.origin, "expected 1 or 0 beside prompt_rejected, found -1")
      }
      record.numbers = record.numbers.reduce(into: [:]) {
        $0[$1.key.otherSide] =
          PairColumn.signed.contains($1.key) ? $1.value.map { -$0 } : $1.value
      }
    default:
      throw .value("label", node, record.origin, "expected -1, 0 or 1, found \(Self.shown(node))")
    }
  }

  /// Rows that carry nothing to learn.
  func checkContent(_ record: PreferenceRecord) throws(RowError) {
    let line = record.origin
    if !options.keepEmptyCompletions, let side = record.emptySide {
      throw RowError(.emptyCompletion, line: line, "\(side) is empty")
    }
    if !options.keepIdenticalCompletions, record.hasIdenticalSides {
      throw RowError(.identicalCompletions, line: line, "chosen and rejected are the same")
    }
  }

  // MARK: Values

  /// A number that fits a float.
  func number(_ node: ConfigNode, _ name: String, line: Int) throws(RowError) -> Float {
    let value: Float
    switch node.value {
    case .int(let integer): value = Float(integer)
    case .number(let number): value = Float(number)
    default: throw .value(name, node, line, "expected a number, found \(node.kind)")
    }
    guard value.isFinite else {
      throw .value(name, node, line, "\(Self.shown(node)) does not fit a 32-bit float")
    }
    return value
  }

  private func text(_ node: ConfigNode, _ name: String, line: Int) throws(RowError) -> String {
    guard case .string(let text) = node.value, !text.isEmpty else {
      let found = node.value == .string("") ? "an empty one" : node.kind
      throw .value(name, node, line, "expected a string, found \(found)")
    }
    return text
  }

  /// A number, or a list of them with at least one. Where a column may have gaps null is NaN.
  private func numbers(
    _ node: ConfigNode, _ column: PairColumn, line: Int
  ) throws(RowError) -> [Float] {
    let (name, allowsGaps) = (column.rawValue, PairColumn.withGaps.contains(column))
    guard case .list(let items) = node.value else {
      switch node.value {
      case .int, .number: return [try number(node, name, line: line)]
      default:
        throw .value(
          name, node, line, "expected a number or a list of numbers, found \(node.kind)")
      }
    }
    guard (1...PairColumn.maxWidth).contains(items.count) else {
      throw .value(
        name, node, line,
        "expected 1 to \(PairColumn.maxWidth) numbers, found \(Self.words(node))")
    }
    var values: [Float] = []
    values.reserveCapacity(items.count)
    for (index, item) in items.enumerated() {
      let isGap = allowsGaps && item.value == .null
      values.append(isGap ? .nan : try number(item, "\(name)[\(index)]", line: line))
    }
    return values
  }

  /// The name of a group or annotator: a string, or a number that serves as one.
  private func name(
    _ node: ConfigNode, _ column: String, line: Int
  ) throws(RowError) -> String {
    switch node.value {
    case .string(let text): return text
    case .int(let integer): return String(integer)
    default:
      throw .value(column, node, line, "expected a string or an integer, found \(node.kind)")
    }
  }

  private static func shown(_ node: ConfigNode) -> String {
    switch node.value {
    case .int(let integer): String(integer)
    case .number(let number): "\(number)"
    case .string(let text): Wording.quoted(text)
    default: node.kind
    }
  }
}
