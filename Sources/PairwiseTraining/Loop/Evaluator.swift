internal import PairwiseAutodiff
public import PairwiseData
public import PairwiseEvaluation
public import PairwiseModels
internal import PairwiseNN
public import PairwiseObjectives
public import PairwiseTensor

/// Rewards of a whole set of pairs and what an objective makes of them.
public struct Evaluated: Sendable {
  /// Rewards as the objective defines them, those of `rewards/*`: `[n]` each, in the order of the set; of
  /// single completions the desirable and the undesirable ones.
  public var chosen: [Float] { rewards?.chosen ?? scores.chosen }
  public var rejected: [Float] { rewards?.rejected ?? scores.rejected }
  /// What `score` gives for the same: scores of a reward model, or scale·log-ratio of a policy.
  public internal(set) var scores = SideRewards()
  /// Nil of objectives that have none.
  var rewards: SideRewards?
  /// The objective's loss with the whole set as one batch.
  public var loss: Double
  public var metrics: MetricSums
  /// Scores of slates, best first; empty of pairs.
  var slates: [ScoredSlate] = []
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
    var result = Evaluated(loss: 0, metrics: MetricSums())
    result.metrics.keepPairs()
    var loss = LossSum()
    let need = ReferenceNeed(objective)
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
          wantsStatistics: true, wantsSquares: need.wantsSquares,
          reference: beside?.states))
      try check(output.variable.value, batch)
      let inputs = completed(
        batch.objectiveInputs(output, objective.inputs, beside), objective, model, state,
        first: start)
      if objective.isBatchDependent {
        together.append(inputs)
      } else {
        objective.value(inputs, of: totals).add(to: &loss)
        objective.measure(inputs, into: &result.metrics)
      }
      if case .completions(let completions) = output {
        batch.figures(completions.statistics)?.measure(into: &result.metrics)
      }
      result.slates += batch.slates(inputs)
      if case .scores(let output) = output { result.measure(output, batch.input.told) }
      result.metrics.nextMicrobatch()
      result.append(output, inputs, batch, scale: Float(objective.rewardScale ?? 1))
      start += batch.count
    }
    if let model = model as? any RewardModel {
      for (name, value) in model.figures { result.metrics.mean(name, sum: value, count: 1) }
    }
    if !together.isEmpty {
      let whole = completed(
        ObjectiveInputs(concatenating: together, on: nil, leaves: []), objective, model, state,
        first: 0)
      objective.value(whole, of: totals).add(to: &loss)
      objective.measure(whole, into: &result.metrics)
    }
    result.loss = loss.value
    if !objective.trainsPolicy { result.metrics.add(totals) }
    result.metrics.compareRanks(by: RankCorrelation.spearman)
    if let own = result.metrics.rewards, own.chosen.count == result.scores.chosen.count {
      result.rewards = own
    }
    if pairs.plan.isUnpaired {
      let area = AreaUnderCurve(
        above: result.chosen.map { Double($0) }, below: result.rejected.map { Double($0) })
      if let area { result.metrics.mean("auc", sum: area.value, count: 1) }
      return result
    }
    // The objective's own share of wins: its rewards need not be those of summed log-probs.
    guard let accuracy = result.metrics["accuracy"] ?? result.metrics["rewards/accuracies"] else {
      return result
    }
    // Ties have no winner to be right about.
    let decided = 1 - (result.metrics["tie_rate_observed"] ?? 0)
    let pairs = Int((decided * Double(result.chosen.count)).rounded())
    let wins = Int((accuracy * Double(pairs)).rounded())
    result.accuracyInterval = try? Interval.wilson(successes: wins, of: pairs)
    return result
  }

  /// The inputs with the objective's state, and noise that is the same in every evaluation.
  private static func completed(
    _ inputs: ObjectiveInputs, _ objective: any Objective, _ model: any Model,
    _ state: [InputName: Tensor], first: Int
  ) -> ObjectiveInputs {
    var all = inputs.completed(for: objective, state: state) { name, count in
      var random = CounterRandom(
        seed: 0, stream: "evaluation.\(name)", position: UInt64(first))
      return (0..<count).map { _ in Float(random.uniform()) }
    }
    all.addLearned(of: objective, model.store, on: nil)
    return all
  }

  /// Pairs and weights of the whole set, which the reduction needs before the first batch.
  private static func totals(of pairs: PairSet, _ objective: any Objective) throws(DataError)
    -> BatchTotals
  {
    func sum(_ name: InputName) throws(DataError) -> Double? {
      let columns = name.columns.filter(pairs.columns.contains)
      return try Evaluator.sum(of: columns, of: pairs) { objective.total(of: name, Tensor($0)) }
    }
    var totals = BatchTotals(
      pairs: pairs.count, weight: try sum(.weight) ?? Double(pairs.count))
    for name in objective.totals {
      totals.sums[name] =
        try sum(name)
        ?? pairs.lengths.reduce(0) { $0 + Double($1.length(name) ?? 0) }
    }
    return totals
  }

  /// What columns add up to over the whole set, read in blocks; nil without columns.
  private static func sum(
    of columns: [PairColumn], of pairs: PairSet, _ total: ([Float]) -> Double
  ) throws(DataError) -> Double? {
    if columns.isEmpty { return nil }
    var (sum, start) = (0.0, 0)
    while start < pairs.count {
      let end = min(pairs.count, start + 65_536)
      let rows = (start..<end).map { pairs.rows[$0] }
      let block = try pairs.source.read(rows, PairNeeds(columns: Set(columns)))
      for column in columns { sum += block.columns[column].map(total) ?? 0 }
      start = end
    }
    return sum
  }

  private static func check(_ scores: Tensor, _ batch: Batch) throws(DataError) {
    guard let index = scores.firstNonFinite else { return }
    throw DataError(
      .invalid, file: "model", place: "data row \(batch.rows[index / 2])",
      "gives a score that is not finite")
  }
}

extension Evaluated {
  /// How often those are right whom the training pairs have (`accuracy_known`), and others (`accuracy_new`), of models
  /// that go by names.
  fileprivate mutating func measure(_ output: RewardOutput, _ told: PairConditions) {
    guard let pairs = told.ids.values.first?.count else { return }
    let margins = ScoredPairs(output.firstPairs(of: output.scores.shape[0] / pairs)).judged.margins
    let isNew = (0..<pairs).map { pair in told.ids.values.contains { $0[pair] < 0 } }
    for (name, side) in [("accuracy_known", false), ("accuracy_new", true)] {
      let own = margins.indices.filter { isNew[$0] == side }
      metrics.mean(name, sum: Double(own.count { margins[$0] > 0 }), count: own.count)
    }
  }

  /// Adds the scores of a batch: those of a reward model, or scale·log-ratio of a policy.
  fileprivate mutating func append(
    _ output: ModelOutput, _ inputs: ObjectiveInputs, _ batch: Batch, scale: Float
  ) {
    switch output {
    case .completions where batch.plan.isUnpaired:
      let policy = inputs[.policyLogps].value.array
      // Without a reference there is the policy alone.
      let reference = inputs.optional(.refLogps)?.value.array ?? policy.map { _ in 0 }
      for (label, ratio) in zip(batch.columns[.label] ?? [], zip(policy, reference)) {
        let reward = scale * (ratio.0 - ratio.1)
        if label == 1 { scores.chosen.append(reward) } else { scores.rejected.append(reward) }
      }
    case .scores(let output):
      let judged = ScoredPairs(output.firstPairs(of: output.scores.shape[0] / batch.count)).judged
      scores.chosen += judged.chosen
      scores.rejected += judged.rejected
    // Completions side by side: none is chosen.
    case .completions where batch.plan.isSampled: return
    case .completions:
      scores.chosen += inputs.chosenLogRatio.value.array.map { scale * $0 }
      let ratios = inputs.rejectedLogRatio.value
      // Of several rejected completions the mean.
      let several = ratios.count / max(1, batch.count)
      let values = ratios.array
      scores.rejected += (0..<batch.count).map { row in
        let sum = values[row * several..<(row + 1) * several].reduce(0, +)
        return several == 1 ? scale * sum : scale * sum / Float(several)
      }
    }
  }
}
