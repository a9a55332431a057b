public import PairwiseData
public import PairwiseModels

/// The pairs of one split as a run uses them: a source, the rows that belong, and what to read of them.
public struct PairSet: Sendable {
  public let source: any PairSource
  public let rows: RowSet
  public let reader: any PairReader
  /// Columns for the objective.
  public let columns: Set<PairColumn>

  public init(
    source: any PairSource, rows: RowSet, reader: any PairReader, columns: Set<PairColumn>
  ) {
    self.source = source
    self.rows = rows
    self.reader = reader
    self.columns = columns
  }

  public var count: Int { rows.count }

  /// Reads pairs by their place in the split, in the given order.
  public func read(_ places: [Int]) throws(DataError) -> Batch {
    var needs = reader.needs
    needs.columns = columns
    let sourceRows = places.map { rows[$0] }
    let block = try source.read(sourceRows, needs)
    return Batch(input: reader.input(for: block), columns: block.columns, rows: sourceRows)
  }

  /// Bytes one pair needs in memory while it waits for its batch: the measured width of dense rows, or a
  /// usual length of hashed text.
  var bytesPerPair: Int { reader.needs.features ? 8 * (source.featureWidth ?? 1) : 8192 }

  /// How many pairs to shuffle and hold together: all of them if they fit half a gigabyte, else windows of
  /// 32 MiB, of which three are in memory at once.
  public var window: Int {
    let fitting = (512 << 20) / bytesPerPair
    if count <= fitting { return max(1, count) }
    return max(BatchOrder.block, (32 << 20) / bytesPerPair)
  }
}
