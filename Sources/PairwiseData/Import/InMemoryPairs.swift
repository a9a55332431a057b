public import PairwiseTensor

/// Preference pairs held in memory: for library users, small files and tests.
public struct InMemoryPairs: PairSource {
  public let count: Int
  public let isUnpaired: Bool
  public private(set) var slateCount: Int?
  public let featureWidth: Int?
  public let columns: Set<PairColumn>
  public let groupNames: [String]
  public let annotatorNames: [String]
  public var splits: [String: RowSet]
  public var hasTexts: Bool { texts != nil }
  public var textColumns: Set<PairColumn> { Set(otherTexts.keys) }

  /// `[2n, D]` in the layout of `PairBlock.features`.
  private let features: Tensor?
  private let texts: PairTexts?
  /// As `PairBlock.messages`.
  private let messages: PairTexts?
  private let values: [PairColumn: [Float]]
  private let otherTexts: [PairColumn: TextColumn]
  /// One per pair: 1, 0 for a tie, −128 without a judgement. Empty if all are 1.
  private let labels: [Int8]

  /// Pairs of dense features, all weights 1 and no other columns.
  ///
  /// - Parameters:
  ///   - chosen: `[n, D]`. Traps if the shapes differ or are not of rank 2.
  ///   - rejected: `[n, D]`.
  public init(chosen: Tensor, rejected: Tensor) {
    precondition(
      chosen.shape == rejected.shape && chosen.shape.rank == 2,
      "pairs in memory: shapes \(chosen.shape) and \(rejected.shape), expected two of [n, D]")
    let width = chosen.shape[1]
    count = chosen.shape[0]
    featureWidth = width
    isUnpaired = false
    var interleaved: [Float] = []
    interleaved.reserveCapacity(2 * chosen.count)
    let (a, b) = (chosen.array, rejected.array)
    for row in 0..<count {
      interleaved += a[row * width..<(row + 1) * width]
      interleaved += b[row * width..<(row + 1) * width]
    }
    features = Tensor([2 * count, width], interleaved)
    texts = nil
    messages = nil
    values = [:]
    otherTexts = [:]
    labels = []
    columns = []
    groupNames = []
    annotatorNames = []
    splits = ["train": .range(0..<count)]
  }

  /// Pairs of texts with columns of numbers, all of them judged.
  ///
  /// - Parameters:
  ///   - columns: each `[n]`, or `[n, K]` row by row. Traps if a column's numbers are no multiple of n.
  ///   - groups: names of the indices in a column `group`.
  public init(
    texts: PairTexts, columns: [PairColumn: [Float]] = [:], groups: [String] = []
  ) {
    count = texts.count
    for (column, numbers) in columns {
      precondition(
        texts.count > 0 && !numbers.isEmpty && numbers.count.isMultiple(of: texts.count),
        "pairs in memory: column \(column.rawValue) has \(numbers.count) numbers for \(texts.count) pairs"
      )
    }
    isUnpaired = false
    (features, featureWidth, messages) = (nil, nil, nil)
    self.texts = texts
    (values, self.columns, otherTexts, labels) = (columns, Set(columns.keys), [:], [])
    (groupNames, annotatorNames) = (groups, [])
    splits = ["train": .range(0..<count)]
  }

  /// Records as an import leaves them. A column exists if any record has it; where a record lacks it,
  /// gold rewards are NaN, weights 1, label probabilities 1 (ties 0.5), groups and annotators −1, and a
  /// missing margin is an error once margins are read. Messages become text as `PreferenceText.text`
  /// does it.
  ///
  /// - Throws: if some records have texts or features and others don't, or widths differ.
  public init(_ records: [PreferenceRecord]) throws(DataError) {
    count = records.count
    isUnpaired = records.first?.isUnpaired ?? false
    if let other = records.first(where: { $0.isUnpaired != records[0].isUnpaired }) {
      throw DataError(
        .invalid, file: "pairs in memory", place: "record of line \(other.origin)",
        "expected \(records[0].isUnpaired ? "a single completion" : "a pair") as in the first record"
      )
    }
    features = try Self.features(records)
    featureWidth = features?.shape[1]
    texts = try Self.texts(records)
    messages = Self.messages(records)
    otherTexts = Self.otherTexts(records)
    var groups = NameIndex()
    var annotators = NameIndex()
    values = try Self.values(records, &groups, &annotators)
    labels = records.contains { $0.label != 1 } ? records.map(\.label) : []
    let slates = records.compactMap { $0.slate?.count }
    if count > 0, slates.count == count { slateCount = slates.max() }
    columns = Set(values.keys)
    groupNames = groups.names
    annotatorNames = annotators.names
    splits = ["train": .range(0..<count)]
  }

  public func width(of column: PairColumn) -> Int {
    values[column].map { $0.count / max(1, count) } ?? 1
  }

  public func read(_ rows: [Int], _ needs: PairNeeds) throws(DataError) -> PairBlock {
    for row in rows { precondition(row >= 0 && row < count, "read: row \(row) of \(count)") }
    var block = PairBlock(rows: rows)
    block.isUnpaired = isUnpaired
    if !labels.isEmpty {
      block.ties = rows.indices.filter { labels[rows[$0]] == 0 }
      block.unlabelled = rows.indices.filter { labels[rows[$0]] == -128 }
      if let first = block.unlabelled.first, !needs.allowsUnlabelled {
        throw Self.error(rows[first], "expected a judgement, found none")
      }
    }
    if needs.features, let features, let width = featureWidth {
      block.features = Tensor([2 * rows.count, width]) { target in
        features.withSpan { source in
          for (index, row) in rows.enumerated() {
            for offset in 0..<2 * width {
              target[2 * width * index + offset] = source[2 * width * row + offset]
            }
          }
        }
      }
    }
    if needs.texts || needs.messages, !needs.textColumns.contains(.rejectedPrompt),
      let others = otherTexts[.rejectedPrompt],
      let row = rows.first(where: { !others[$0].isEmpty })
    {
      throw Self.error(
        row, "pairs whose sides have different prompts cannot be read as texts")
    }
    if needs.texts { block.texts = texts.map { $0.selecting(rows) } }
    if needs.messages {
      let selected = messages.map { $0.selecting(rows) }
      block.messages = selected?.bytes.isEmpty == false ? selected : nil
    }
    for column in needs.textColumns {
      guard let all = otherTexts[column] else { continue }
      var selected = TextColumn()
      for row in rows { selected.append(all[row]) }
      block.textColumns[column] = selected
    }
    for column in needs.columns {
      guard let all = values[column] else { continue }
      if column == .margin, let missing = rows.first(where: { !all[$0].isFinite }) {
        throw Self.error(missing, "expected a margin, found none")
      }
      let width = width(of: column)
      block.columns[column] = rows.flatMap { all[$0 * width..<($0 + 1) * width] }
    }
    return block
  }

  private static func error(_ row: Int, _ message: String) -> DataError {
    DataError(.invalid, file: "pairs in memory", place: "row \(row)", message)
  }

  // MARK: From records

  private static func features(_ records: [PreferenceRecord]) throws(DataError) -> Tensor? {
    guard let width = records.lazy.compactMap({ $0.chosenFeatures?.count }).first else {
      return nil
    }
    var values: [Float] = []
    values.reserveCapacity(2 * width * records.count)
    for record in records {
      guard let chosen = record.chosenFeatures, let rejected = record.rejectedFeatures,
        chosen.count == width, rejected.count == width
      else {
        throw DataError(
          .invalid, file: "pairs in memory", place: "record of line \(record.origin)",
          "expected \(width) features on either side as in the first record")
      }
      values += chosen
      values += rejected
    }
    return Tensor([2 * records.count, width], values)
  }

  private static func texts(_ records: [PreferenceRecord]) throws(DataError) -> PairTexts? {
    guard records.contains(where: { $0.chosen != nil || $0.rejected != nil }) else { return nil }
    var texts = PairTexts()
    for record in records {
      guard let chosen = record.chosen, record.rejected != nil || record.isUnpaired else {
        throw DataError(
          .invalid, file: "pairs in memory", place: "record of line \(record.origin)",
          "expected texts on both sides as in the other records")
      }
      texts.append(
        prompt: (record.prompt?.text ?? "").utf8, chosen: chosen.text.utf8,
        rejected: (record.rejected?.text ?? "").utf8)
    }
    return texts
  }

  private static func messages(_ records: [PreferenceRecord]) -> PairTexts? {
    var texts = PairTexts()
    for record in records {
      texts.append(
        prompt: record.prompt?.messagesJSON ?? [], chosen: record.chosen?.messagesJSON ?? [],
        rejected: record.rejected?.messagesJSON ?? [])
    }
    return texts.bytes.isEmpty ? nil : texts
  }

  private static func otherTexts(_ records: [PreferenceRecord]) -> [PairColumn: TextColumn] {
    var columns: [PairColumn: TextColumn] = [:]
    for column in Set(records.flatMap(\.texts.keys)) {
      var texts = TextColumn()
      for record in records { texts.append((record.texts[column] ?? "").utf8) }
      columns[column] = texts
    }
    return columns
  }

  /// The columns without a meaning of their own; NaN where a record lacks one.
  private static func numbers(
    _ records: [PreferenceRecord]
  ) throws(DataError) -> [PairColumn: [Float]] {
    var values: [PairColumn: [Float]] = [:]
    for column in Set(records.flatMap(\.numbers.keys)) {
      let width = records.lazy.compactMap { $0.numbers[column]?.count }.first ?? 1
      var all: [Float] = []
      all.reserveCapacity(width * records.count)
      for record in records {
        let row = record.numbers[column] ?? [Float](repeating: .nan, count: width)
        guard row.count == width else {
          throw DataError(
            .invalid, file: "pairs in memory", place: "record of line \(record.origin)",
            "\(column.rawValue): expected \(width) numbers as in the first record, found \(row.count)"
          )
        }
        all += row
      }
      values[column] = all
    }
    return values
  }

  /// The columns that say how slates are ordered.
  private static func slates(_ records: [PreferenceRecord]) -> [PairColumn: [Float]] {
    let orders = records.compactMap(\.slate)
    guard orders.count == records.count else { return [:] }
    var form = SlateForm()
    for order in orders { form.add(order) }
    return form.columns.reduce(into: [:]) { values, column in
      values[column] = orders.flatMap { form.values(column, of: $0) }
    }
  }

  private static func values(
    _ records: [PreferenceRecord], _ groups: inout NameIndex, _ annotators: inout NameIndex
  ) throws(DataError) -> [PairColumn: [Float]] {
    var values = try numbers(records)
    if records.contains(where: \.isUnpaired) {
      values[.label] = records.map { $0.isDesirable == true ? 1 : 0 }
    }
    if records.contains(where: { $0.margin != nil }) {
      values[.margin] = records.map { $0.margin ?? .nan }
    }
    if records.contains(where: { $0.weight != nil }) {
      values[.weight] = records.map { $0.weight ?? 1 }
    }
    if records.contains(where: { $0.labelProbability != nil || $0.label == 0 }) {
      values[.labelProbability] = records.map { $0.label == 0 ? 0.5 : $0.labelProbability ?? 1 }
    }
    if records.contains(where: { $0.chosenGoldReward != nil }) {
      values[.chosenGold] = records.map { Float($0.chosenGoldReward ?? .nan) }
    }
    if records.contains(where: { $0.rejectedGoldReward != nil }) {
      values[.rejectedGold] = records.map { Float($0.rejectedGoldReward ?? .nan) }
    }
    if records.contains(where: { $0.group != nil }) {
      values[.group] = records.map { Float(groups.index(of: $0.group)) }
    }
    for (column, numbers) in slates(records) { values[column] = numbers }
    if records.contains(where: { $0.annotator != nil }) {
      values[.annotator] = records.map { Float(annotators.index(of: $0.annotator)) }
    }
    return values
  }
}

extension PairTexts {
  /// Some of the pairs, in the given order.
  fileprivate func selecting(_ pairs: [Int]) -> PairTexts {
    var selected = PairTexts()
    for pair in pairs {
      selected.append(prompt: prompt(pair), chosen: chosen(pair), rejected: rejected(pair))
    }
    return selected
  }
}

/// Numbers for names in the order of their first appearance.
struct NameIndex {
  private(set) var names: [String] = []
  private var indices: [String: Int] = [:]

  /// −1 for nil.
  mutating func index(of name: String?) -> Int {
    guard let name else { return -1 }
    if let index = indices[name] { return index }
    indices[name] = names.count
    names.append(name)
    return names.count - 1
  }
}
