internal import PairwiseData
internal import PairwiseModels

/// The rows of a source that a model can use, and what became of each: found once, before training.
struct ScreenedRows {
  private(set) var rows: RowSet
  private(set) var lengths: [PairLengths] = []
  /// Counts by reason, for the ledger, in order of first appearance.
  private(set) var ledger: [(name: String, value: Int)] = []

  /// Asks the reader about every row, block by block. Readers that take all rows are not asked.
  init(_ rows: RowSet, of source: any PairSource, _ reader: any PairReader) throws(DataError) {
    self.rows = rows
    var kept: [Int32] = []
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + 4096)
      let block = try source.read((start..<end).map { rows[$0] }, reader.needs)
      guard let fates = try reader.fates(of: block) else { return }
      for (pair, fate) in fates.enumerated() {
        for note in fate.notes { count(note) }
        if let reason = fate.dropped {
          count("dropped: " + reason)
          continue
        }
        kept.append(Int32(block.rows[pair]))
        lengths.append(
          PairLengths(
            prompt: Int32(fate.tokens.prompt), chosen: Int32(fate.tokens.chosen),
            rejected: Int32(fate.tokens.rejected), unscored: fate.unscored,
            extra: Int32(fate.extraRows)))
      }
      start = end
    }
    if kept.count < rows.count { self.rows = .list(kept) }
  }

  private mutating func count(_ name: String) {
    if let index = ledger.firstIndex(where: { $0.name == name }) {
      ledger[index].value += 1
    } else {
      ledger.append((name, 1))
    }
  }
}
