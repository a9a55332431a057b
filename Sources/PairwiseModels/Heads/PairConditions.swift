public import PairwiseAutodiff
public import PairwiseData
public import PairwiseTensor

/// What a model is told about n pairs besides their completions: whose judgement it is, by which criterion.
public struct PairConditions: Sendable {
  /// Place of each pair's name in the list of names that the model knows, −1 for a new one: `[n]`.
  public var ids: [PairColumn: [Int32]] = [:]
  /// Numbers of each pair, `[n, W]`.
  public var numbers: [PairColumn: Tensor] = [:]
  /// The prompts alone, a row a pair.
  public var prompts: PromptRows?
  /// Labelled pairs of whoever judged.
  public var context: PairContext?

  public init() {}

  var bytes: Int {
    ids.values.reduce(0) { $0 + 4 * $1.count } + numbers.values.reduce(0) { $0 + 4 * $1.count }
      + (prompts?.bytes ?? 0) + (context?.rows.bytes ?? 0)
  }

  /// Conditions of pairs picked from several inputs of one kind, in the given order.
  static func gathered(_ picks: [(input: Int, pair: Int)], from parts: [PairConditions])
    -> PairConditions
  {
    var result = PairConditions()
    for column in parts[0].ids.keys {
      let sources = parts.map { $0.ids[column] ?? [] }
      result.ids[column] = picks.map { sources[$0.input][$0.pair] }
    }
    for column in parts[0].numbers.keys {
      let sources = parts.compactMap { $0.numbers[column] }
      result.numbers[column] = .gathered(picks, from: sources, each: 1)
    }
    if parts[0].prompts != nil {
      result.prompts = PromptRows.gathered(picks, from: parts.compactMap(\.prompts))
    }
    if parts[0].context != nil {
      result.context = PairContext.gathered(picks, from: parts.compactMap(\.context))
    }
    return result
  }

  func pairs(_ range: Range<Int>) -> PairConditions {
    PairConditions.gathered(range.map { (0, $0) }, from: [self])
  }
}

/// What a model reads of n prompts, a row each.
public enum PromptRows: Sendable {
  /// `[n, D]`
  case dense(Tensor)
  case sparse(SparseMatrix)
  /// Token ids, at least one of each.
  case tokens([[Int32]])

  var bytes: Int {
    switch self {
    case .dense(let rows): 4 * rows.count
    case .sparse(let rows): rows.indices.count * 8 + rows.offsets.count * 8
    case .tokens(let texts): texts.reduce(0) { $0 + 4 * $1.count }
    }
  }

  static func gathered(_ picks: [(input: Int, pair: Int)], from parts: [PromptRows]) -> PromptRows {
    switch parts[0] {
    case .dense:
      let sources = parts.map { part in
        guard case .dense(let rows) = part else {
          preconditionFailure("prompts: dense and sparse rows mixed")
        }
        return rows
      }
      return .dense(.gathered(picks, from: sources, each: 1))
    case .sparse:
      let sources = parts.map { part in
        guard case .sparse(let rows) = part else {
          preconditionFailure("prompts: dense and sparse rows mixed")
        }
        return rows
      }
      return .sparse(SparseMatrix.gathered(picks.map { ($0.input, $0.pair) }, from: sources))
    case .tokens:
      let sources = parts.map { part in
        guard case .tokens(let texts) = part else {
          preconditionFailure("prompts: tokens and other rows mixed")
        }
        return texts
      }
      return .tokens(picks.map { sources[$0.input][$0.pair] })
    }
  }
}

/// Labelled pairs that tell a model who judges: `offsets[i] ..< offsets[i + 1]` are those of pair i.
public struct PairContext: Sendable {
  /// Input of the labelled pairs, the preferred completion of each first.
  public var rows: ModelInput
  /// `[n + 1]`
  public var offsets: [Int32]

  public init(rows: ModelInput, offsets: [Int32]) {
    (self.rows, self.offsets) = (rows, offsets)
  }

  static func gathered(_ picks: [(input: Int, pair: Int)], from parts: [PairContext]) -> PairContext
  {
    var offsets: [Int32] = [0]
    var rows: [(input: Int, pair: Int)] = []
    for pick in picks {
      let part = parts[pick.input]
      let range = Int(part.offsets[pick.pair])..<Int(part.offsets[pick.pair + 1])
      rows += range.map { (pick.input, $0) }
      offsets.append(Int32(rows.count))
    }
    return PairContext(
      rows: ModelInput.gathered(rows, from: parts.map(\.rows)), offsets: offsets)
  }
}

extension SparseMatrix {
  /// Rows picked from several matrices of one width, in the given order.
  static func gathered(_ picks: [(input: Int, row: Int)], from sources: [SparseMatrix])
    -> SparseMatrix
  {
    var offsets: [Int64] = [0]
    var indices: [Int32] = []
    var values: [Float] = []
    offsets.reserveCapacity(picks.count + 1)
    for pick in picks {
      let source = sources[pick.input]
      let range = Int(source.offsets[pick.row])..<Int(source.offsets[pick.row + 1])
      indices.append(contentsOf: source.indices[range])
      values.append(contentsOf: source.values[range])
      offsets.append(Int64(indices.count))
    }
    return SparseMatrix(
      offsets: offsets, indices: indices, values: values, width: sources[0].width)
  }
}
