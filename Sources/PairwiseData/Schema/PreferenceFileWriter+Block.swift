internal import PairwiseTensor

extension PreferenceFileWriter {
  /// Adds the pairs of a block of features in bulk: the fast path for dense data without texts.
  ///
  /// Group and annotator numbers refer to the names given by `setNames`. NaN stands for a missing
  /// margin, label probability or gold reward; −1 for no group or annotator.
  ///
  /// - Parameter block: with features `[2n, D]`, without texts.
  /// - Throws: as `append(_:)`.
  public func append(block: PairBlock) throws(DataError) {
    guard let values = block.features, block.texts == nil else {
      throw DataError(.invalid, file: path, "a block without features, or with texts")
    }
    let width = values.shape[1]
    if count == 0 { begin(hasTexts: false, width: width) }
    guard !hasTexts, width == featureWidth, values.shape[0] == 2 * block.count else {
      throw DataError(
        .invalid, file: path,
        "a block of features \(values.shape) for \(block.count) pairs does not fit those before it")
    }
    try append(features: values)
    var isTie = [Bool](repeating: false, count: block.count)
    for pair in block.ties { isTie[pair] = true }
    for pair in block.unlabelled {
      throw DataError(.invalid, file: path, "pair \(block.rows[pair]) has no label")
    }
    let first = count
    for pair in 0..<block.count {
      try append(row: pair, of: block, isTie: isTie[pair], as: first + pair)
    }
    counted(pairs: block.count, prompts: block.count)
  }

  /// Names that group and annotator numbers of blocks refer to. Before the first pair.
  public func setNames(groups: [String], annotators: [String]) {
    for name in groups { _ = self.groups.index(of: name) }
    for name in annotators { _ = self.annotators.index(of: name) }
  }

  private func append(features values: Tensor) throws(DataError) {
    let buffer = unsafe UnsafeBufferPointer(start: values.pointer, count: values.count)
    try unsafe features?.append(contentsOf: buffer)
  }

  /// The columns without a meaning of their own.
  private func numbers(of row: Int, in block: PairBlock) -> [PairColumn: [Float]] {
    var numbers: [PairColumn: [Float]] = [:]
    for column in block.columns.keys where !PairColumn.builtIn.contains(column) {
      numbers[column] = block.numbers(column, of: row).map(Array.init)
    }
    return numbers
  }

  private func append(
    row: Int, of block: PairBlock, isTie: Bool, as pair: Int
  ) throws(DataError) {
    let prompt = promptCount + row
    func value(_ column: PairColumn) -> Float? {
      block.columns[column].map { $0[row] }.flatMap { $0.isNaN ? nil : $0 }
    }
    let gold = [value(.chosenGold), value(.rejectedGold)]
    try columns.promptID.append(Int64(prompt))
    for side in 0..<2 {
      try columns.responseID.append(Int64(2 * pair + side))
      try columns.responsePrompt.append(Int32(prompt))
      try columns.goldReward.append(optional: gold[side].map { Double($0) })
    }
    try columns.append(numbers: numbers(of: row, in: block))
    try columns.append(texts: [:])
    // A hard label has no soft one beside it; blocks say 1 for it, and 0.5 for a tie.
    let probability = value(.labelProbability).flatMap { $0 == 1 || isTie && $0 == 0.5 ? nil : $0 }
    var goldLabel: Int8?
    if let chosen = gold[0], let rejected = gold[1] {
      goldLabel = chosen > rejected ? 1 : chosen < rejected ? -1 : 0
    }
    try columns.append(
      PairRow(
        label: isTie ? 0 : 1, labelProbability: probability, margin: value(.margin),
        weight: value(.weight), group: Int(value(.group) ?? -1),
        annotator: Int(value(.annotator) ?? -1), goldLabel: goldLabel,
        isSynthetic: info.isSynthetic),
      prompt: prompt, pair: pair)
    try columns.extra.append(nil as [UInt8]?)
  }
}
