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
  /// Which inputs its sequences give.
  var plan = SequencePlan.pairs
  /// Positions of each slate's candidates, best first, `[count, n]`; nil: as they lie.
  var ranking: [Float]?
  /// Log-probs under the reference token by token, where they were computed before.
  var referenceTokens: TokenRuns?

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
    (part.matrices, part.plan) = (matrices, plan)
    part.ranking = ranking.map { ranking in
      let width = ranking.count / count
      return Array(ranking[range.lowerBound * width..<range.upperBound * width])
    }
    part.referenceTokens = referenceTokens?.selecting(range)
    return part
  }

  /// Every pair two times in a row.
  var twice: Batch {
    .gathered((0..<count).flatMap { [(0, $0), (0, $0)] }, from: [self])
  }

  /// What the reduction needs to know of the whole batch.
  func totals(for objective: any Objective) -> BatchTotals {
    objective.batchTotals(pairs: count, weights: columns[.weight].map { Tensor($0) }) { name in
      name == .ratings ? ratings : constant(name).map { Tensor($0) }
    }
  }

  /// Ratings of the completions, `[2n, K]`, as the rows of a model's input lie.
  private var ratings: Tensor? {
    let sides = PairColumn.ratings.compactMap { columns[$0] }
    guard sides.count == 2, sides[0].count == sides[1].count else { return nil }
    let width = sides[0].count / count
    return Tensor(
      [2 * count, width],
      (0..<count).flatMap { row in
        sides.flatMap { $0[row * width..<(row + 1) * width] }
      })
  }

  /// An input that is known before the model computes anything, `[n]`.
  private func constant(_ name: InputName) -> [Float]? {
    if let values = columns[PairColumn(name.text)] { return values }
    guard case .tokens(let pairs) = input else { return nil }
    let lengths = (0..<pairs.count).map { pairs[$0].length(name).map { Float($0) } }
    return lengths.contains(nil) ? nil : lengths.compactMap(\.self)
  }

  /// The same rows without the sequences that are constants to the objective: for a pass that only wants
  /// gradients.
  var withoutConstants: Batch {
    guard plan.isMismatched, case .tokens(var pairs) = input else { return self }
    for row in 0..<pairs.count {
      pairs.pairs[row * pairs.perRow].rejected = []
      pairs.pairs[row * pairs.perRow].unscored.rejected = 0
    }
    var batch = self
    batch.input = .tokens(pairs)
    batch.plan.slots.removeAll { $0.logRatio != nil }
    return batch
  }

  /// Tokens as two separate sequences a pair would have them; 0 without tokens.
  var tokens: Int {
    guard case .tokens(let pairs) = input.bare else { return 0 }
    return pairs.unsharedTokens
  }

  /// What the objective computes with, from what the model gave for this batch.
  ///
  /// - Parameter states: whether hidden states are among them.
  func objectiveInputs(_ output: ModelOutput, states: Bool = false) -> ObjectiveInputs {
    var inputs = ObjectiveInputs()
    switch output {
    case .scores(let output): add(output, states: states, to: &inputs)
    case .completions(let completions): add(completions, to: &inputs)
    }
    for (column, values) in columns where column != .tieLevel {
      let width = values.count / count
      let isVector = width == 1 && !matrices.contains(column)
      inputs[InputName(column.rawValue)] = Variable(
        constant: isVector ? Tensor(values) : Tensor([count, width], values))
    }
    stack(&inputs)
    return inputs
  }

  /// Puts the inputs together whose columns are all there: `[B, R]`, and ratings row by row.
  func stack(_ inputs: inout ObjectiveInputs) {
    if let ratings { inputs[.ratings] = Variable(constant: ratings) }
    if let slate = plan.slate {
      // Best first, as they lie.
      let order = ranking ?? (0..<count).flatMap { _ in (0..<slate).map { Float($0) } }
      inputs[.ranking] = Variable(constant: Tensor([count, slate], order))
    }
    for (name, parts) in plan.stacks {
      let columns = parts.compactMap { inputs.optional($0)?.reshaped([count, 1]) }
      if columns.count == parts.count { inputs[name] = .concatenated(columns, axis: 1) }
    }
  }
}

extension Batch {
  /// Sequences of each row, as a model gives them.
  var sequencesPerRow: Int { input.sequencesPerRow }

  /// Values of both completions under the names that objectives give the two sides: `chosen_…` and
  /// `rejected_…`, or `a_…` and `b_…` of those that take either order; `…` alone is all rows.
  private func add(_ all: RewardOutput, states: Bool, to inputs: inout ObjectiveInputs) {
    let step = all.scores.shape[0] / count
    for (name, place) in plan.scores {
      inputs[name] = all.scores.strided(from: place, by: step)
    }
    let output = all.firstPairs(of: step)
    for (name, values) in output.rows.merging(["scores": output.scores], uniquingKeysWith: { $1 })
    where states || name != RewardOutput.states {
      let sides = (values.strided(from: 0, by: 2), values.strided(from: 1, by: 2))
      for (first, second) in InputName.sides {
        inputs[InputName("\(first)_\(name)")] = sides.0
        inputs[InputName("\(second)_\(name)")] = sides.1
      }
      if name != "scores" && name != RewardOutput.states { inputs[InputName(name)] = values }
    }
    for (name, values) in output.pairs { inputs[InputName(name)] = values }
  }

  private func add(_ completions: CompletionLogps, to inputs: inout ObjectiveInputs) {
    let step = sequencesPerRow
    for slot in plan.slots {
      let logps = completions.logps.strided(from: slot.place, by: step)
      if let name = slot.logRatio {
        // Without the reference, as while it is being computed, there is no ratio yet.
        inputs[slot.policy] = Variable(constant: logps.value)
        if let reference = columns[PairColumn(slot.reference.text)] {
          let ratios = zip(logps.value.array, reference).map { $0 - $1 }
          inputs[name] = Variable(constant: Tensor(ratios))
        }
        continue
      }
      inputs[slot.policy] = logps
      guard let name = slot.length else { continue }
      let lengths = stride(from: slot.place, to: completions.lengths.count, by: step).map {
        completions.lengths[$0]
      }
      inputs[name] = Variable(constant: Tensor(lengths))
    }
  }

  /// What a model says about the tokens of this batch, with the side that each sequence counts for.
  func figures(_ statistics: TokenStatistics?) -> TokenFigures? {
    guard let statistics else { return nil }
    var roles = [SequencePlan.Role](repeating: .none, count: statistics.offsets.count - 1)
    let labels = columns[.label]
    for slot in plan.slots {
      for row in 0..<count {
        let sequence = row * sequencesPerRow + slot.place
        guard sequence < roles.count else { continue }
        roles[sequence] =
          slot.role == .labelled ? (labels?[row] == 1 ? .chosen : .rejected) : slot.role
      }
    }
    return TokenFigures(
      statistics: statistics, roles: roles, isUnpaired: plan.isUnpaired)
  }
}

/// Figures about the tokens of some sequences, each of them chosen, rejected, or not counted.
struct TokenFigures {
  let statistics: TokenStatistics
  let roles: [SequencePlan.Role]
  let isUnpaired: Bool

  /// Adds the figures that TRL logs of a policy: means over tokens.
  ///
  /// `entropy` runs over all scored tokens of both sides, `mean_token_accuracy` over the chosen ones of
  /// pairs, `logits/*` over each side's.
  func measure(into sums: inout MetricSums) {
    var (entropy, best, count) = (0.0, 0.0, (chosen: 0, rejected: 0))
    var logits = (chosen: 0.0, rejected: 0.0)
    for (sequence, role) in roles.enumerated() where role != .none {
      let (start, end) = (statistics.offsets[sequence], statistics.offsets[sequence + 1])
      for token in Int(start)..<Int(end) {
        entropy += Double(statistics.entropies[token])
        if role == .chosen {
          best += Double(statistics.isBest[token])
          logits.chosen += Double(statistics.meanLogits[token])
          count.chosen += 1
        } else {
          logits.rejected += Double(statistics.meanLogits[token])
          count.rejected += 1
        }
      }
    }
    sums.mean("entropy", sum: entropy, count: count.chosen + count.rejected)
    if !isUnpaired { sums.mean("mean_token_accuracy", sum: best, count: count.chosen) }
    sums.mean("logits/chosen", sum: logits.chosen, count: count.chosen)
    sums.mean("logits/rejected", sum: logits.rejected, count: count.rejected)
  }
}
