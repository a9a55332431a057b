public import PairwiseAutodiff
public import PairwiseTensor

/// What a reward model reads for some pairs: chosen of pair i in row 2i, rejected in row 2i + 1, so that
/// any run of pairs is a run of rows.
public indirect enum ModelInput: Sendable {
  /// `[2n, D]`
  case dense(Tensor)
  /// 2n sparse rows.
  case sparse(SparseMatrix)
  /// n pairs of token ids.
  case tokens(TokenPairs)
  /// Several pairs of rows for each row of data: its two completions, and further ones behind them.
  case several(ModelInput, perRow: Int)
  /// Rows with what the model is told about their pairs.
  case conditioned(ModelInput, PairConditions)

  /// The rows alone.
  package var bare: ModelInput {
    switch self {
    case .conditioned(let rows, _): rows.bare
    case .several(let rows, _): rows
    default: self
    }
  }

  /// Completions that a model computes for each row of data: two, and two for each further pair.
  package var sequencesPerRow: Int {
    switch self {
    case .conditioned(let rows, _): rows.sequencesPerRow
    case .several(_, let perRow): 2 * perRow
    case .tokens(let pairs): 2 * pairs.perRow
    case .dense, .sparse: 2
    }
  }

  /// What the model is told about the pairs.
  package var told: PairConditions {
    if case .conditioned(_, let conditions) = self { conditions } else { PairConditions() }
  }

  /// n, the number of pairs.
  public var pairs: Int {
    switch self {
    case .dense(let rows): rows.shape[0] / 2
    case .sparse(let rows): rows.rows / 2
    case .tokens(let pairs): pairs.count
    case .several(let rows, let perRow): rows.pairs / perRow
    case .conditioned(let rows, _): rows.pairs
    }
  }

  /// Bytes this input holds in memory.
  public var bytes: Int {
    switch self {
    case .dense(let rows): rows.count * 4
    case .sparse(let rows): rows.indices.count * 8 + rows.offsets.count * 8
    case .tokens(let pairs): pairs.rows * 4
    case .several(let rows, _): rows.bytes
    case .conditioned(let rows, let conditions): rows.bytes + conditions.bytes
    }
  }

  /// The input of pairs picked from several inputs of one kind, in the given order.
  ///
  /// Traps if a pick is out of range or the kinds differ.
  public static func gathered(_ picks: [(input: Int, pair: Int)], from inputs: [ModelInput])
    -> ModelInput
  {
    precondition(!inputs.isEmpty, "model input: nothing to gather from")
    switch inputs[0] {
    case .dense: return .dense(gatheredDense(picks, inputs))
    case .sparse: return .sparse(gatheredSparse(picks, inputs))
    case .tokens: return .tokens(gatheredTokens(picks, inputs))
    case .several(_, let perRow):
      let all = picks.flatMap { pick in
        (0..<perRow).map { (pick.input, pick.pair * perRow + $0) }
      }
      return .several(gathered(all, from: inputs.map(\.bare)), perRow: perRow)
    case .conditioned:
      return .conditioned(
        gathered(picks, from: inputs.map(\.bare)),
        PairConditions.gathered(picks, from: inputs.map(\.told)))
    }
  }

  private static func gatheredTokens(_ picks: [(input: Int, pair: Int)], _ inputs: [ModelInput])
    -> TokenPairs
  {
    let sources: [TokenPairs] = inputs.map { input in
      guard case .tokens(let pairs) = input else {
        preconditionFailure("model input: tokens and other rows mixed")
      }
      return pairs
    }
    let perRow = sources[0].perRow
    return TokenPairs(
      picks.flatMap { sources[$0.input].pairs[$0.pair * perRow..<($0.pair + 1) * perRow] },
      perRow: perRow, chosenOnly: sources[0].chosenOnly)
  }

  private static func gatheredDense(_ picks: [(input: Int, pair: Int)], _ inputs: [ModelInput])
    -> Tensor
  {
    let sources: [Tensor] = inputs.map { input in
      guard case .dense(let rows) = input else {
        preconditionFailure("model input: dense and sparse rows mixed")
      }
      return rows
    }
    return .gathered(picks, from: sources, each: 2)
  }

  private static func gatheredSparse(_ picks: [(input: Int, pair: Int)], _ inputs: [ModelInput])
    -> SparseMatrix
  {
    let sources: [SparseMatrix] = inputs.map { input in
      guard case .sparse(let rows) = input else {
        preconditionFailure("model input: dense and sparse rows mixed")
      }
      return rows
    }
    return SparseMatrix.gathered(
      picks.flatMap { [($0.input, 2 * $0.pair), ($0.input, 2 * $0.pair + 1)] }, from: sources)
  }

  /// Pairs `range`, sharing memory where rows are dense.
  public func pairs(_ range: Range<Int>) -> ModelInput {
    switch self {
    case .dense(let rows): .dense(rows.rows(2 * range.lowerBound..<2 * range.upperBound))
    case .sparse: ModelInput.gathered(range.map { (0, $0) }, from: [self])
    case .tokens(let pairs):
      .tokens(
        TokenPairs(
          Array(
            pairs.pairs[range.lowerBound * pairs.perRow..<range.upperBound * pairs.perRow]),
          perRow: pairs.perRow, chosenOnly: pairs.chosenOnly))
    case .several(let rows, let perRow):
      .several(
        rows.pairs(range.lowerBound * perRow..<range.upperBound * perRow), perRow: perRow)
    case .conditioned(let rows, let conditions):
      .conditioned(rows.pairs(range), conditions.pairs(range))
    }
  }
}

extension Tensor {
  /// The rows of items picked from several matrices of one width, in the given order, where an item has `each` rows.
  ///
  /// Traps if a pick is out of range.
  static func gathered(_ picks: [(input: Int, pair: Int)], from sources: [Tensor], each: Int)
    -> Tensor
  {
    let width = sources[0].shape[1]
    var result = Tensor(uninitialized: [each * picks.count, width])
    let out = unsafe result.mutablePointer()
    var start = 0
    // Picks come in runs from one input: each run is one gather.
    while start < picks.count {
      let input = picks[start].input
      var items: [Int32] = []
      items.reserveCapacity(picks.count - start)
      while start + items.count < picks.count, picks[start + items.count].input == input {
        items.append(Int32(picks[start + items.count].pair))
      }
      let source = sources[input]
      let limit = source.shape[0] / each
      precondition(
        items.allSatisfy { $0 >= 0 && Int($0) < limit }, "model input: a pair is out of range")
      unsafe Tensor.gatherRows(
        items, of: source, length: each * width, into: unsafe out + each * start * width)
      start += items.count
    }
    return result
  }
}
