internal import PairwiseAutodiff
public import PairwiseData
public import PairwiseModels
internal import PairwiseObjectives
internal import PairwiseTensor

/// Some pairs ready for a model: its input, and the columns the objective asked for.
public struct Batch: Sendable {
  public var input: ModelInput
  /// Each of length `count`, or `[count, K]` row by row.
  public var columns: [PairColumn: [Float]]
  /// Columns that objectives read as matrices, be they one number wide.
  public var matrices: Set<PairColumn> = []
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
    var part = Batch(
      input: input.pairs(range),
      columns: columns.mapValues { values in
        let width = values.count / count
        return Array(values[range.lowerBound * width..<range.upperBound * width])
      }, rows: Array(rows[range]))
    part.matrices = matrices
    return part
  }

  /// What the reduction needs to know of the whole batch.
  func totals(for objective: any Objective) -> BatchTotals {
    var totals = BatchTotals(pairs: count, weights: columns[.weight].map { Tensor($0) })
    for name in objective.totals {
      if let values = constant(name) { totals.sums[name] = values.reduce(0) { $0 + Double($1) } }
    }
    return totals
  }

  /// Inputs that come from the data but are no columns of it: what is counted in its texts.
  static let counted: Set<InputName> = [
    .chosenLength, .rejectedLength, .chosenMask, .rejectedMask,
  ]

  /// An input that is known before the model computes anything, `[n]`.
  private func constant(_ name: InputName) -> [Float]? {
    if let values = columns[PairColumn(name.text)] { return values }
    guard case .tokens(let pairs) = input else { return nil }
    switch name {
    case .chosenLength: return pairs.pairs.map { Float($0.chosen.count) }
    case .rejectedLength: return pairs.pairs.map { Float($0.rejected.count) }
    default: return nil
    }
  }

  /// Tokens as two separate sequences a pair would have them; 0 without tokens.
  var tokens: Int {
    guard case .tokens(let pairs) = input else { return 0 }
    return pairs.unsharedTokens
  }

  /// What the objective computes with, from what the model gave for this batch.
  func objectiveInputs(_ output: ModelOutput) -> ObjectiveInputs {
    var inputs = ObjectiveInputs()
    switch output {
    case .scores(let scores):
      inputs[.chosenScores] = scores.strided(from: 0, by: 2)
      inputs[.rejectedScores] = scores.strided(from: 1, by: 2)
    case .completions(let completions):
      inputs[.policyChosenLogps] = completions.logps.strided(from: 0, by: 2)
      inputs[.policyRejectedLogps] = completions.logps.strided(from: 1, by: 2)
      let lengths = completions.lengths
      func every(_ start: Int) -> Variable {
        let values = stride(from: start, to: lengths.count, by: 2).map { lengths[$0] }
        return Variable(constant: Tensor(values))
      }
      inputs[.chosenLength] = every(0)
      inputs[.rejectedLength] = every(1)
    }
    for (column, values) in columns {
      let width = values.count / count
      let isVector = width == 1 && !matrices.contains(column)
      inputs[InputName(column.rawValue)] = Variable(
        constant: isVector ? Tensor(values) : Tensor([count, width], values))
    }
    return inputs
  }
}

extension TokenStatistics {
  /// Adds the figures that TRL logs of a policy: means over tokens.
  ///
  /// `entropy` runs over all scored tokens of both sides, `mean_token_accuracy` over the chosen ones,
  /// `logits/*` over each side's.
  func measure(into sums: inout MetricSums) {
    var entropy = 0.0
    for value in entropies { entropy += Double(value) }
    sums.mean("entropy", sum: entropy, count: entropies.count)
    var (best, count) = (0.0, (chosen: 0, rejected: 0))
    var logits = (chosen: 0.0, rejected: 0.0)
    for sequence in 0..<offsets.count - 1 {
      for token in Int(offsets[sequence])..<Int(offsets[sequence + 1]) {
        if sequence % 2 == 0 {
          best += Double(isBest[token])
          logits.chosen += Double(meanLogits[token])
          count.chosen += 1
        } else {
          logits.rejected += Double(meanLogits[token])
          count.rejected += 1
        }
      }
    }
    sums.mean("mean_token_accuracy", sum: best, count: count.chosen)
    sums.mean("logits/chosen", sum: logits.chosen, count: count.chosen)
    sums.mean("logits/rejected", sum: logits.rejected, count: count.rejected)
  }
}
