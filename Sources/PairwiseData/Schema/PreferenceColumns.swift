/// The values of one pair in the columns of `/pairs`.
struct PairRow {
  var label: Int8
  var labelProbability: Float?
  var margin: Float?
  var weight: Float?
  /// −1 for none.
  var group: Int
  var annotator: Int
  /// Nil unless synthetic.
  var goldLabel: Int8?
  var isSynthetic: Bool
  /// Whether one response was judged alone.
  var isUnpaired = false
}

/// The datasets of a preference file being written. A class because they are one thing: the columns of
/// one file, kept at equal length.
final class PreferenceColumns {
  let promptID: HDF5Column<Int64>
  let promptText: HDF5RaggedColumn
  let promptMessages: HDF5RaggedColumn
  let responseID: HDF5Column<Int64>
  let responsePrompt: HDF5Column<Int32>
  let responseText: HDF5RaggedColumn
  let responseMessages: HDF5RaggedColumn
  let goldReward: HDF5Column<Double>
  let extra: HDF5RaggedColumn
  private let pairID: HDF5Column<Int64>
  private let prompt: HDF5Column<Int32>
  private let a: HDF5Column<Int32>
  private let b: HDF5Column<Int32>
  private let label: HDF5Column<Int8>
  private let labelProbability: HDF5Column<Float>
  private let margin: HDF5Column<Float>
  private let weight: HDF5Column<Float>
  private let groupIndex: HDF5Column<Int32>
  private let annotator: HDF5Column<Int32>
  private let flags: HDF5Column<UInt32>
  private let goldLabel: HDF5Column<Int8>
  /// Columns of the data's own, in the order in which rows first had them.
  private var numbers: [(column: PairColumn, width: Int, values: HDF5Column<Float>)] = []
  /// Columns of texts, by the group that holds them.
  private var texts: [(column: PairColumn, values: HDF5RaggedColumn)] = []
  /// The pairs of those texts that have a group of their own in the schema.
  private let rationalePair: HDF5Column<Int32>
  private let rationaleText: HDF5RaggedColumn
  private let promptB: HDF5Column<Int32>
  /// Of rows that are ranked slates, in place of two sides and a label.
  private let slates: SlateColumns
  /// The group that holds a row's columns: `pairs` or `rankings`.
  private let group: String
  private let output: HDF5Output
  private let isFiltered: Bool
  /// Pairs so far.
  private var count = 0

  /// - Parameter group: the group of the rows, `pairs` or `rankings`.
  init(_ output: HDF5Output, group: String = "pairs", isFiltered: Bool) {
    func column<Element>(
      _ path: String, missing: Element? = nil, _ type: Element.Type
    ) -> HDF5Column<Element> {
      HDF5Column(output, path, missing: missing, isFiltered: isFiltered)
    }
    func ragged(_ path: String, isOptional: Bool) -> HDF5RaggedColumn {
      HDF5RaggedColumn(output, path, isOptional: isOptional, isFiltered: isFiltered)
    }
    (self.output, self.isFiltered, self.group) = (output, isFiltered, group)
    slates = SlateColumns(output, isFiltered: isFiltered)
    promptID = column("prompts/id", Int64.self)
    promptText = ragged("prompts/text", isOptional: false)
    promptMessages = ragged("prompts/messages", isOptional: true)
    responseID = column("responses/id", Int64.self)
    responsePrompt = column("responses/prompt", Int32.self)
    responseText = ragged("responses/text", isOptional: false)
    responseMessages = ragged("responses/messages", isOptional: true)
    goldReward = column("responses/gold_reward", missing: .nan, Double.self)
    extra = ragged("\(group)/extra", isOptional: true)
    pairID = column("\(group)/id", Int64.self)
    prompt = column("\(group)/prompt", Int32.self)
    a = column("pairs/a", Int32.self)
    b = column("pairs/b", Int32.self)
    promptB = column("pairs/prompt_b", missing: -1, Int32.self)
    rationalePair = column("rationales/pair", Int32.self)
    rationaleText = ragged("rationales/text", isOptional: true)
    label = column("pairs/label", Int8.self)
    labelProbability = column("\(group)/label_prob", missing: .nan, Float.self)
    margin = column("\(group)/margin", missing: .nan, Float.self)
    weight = column("\(group)/weight", missing: 1, Float.self)
    groupIndex = column("\(group)/group", missing: -1, Int32.self)
    annotator = column("\(group)/annotator", missing: -1, Int32.self)
    flags = column("\(group)/flags", missing: 0, UInt32.self)
    goldLabel = column("\(group)/gold_label", missing: -128, Int8.self)
  }

  /// One pair about prompt `prompt`, between the responses 2·pair (preferred) and 2·pair + 1; or the response
  /// `pair` alone.
  func append(
    _ row: PairRow, prompt promptIndex: Int, promptB other: Int? = nil, pair: Int
  ) throws(DataError) {
    try promptB.append(optional: other.map { Int32($0) })
    try a.append(Int32(row.isUnpaired ? pair : 2 * pair))
    try b.append(row.isUnpaired ? -1 : Int32(2 * pair + 1))
    try label.append(row.label)
    try append(row, about: promptIndex, pair)
  }

  /// One slate about prompt `prompt`, of the responses from `first` on, best first.
  func append(
    _ row: PairRow, _ order: SlateOrder, prompt promptIndex: Int, responses first: Int, slate: Int
  ) throws(DataError) {
    try slates.append(order, responses: first)
    try append(row, about: promptIndex, slate)
  }

  /// What rows of either kind have.
  private func append(
    _ row: PairRow, about promptIndex: Int, _ index: Int
  ) throws(DataError) {
    try pairID.append(Int64(index))
    try prompt.append(Int32(promptIndex))
    try labelProbability.append(optional: row.labelProbability)
    try margin.append(optional: row.margin)
    try weight.append(optional: row.weight)
    try groupIndex.append(optional: row.group < 0 ? nil : Int32(row.group))
    try annotator.append(optional: row.annotator < 0 ? nil : Int32(row.annotator))
    try flags.append(optional: row.isSynthetic ? 1 : nil)
    try goldLabel.append(optional: row.goldLabel)
    count += 1
  }

  /// The numbers of the pair that comes next. A column that rows before did not have is missing there.
  func append(numbers row: [PairColumn: [Float]]) throws(DataError) {
    for (column, values) in row.sorted(by: { $0.key.rawValue < $1.key.rawValue })
    where !numbers.contains(where: { $0.column == column }) {
      try addColumn(column, width: values.count)
    }
    for (column, width, values) in numbers {
      let found = row[column]
      guard found.map({ $0.count == width }) ?? true else {
        throw DataError(
          .invalid, file: "pairs", place: "\(column.rawValue) of pair \(count)",
          "expected \(width) numbers as in the pairs before, found \(found?.count ?? 0)")
      }
      try values.append(optionalRow: found)
    }
  }

  /// The texts of the pair that comes next, but for the rejected completion's prompt.
  func append(texts row: [PairColumn: String]) throws(DataError) {
    let isPair = group == "pairs"
    if isPair, let rationale = row[.rationale] {
      try rationalePair.append(Int32(count))
      try rationaleText.append(Array(rationale.utf8))
    }
    let others = row.filter {
      $0.key != .rejectedPrompt && !(isPair && $0.key == .rationale)
    }
    for column in others.keys.sorted(by: { $0.rawValue < $1.rawValue })
    where !texts.contains(where: { $0.column == column }) {
      let path = "\(group)/\(column.rawValue)"
      guard column.isPlain, !PreferenceSchema.isReserved(path), texts.count < 64 else {
        throw DataError(
          .invalid, file: "pairs", place: "pair \(count)",
          "'\(column.rawValue)' cannot be stored as a column")
      }
      let values = HDF5RaggedColumn(output, path, isOptional: true, isFiltered: isFiltered)
      for _ in 0..<count { try values.append(nil as [UInt8]?) }
      texts.append((column, values))
    }
    for (column, values) in texts { try values.append(others[column].map { Array($0.utf8) }) }
  }

  private func addColumn(_ column: PairColumn, width: Int) throws(DataError) {
    let path = "\(group)/\(column.rawValue)"
    guard column.isPlain, !PreferenceSchema.isReserved(path), numbers.count < 256,
      (1...PairColumn.maxWidth).contains(width)
    else {
      throw DataError(
        .invalid, file: "pairs", place: "pair \(count)",
        "'\(column.rawValue)' with \(width) numbers cannot be stored as a column")
    }
    let values = HDF5Column<Float>(
      output, path, width: width == 1 ? nil : width, missing: .nan, isFiltered: isFiltered)
    for _ in 0..<count { try values.append(optionalRow: nil) }
    numbers.append((column, width, values))
  }

  func finish(hasTexts: Bool) throws(DataError) {
    for column in [promptID, responseID, pairID] { try column.finish() }
    for column in [responsePrompt, prompt, groupIndex, annotator] { try column.finish() }
    try goldLabel.finish()
    // Files of slates have no pairs, but the columns of pairs.
    for column in [a, b] { try column.finish() }
    try label.finish()
    if group != "pairs" {
      try HDF5Column<Int64>(output, "pairs/id", isFiltered: isFiltered).finish()
      try HDF5Column<Int32>(output, "pairs/prompt", isFiltered: isFiltered).finish()
      try slates.finish()
    }
    for column in [labelProbability, margin, weight] { try column.finish() }
    for (_, _, values) in numbers { try values.finish() }
    for (_, values) in texts { try values.finish() }
    try promptB.finish()
    if rationaleText.hasValue {
      try rationalePair.finish()
      try rationaleText.finish()
    }
    try goldReward.finish()
    try flags.finish()
    try extra.finish()
    guard hasTexts else { return }
    for column in [promptText, promptMessages, responseText, responseMessages] {
      try column.finish()
    }
  }
}
