public import PairwiseData
public import PairwiseModels
internal import PairwiseObjectives

/// The pairs of one split as a run uses them: a source, the rows that belong, and what to read of them.
public struct PairSet: Sendable {
  public internal(set) var source: any PairSource
  public let rows: RowSet
  public internal(set) var reader: any PairReader
  /// Columns for the objective.
  public let columns: Set<PairColumn>
  /// Those that the objective reads as matrices, be they one number wide.
  public let matrices: Set<PairColumn>
  /// Tokens of each pair, in the order of the set; empty without tokens.
  public internal(set) var lengths: [PairLengths]
  /// Numbers that are kept of each pair where frozen layers make vectors of them.
  var vectorNumbers: Int?
  /// Whether the objective reads which side won, or neither.
  var readsOutcome = false
  /// Decides the order of candidates that tie; nil: none do.
  var tieSeed: UInt64?
  /// Which inputs the sequences of a row give.
  let plan: SequencePlan
  /// Rows in a run, where the prompt of each row also gets the completion of another row of its run.
  let mismatchRun: Int
  /// Labelled pairs of every annotator, for sets that are evaluated with a model that reads them.
  var contexts: PairContexts?
  /// Log-probs under the reference of each pair, once they are known.
  public var reference: ReferenceLogps?

  public init(
    source: any PairSource, rows: RowSet, reader: any PairReader, columns: Set<PairColumn>,
    matrices: Set<PairColumn> = [], lengths: [PairLengths] = []
  ) {
    self.init(
      source: source, rows: rows, reader: reader, columns: columns, matrices: matrices,
      lengths: lengths, plan: .pairs, mismatchRun: 1)
  }

  init(
    source: any PairSource, rows: RowSet, reader: any PairReader, columns: Set<PairColumn>,
    matrices: Set<PairColumn>, lengths: [PairLengths], plan: SequencePlan, mismatchRun: Int
  ) {
    self.source = source
    self.rows = rows
    self.reader = reader
    self.columns = columns
    self.matrices = matrices
    (self.plan, self.mismatchRun) = (plan, mismatchRun)
    var lengths = lengths
    if plan.isMismatched {
      for place in lengths.indices {
        let other = PairSet.mismatch(place, of: lengths.count, run: mismatchRun)
        lengths[place].rejected = lengths[other].chosen
      }
    }
    self.lengths = lengths
  }

  /// The place whose completion the prompt at `place` gets as well: the one before it in its run, the first
  /// of a run gets the last. A run of one row at the end takes the row before it.
  static func mismatch(_ place: Int, of count: Int, run: Int) -> Int {
    let start = place / run * run
    if place > start { return place - 1 }
    let last = min(count, start + run) - 1
    return last > start ? last : max(0, start - 1)
  }

  public var count: Int { rows.count }

  /// Completions that a model computes for each row.
  var sequencesPerRow: Int { 2 * (1 + plan.extras.count) }

  /// Pairs to compute at once without gradients: few of language models, where each takes memory.
  var mostAtOnce: Int { lengths.isEmpty ? .max : 16 }

  /// The numbers of a column `[n]` that the source has, in the order of the set.
  func values(of column: PairColumn) throws(DataError) -> [Float] {
    var values: [Float] = []
    var start = 0
    while start < count {
      let end = min(count, start + 65_536)
      let block = try source.read((start..<end).map { rows[$0] }, PairNeeds(columns: [column]))
      values += block.columns[column] ?? []
      start = end
    }
    return values
  }

  /// Reads pairs by their place in the split, in the given order.
  public func read(_ places: [Int]) throws(DataError) -> Batch {
    var needs = reader.needs
    needs.columns.formUnion(columns)
    let sourceRows = places.map { rows[$0] }
    let block = try source.read(sourceRows, needs)
    var input = try reader.input(for: block)
    if plan.isMismatched { input = try mismatched(input, places) }
    // Columns that the model alone reads are in its input.
    var batch = Batch(
      input: input, columns: block.columns.filter { columns.contains($0.key) }, rows: sourceRows)
    (batch.matrices, batch.plan) = (matrices, plan)
    if readsOutcome {
      var outcome = [Float](repeating: 1, count: places.count)
      for tie in block.ties { outcome[tie] = 0 }
      batch.columns[.label] = outcome
    }
    if let tieSeed, let slate = plan.slate, let levels = batch.columns[.tieLevel] {
      batch.ranking = TieBreak(seed: tieSeed).orders(levels, of: slate, rows: sourceRows)
    }
    if let reference {
      for (column, values) in reference.sums { batch.columns[column] = places.map { values[$0] } }
      batch.referenceTokens = reference.tokens?.selecting(places)
    }
    return contexts?.given(to: batch) ?? batch
  }

  /// The rows at `places` with the completions of the rows that belong to them. Most of those are among
  /// the rows already; the others are read.
  private func mismatched(_ input: ModelInput, _ places: [Int]) throws(DataError) -> ModelInput {
    let others = places.map { PairSet.mismatch($0, of: count, run: mismatchRun) }
    var positions = [Int: Int]()
    for (position, place) in places.enumerated() { positions[place] = position }
    let absent = Set(others).filter { positions[$0] == nil }.sorted()
    var inputs = [input]
    if !absent.isEmpty {
      let block = try source.read(absent.map { rows[$0] }, reader.needs)
      inputs.append(try reader.input(for: block))
      for (offset, place) in absent.enumerated() { positions[place] = places.count + offset }
    }
    let picks =
      places.indices.map { (input: 0, pair: $0) } + absent.indices.map { (input: 1, pair: $0) }
    return reader.mismatched(
      ModelInput.gathered(picks, from: inputs), with: others.map { positions[$0] ?? 0 })
  }

  /// Bytes one pair needs in memory while it waits for its batch: the measured width of dense rows or
  /// number of tokens, or a usual length of hashed text.
  var bytesPerPair: Int {
    inputBytes + 4 * columns.reduce(0) { $0 + source.width(of: $1) }
  }

  private var inputBytes: Int {
    if let vectorNumbers { return 4 * vectorNumbers }
    if reader.needs.features { return 8 * (source.featureWidth ?? 1) }
    if lengths.isEmpty { return 8192 }
    let numbers = lengths.reduce(0) { $0 + $1.rows } + (reference?.tokens?.values.count ?? 0)
    return 256 + 4 * numbers / lengths.count
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
  /// Those of them that belong to the side's own prompt and are not scored.
  var unscored = TokenPair.Unscored()
  /// Tokens of sequences beside the completions.
  var extra: Int32 = 0

  /// Rows a model with a shared prompt computes.
  public var rows: Int { Int(prompt) + Int(chosen) + Int(rejected) + Int(extra) }
  /// Tokens of the two separate sequences.
  public var unshared: Int { rows + Int(prompt) }

  /// Scored tokens that an input counts, by that input.
  func length(_ name: InputName) -> Int? {
    switch name {
    case .chosenLength: Int(chosen) - unscored.chosen
    case .rejectedLength: Int(rejected) - unscored.rejected
    case .promptLength: max(0, Int(prompt) + unscored.chosen - 1)
    default: nil
    }
  }
}
