internal import PairwiseAutodiff
public import PairwiseData
public import PairwiseModels
public import PairwiseObjectives
internal import PairwiseTensor

/// Some pairs ready for a model: its input, and the columns the objective asked for.
public struct Batch: Sendable {
  public var input: ModelInput
  /// Each of length `count`.
  public var columns: [PairColumn: [Float]]
  /// Row of each pair in its source, for messages.
  public var rows: [Int]

  public init(input: ModelInput, columns: [PairColumn: [Float]], rows: [Int]) {
    self.input = input
    self.columns = columns
    self.rows = rows
  }

  public var count: Int { rows.count }

  /// A run of its pairs.
  public func pairs(_ range: Range<Int>) -> Batch {
    if range == 0..<count { return self }
    return Batch(
      input: input.pairs(range), columns: columns.mapValues { Array($0[range]) },
      rows: Array(rows[range]))
  }

  /// The weights of all pairs as the reduction needs them.
  public var totals: BatchTotals {
    BatchTotals(pairs: count, weights: columns[.weight].map { Tensor($0) })
  }

  /// What the objective computes with, from scores `[2n]` of this batch's rows.
  func objectiveInputs(scores: Variable) -> ObjectiveInputs {
    var inputs = ObjectiveInputs()
    inputs[.chosenScores] = scores.strided(from: 0, by: 2)
    inputs[.rejectedScores] = scores.strided(from: 1, by: 2)
    for (column, values) in columns {
      inputs[InputName(column.rawValue)] = Variable(constant: Tensor(values))
    }
    return inputs
  }
}
