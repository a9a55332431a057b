extension PreferenceFile {
  /// What the labels of the rows say about their two sides.
  struct Orientation {
    /// Pairs whose second side is preferred.
    var swapped: [Int] = []
    var ties: [Int] = []
    var unlabelled: [Int] = []
    /// 1, 0, −1 or −128 for each pair; nil in files where all are 1.
    var labels: [Int64]?

    func isSwapped(_ pair: Int) -> Bool { labels?[pair] == -1 }
  }

  /// Reads the given rows, in the given order. Any order is allowed; ascending rows are fastest.
  ///
  /// A label of −1 swaps the sides (and turns `label_prob` to 1 − p), so that `chosen` is preferred.
  ///
  /// - Throws: `.invalid` with dataset and row for features that are not finite, texts that are not
  ///   UTF-8, a missing margin, damaged compressed data, and rows without a label unless
  ///   `needs.allowsUnlabelled`; `.inputOutput` if the file cannot be read.
  public func read(_ rows: [Int], _ needs: PairNeeds) throws(DataError) -> PairBlock {
    for row in rows { precondition(row >= 0 && row < count, "read: row \(row) of \(count)") }
    let order = HDF5RowOrder(rows)
    var orientation = try orientation(of: order, allowsUnlabelled: needs.allowsUnlabelled)
    let items = try slateItems(order)
    if let items { orientation.ties = items.orders.indices.filter { items.orders[$0].tiesAtTop } }
    var block = PairBlock(
      rows: rows, ties: orientation.ties, unlabelled: orientation.unlabelled)
    block.isUnpaired = isUnpaired
    let wantsGold = needs.columns.contains(.chosenGold) || needs.columns.contains(.rejectedGold)
    let wantsFeatures = needs.features && featureWidth != nil
    let wantsTexts = needs.texts && hasTexts
    let wantsMessages = needs.messages && layout.responseMessages != nil
    var sides: HDF5RowOrder?
    let derived = needs.columns.intersection(columns).filter { layout.derived[$0] != nil }
    if wantsTexts || wantsMessages || wantsGold && layout.goldReward != nil || wantsFeatures
      || !derived.isEmpty
    {
      if let items {
        sides = HDF5RowOrder(items.sides)
      } else {
        sides = try responses(order, orientation)
      }
    }
    if wantsFeatures { block.features = try features(order, orientation, sides) }
    let takesTwoPrompts = needs.textColumns.contains(.rejectedPrompt)
    if !takesTwoPrompts, wantsTexts || wantsMessages { try refuseTwoPrompts(order) }
    if wantsTexts, let sides { block.texts = try texts(order, sides, orientation) }
    if wantsMessages, let sides { block.messages = try messages(order, sides, orientation) }
    try readTexts(needs.textColumns, order, orientation, into: &block)
    try readColumns(needs.columns, order, orientation, into: &block)
    for column in derived {
      guard let source = layout.derived[column] else { continue }
      block.columns[column] = try self.derived(source, order, orientation, sides)
    }
    if let items { try readSlates(items, needs, into: &block) }
    if wantsGold, let sides { try readGold(needs.columns, sides, into: &block) }
    return block
  }

  func error(_ dataset: HDF5Dataset, _ row: Int, _ message: String) -> DataError {
    DataError(.invalid, file: path, place: "\(dataset.path) row \(row)", message)
  }

  private func orientation(
    of order: HDF5RowOrder, allowsUnlabelled: Bool
  ) throws(DataError) -> Orientation {
    guard let label = layout.label, !allPreferFirst else { return Orientation() }
    var orientation = Orientation()
    let labels = try file.integers(.order(order), of: label)
    for (pair, code) in labels.enumerated() {
      switch code {
      case 1: break
      case -1 where isUnpaired: break
      case -1: orientation.swapped.append(pair)
      case 0: orientation.ties.append(pair)
      default:
        guard code == PreferenceSchema.unlabelled, allowsUnlabelled else {
          throw error(label, order.rows[pair], "expected a judgement, found \(code)")
        }
        orientation.unlabelled.append(pair)
      }
    }
    orientation.labels = labels
    return orientation
  }

  /// Chosen and rejected response of each pair, alternating, or the one response of each row; nil in the
  /// dense form.
  private func responses(
    _ order: HDF5RowOrder, _ orientation: Orientation
  ) throws(DataError) -> HDF5RowOrder? {
    guard case .responses(let a, let b) = layout.sides else { return nil }
    if isUnpaired {
      if isInOrder { return order }
      let responses = try file.integers(.order(order), of: a)
      if let pair = responses.firstIndex(where: { $0 < 0 || $0 >= Int64(layout.responseCount) }) {
        throw error(a, order.rows[pair], "the file changed while it was being read")
      }
      return HDF5RowOrder(responses.map { Int($0) })
    }
    if isInOrder, orientation.swapped.isEmpty {
      return HDF5RowOrder((0..<2 * order.rows.count).map { 2 * order.rows[$0 / 2] + $0 % 2 })
    }
    let first = try file.integers(.order(order), of: a)
    let second = try file.integers(.order(order), of: b)
    var both: [Int] = []
    both.reserveCapacity(2 * first.count)
    for pair in 0..<first.count {
      let isSwapped = orientation.isSwapped(pair)
      for index in [isSwapped ? second[pair] : first[pair], isSwapped ? first[pair] : second[pair]]
      {
        // Checked when the file was opened, but a file can be written to since.
        guard index >= 0, index < Int64(layout.responseCount) else {
          throw error(a, order.rows[pair], "the file changed while it was being read")
        }
        both.append(Int(index))
      }
    }
    return HDF5RowOrder(both)
  }

  private func readColumns(
    _ wanted: Set<PairColumn>, _ order: HDF5RowOrder, _ orientation: Orientation,
    into block: inout PairBlock
  ) throws(DataError) {
    let rows = HDF5Rows.order(order)
    if wanted.contains(.margin), columns.contains(.margin), let dataset = layout.margin {
      let margins = try file.floats(rows, of: dataset)
      if let missing = margins.firstIndex(where: { !$0.isFinite }) {
        throw error(dataset, order.rows[missing], "expected a margin, found \(margins[missing])")
      }
      block.columns[.margin] = margins
    }
    if wanted.contains(.labelProbability), columns.contains(.labelProbability) {
      block.columns[.labelProbability] = try labelProbabilities(order, orientation)
    }
    if wanted.contains(.label), isUnpaired {
      block.columns[.label] = order.rows.indices.map { pair in
        switch orientation.labels?[pair] {
        case nil, 1: 1
        case -1: 0
        default: .nan
        }
      }
    }
    let plain: [(PairColumn, HDF5Dataset?)] = [
      (.weight, layout.weight), (.group, layout.group), (.annotator, layout.annotator),
    ]
    for case (let column, .some(let dataset)) in plain where wanted.contains(column) {
      block.columns[column] = try file.floats(rows, of: dataset)
    }
    for column in wanted {
      guard let dataset = layout.numbers[column] else { continue }
      block.columns[column] = try numbers(rows, of: dataset)
    }
  }

  /// Numbers `[n, K]`; codes that stand for a missing one become NaN.
  func numbers(_ rows: HDF5Rows, of dataset: HDF5Dataset) throws(DataError) -> [Float] {
    guard dataset.element == .int8 else { return try file.floats(rows, of: dataset) }
    return try file.integers(rows, of: dataset).map {
      $0 == PreferenceSchema.unlabelled ? .nan : Float($0)
    }
  }

  /// P(chosen ≻ rejected): the soft label where there is one, else 1; 0.5 for ties.
  private func labelProbabilities(
    _ order: HDF5RowOrder, _ orientation: Orientation
  ) throws(DataError) -> [Float] {
    var values = [Float](repeating: 1, count: order.rows.count)
    if let dataset = layout.labelProbability {
      for (pair, p) in try file.floats(.order(order), of: dataset).enumerated() where !p.isNaN {
        values[pair] = orientation.isSwapped(pair) ? 1 - p : p
      }
    }
    for pair in orientation.ties { values[pair] = 0.5 }
    for pair in orientation.unlabelled { values[pair] = .nan }
    return values
  }

  private func readGold(
    _ wanted: Set<PairColumn>, _ sides: HDF5RowOrder, into block: inout PairBlock
  ) throws(DataError) {
    guard let dataset = layout.goldReward else { return }
    let rewards = try file.floats(.order(sides), of: dataset)
    for (column, side) in [(PairColumn.chosenGold, 0), (.rejectedGold, 1)]
    where wanted.contains(column) {
      block.columns[column] = stride(from: side, to: rewards.count, by: 2).map { rewards[$0] }
    }
  }
}
