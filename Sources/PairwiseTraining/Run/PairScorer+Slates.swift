internal import PairwiseConfig
public import PairwiseData
public import PairwiseEvaluation
internal import PairwiseTensor

extension PairScorer {
  /// What has to be read of a slate to score it.
  func slateNeeds(_ source: any PairSource) -> PairNeeds {
    var needs = self.needs
    let further = PairColumn.furtherRejected
    needs.textColumns.formUnion(source.textColumns.intersection(further))
    if needs.features { needs.columns.formUnion(source.columns.intersection(further)) }
    needs.columns.formUnion(PairBlock.slateColumns(of: source))
    return needs
  }

  /// Scores all completions of slates that were read with `slateNeeds`.
  ///
  /// - Parameter most: completions of the largest slate.
  func scoreSlates(_ block: PairBlock, of most: Int) throws(DataError) -> [ScoredSlate] {
    // Scores of what stands behind the end of a slate count for nothing.
    var padded = block
    padded.padSlates(Set(PairColumn.furtherRejected))
    // Two places of every slate at a time, as the two sides of a pair.
    var places: [[Float]] = []
    for first in stride(from: 0, to: most, by: 2) {
      let scored = try score(padded.places(first))
      places += [scored.chosen, scored.rejected]
    }
    return block.slateOrders(of: most).enumerated().map { row, order in
      ScoredSlate(places.prefix(most).map { $0[row] }[...], order)
    }
  }

  /// Scores slates and computes how well the scores order them.
  ///
  /// - Parameters: as of `evaluate`.
  /// - Throws: `DataError` if the rows cannot be read or scored, or there is no such split.
  public func evaluateSlates(
    _ rows: any PairSource, split: String? = nil, named name: String = "slates",
    batchSize: Int = 1024, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> SlateReport {
    guard let most = rows.slateCount else {
      throw DataError(.invalid, file: name, "expected ranked candidates, the data has pairs")
    }
    if let problem = problem(withRows: rows) { throw DataError(.invalid, file: name, problem) }
    let chosen = try Self.rows(of: split, rows, name)
    let needs = slateNeeds(rows)
    let scorer = try bound(to: rows)
    var slates: [ScoredSlate] = []
    var start = 0
    while start < chosen.count {
      let end = min(chosen.count, start + batchSize)
      let block = try rows.read((start..<end).map { chosen[$0] }, needs)
      slates += try scorer.scoreSlates(block, of: most)
      start = end
      progress(end, chosen.count)
    }
    return try SlateReport(slates)
  }
}

extension PairBlock {
  /// The completions at two places of every slate as the sides of pairs. Where no slate has a second place the second
  /// completion stands.
  fileprivate func places(_ first: Int) -> PairBlock {
    if first == 0 { return self }
    var block = self
    block.messages = nil
    let columns = [first, first + 1].map { PairColumn("rejected_\($0)") }
    if let texts {
      var pairs = PairTexts()
      for row in 0..<count {
        let sides = columns.map { textColumns[$0]?[row] ?? texts.rejected(row) }
        pairs.append(prompt: texts.prompt(row), chosen: sides[0], rejected: sides[1])
      }
      block.texts = pairs
    }
    if let features {
      let width = features.shape[1]
      var values = features.array
      for (side, column) in columns.enumerated() {
        for row in 0..<count {
          let at = (2 * row + side) * width
          let own = self.columns[column]?[row * width..<(row + 1) * width]
          values.replaceSubrange(
            at..<at + width,
            with: own.map(Array.init) ?? features.rows(2 * row + 1..<2 * row + 2).array)
        }
      }
      block.features = Tensor([2 * count, width], values)
    }
    return block
  }
}
