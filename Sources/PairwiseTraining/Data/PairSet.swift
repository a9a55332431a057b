public import PairwiseData
public import PairwiseModels

/// The pairs of one split as a run uses them: a source, the rows that belong, and what to read of them.
public struct PairSet: Sendable {
  public let source: any PairSource
  public let rows: RowSet
  public let reader: any PairReader
  /// Columns for the objective.
  public let columns: Set<PairColumn>
  /// Those that the objective reads as matrices, be they one number wide.
  public let matrices: Set<PairColumn>
  /// Tokens of each pair, in the order of the set; empty without tokens.
  public let lengths: [PairLengths]
  /// Log-probs under the reference of each pair, once they are known.
  public var reference: ReferenceLogps?

  public init(
    source: any PairSource, rows: RowSet, reader: any PairReader, columns: Set<PairColumn>,
    matrices: Set<PairColumn> = [], lengths: [PairLengths] = []
  ) {
    self.source = source
    self.rows = rows
    self.reader = reader
    self.columns = columns
    self.matrices = matrices
    self.lengths = lengths
  }

  public var count: Int { rows.count }

  /// Pairs to compute at once without gradients: few of language models, where each takes memory.
  var mostAtOnce: Int { lengths.isEmpty ? .max : 16 }

  /// Reads pairs by their place in the split, in the given order.
  public func read(_ places: [Int]) throws(DataError) -> Batch {
    var needs = reader.needs
    needs.columns = columns
    let sourceRows = places.map { rows[$0] }
    let block = try source.read(sourceRows, needs)
    var batch = Batch(
      input: try reader.input(for: block), columns: block.columns, rows: sourceRows)
    batch.matrices = matrices
    if let reference {
      batch.columns[.refChosenLogps] = places.map { reference.chosen[$0] }
      batch.columns[.refRejectedLogps] = places.map { reference.rejected[$0] }
    }
    return batch
  }

  /// Bytes one pair needs in memory while it waits for its batch: the measured width of dense rows or
  /// number of tokens, or a usual length of hashed text.
  var bytesPerPair: Int {
    inputBytes + 4 * columns.reduce(0) { $0 + source.width(of: $1) }
  }

  private var inputBytes: Int {
    if reader.needs.features { return 8 * (source.featureWidth ?? 1) }
    if lengths.isEmpty { return 8192 }
    return 256 + 4 * lengths.reduce(0) { $0 + $1.rows } / lengths.count
  }

  /// How many pairs to shuffle and hold together: all of them if they fit half a gigabyte, else windows of
  /// 32 MiB, of which three are in memory at once.
  public var window: Int {
    let fitting = (512 << 20) / bytesPerPair
    if count <= fitting { return max(1, count) }
    return max(BatchOrder.block, (32 << 20) / bytesPerPair)
  }
}

/// Tokens of a pair as the model gets them.
public struct PairLengths: Sendable, Equatable {
  public var prompt: Int32
  public var chosen: Int32
  public var rejected: Int32

  /// Rows a model with a shared prompt computes.
  public var rows: Int { Int(prompt) + Int(chosen) + Int(rejected) }
  /// Tokens of the two separate sequences.
  public var unshared: Int { rows + Int(prompt) }
}
