internal import PairwiseAutodiff
public import PairwiseData
public import PairwiseEvaluation
public import PairwiseModels
internal import PairwiseNN
public import PairwiseObjectives
public import PairwiseTensor

/// Scores (of a policy: its implicit rewards) of a whole set of pairs and what an objective makes of them.
public struct Evaluated: Sendable {
  /// `[n]`, in the order of the set.
  public var chosen: [Float]
  public var rejected: [Float]
  /// The objective's loss with the whole set as one batch.
  public var loss: Double
  public var metrics: MetricSums
  /// 95 % Wilson interval of the accuracy; nil if the objective compares nothing.
  public var accuracyInterval: Interval?
}

/// Scores pairs in batches. Nothing it returns depends on the batch size.
public enum Evaluator {
  /// Scores and figures of all pairs of a set.
  ///
  /// - Parameter state: what the objective carries from batch to batch.
  /// - Throws: what reading throws, or a score that is not finite, with its row.
  public static func evaluate(
    _ model: any Model, _ pairs: PairSet, objective: any Objective,
    state: [InputName: Tensor] = [:], batchSize: Int
  ) throws(DataError) -> Evaluated {
    try evaluate(
      model, pairs, objective: objective, state: state, reference: nil, batchSize: batchSize)
  }

  /// The same with a reference that runs beside the model.
  static func evaluate(
    _ model: any Model, _ pairs: PairSet, objective: any Objective,
    state: [InputName: Tensor], reference: LiveReference?, batchSize: Int
  ) throws(DataError) -> Evaluated {
    var result = Evaluated(chosen: [], rejected: [], loss: 0, metrics: MetricSums())
    var loss = LossSum()
    let totals = try totals(of: pairs, objective)
    // Of objectives that see the whole batch, here the whole set.
    var together: [ObjectiveInputs] = []
    var start = 0
    let size = min(batchSize, pairs.mostAtOnce)
    while start < pairs.count {
      let batch = try pairs.read(Array(start..<min(pairs.count, start + size)))
      let beside = reference?.output(batch.input)
      let output = model.forward(
        batch.input, Weights(model.store),
        ForwardPass(
          wantsStatistics: true, wantsSquares: reference?.need.wantsSquares ?? false,
          reference: beside?.states))
      try check(output.variable.value, batch)
      let inputs = completed(
        batch.objectiveInputs(output, objective.inputs, beside), objective, state, first: start)
      if objective.isBatchDependent {
        together.append(inputs)
      } else {
        objective.value(inputs, of: totals).add(to: &loss)
        objective.measure(inputs, into: &result.metrics)
      }
      if case .completions(let completions) = output {
        completions.statistics?.measure(into: &result.metrics)
      }
      result.metrics.nextMicrobatch()
      result.append(output, inputs, scale: Float(objective.rewardScale ?? 1))
      start += batch.count
    }
    if !together.isEmpty {
      let whole = completed(
        ObjectiveInputs(concatenating: together, on: nil, leaves: []), objective, state, first: 0)
      objective.value(whole, of: totals).add(to: &loss)
      objective.measure(whole, into: &result.metrics)
    }
    result.loss = loss.value
    let wins = zip(result.chosen, result.rejected).count { $0 > $1 }
    guard result.metrics["accuracy"] != nil || result.metrics["rewards/accuracies"] != nil else {
      return result
    }
    result.accuracyInterval = try? Interval.wilson(successes: wins, of: result.chosen.count)
    return result
  }

  /// The inputs with the objective's state, and noise that is the same in every evaluation.
  private static func completed(
    _ inputs: ObjectiveInputs, _ objective: any Objective, _ state: [InputName: Tensor], first: Int
  ) -> ObjectiveInputs {
    inputs.completed(for: objective, state: state) { name, count in
      var random = CounterRandom(
        seed: 0, stream: "evaluation.\(name)", position: UInt64(first))
      return (0..<count).map { _ in Float(random.uniform()) }
    }
  }

  /// Pairs and weights of the whole set, which the reduction needs before the first batch.
  private static func totals(of pairs: PairSet, _ objective: any Objective) throws(DataError)
    -> BatchTotals
  {
    var totals = try totals(of: pairs)
    if objective.totals.contains(.chosenLength) {
      totals.sums[.chosenLength] = pairs.lengths.reduce(0) { $0 + Double($1.chosen) }
    }
    return totals
  }

  private static func totals(of pairs: PairSet) throws(DataError) -> BatchTotals {
    guard pairs.columns.contains(.weight) else {
      return BatchTotals(pairs: pairs.count, weight: Double(pairs.count))
    }
    var sum = 0.0
    var start = 0
    while start < pairs.count {
      let end = min(pairs.count, start + 65_536)
      let rows = (start..<end).map { pairs.rows[$0] }
      let block = try pairs.source.read(rows, PairNeeds(columns: [.weight]))
      for weight in block.columns[.weight] ?? [] { sum += Double(weight) }
      start = end
    }
    return BatchTotals(pairs: pairs.count, weight: sum)
  }

  private static func check(_ scores: Tensor, _ batch: Batch) throws(DataError) {
    guard let index = scores.firstNonFinite else { return }
    throw DataError(
      .invalid, file: "model", place: "data row \(batch.rows[index / 2])",
      "gives a score that is not finite")
  }
}

extension Evaluated {
  /// Adds the scores of a batch: those of a reward model, or scale·log-ratio of a policy.
  fileprivate mutating func append(
    _ output: ModelOutput, _ inputs: ObjectiveInputs, scale: Float
  ) {
    switch output {
    case .scores:
      chosen += inputs.chosenScores.value.array
      rejected += inputs.rejectedScores.value.array
    case .completions:
      chosen += inputs.chosenLogRatio.value.array.map { scale * $0 }
      rejected += inputs.rejectedLogRatio.value.array.map { scale * $0 }
    }
  }
}
