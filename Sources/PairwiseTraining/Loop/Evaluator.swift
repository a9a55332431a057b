internal import PairwiseAutodiff
public import PairwiseData
public import PairwiseEvaluation
public import PairwiseModels
internal import PairwiseNN
public import PairwiseObjectives
internal import PairwiseTensor

/// Scores of a whole set of pairs and what an objective makes of them.
public struct Evaluated: Sendable {
  /// `[n]`, in the order of the set.
  public var chosen: [Float]
  public var rejected: [Float]
  /// The objective's loss with the whole set as one batch.
  public var loss: Double
  public var metrics: MetricSums
  /// 95 % Wilson interval of the accuracy.
  public var accuracyInterval: Interval?
}

/// Scores pairs in batches. Nothing it returns depends on the batch size.
public enum Evaluator {
  /// Scores and figures of all pairs of a set.
  ///
  /// - Throws: what reading throws, or a score that is not finite, with its row.
  public static func evaluate(
    _ model: any RewardModel, _ pairs: PairSet, objective: any Objective, batchSize: Int
  ) throws(DataError) -> Evaluated {
    var result = Evaluated(chosen: [], rejected: [], loss: 0, metrics: MetricSums())
    var loss = LossSum()
    let totals = try totals(of: pairs)
    var start = 0
    while start < pairs.count {
      let batch = try pairs.read(Array(start..<min(pairs.count, start + batchSize)))
      let scores = model.scores(batch.input, Weights(model.store), dropout: nil)
      try check(scores.value, batch)
      let inputs = batch.objectiveInputs(scores: scores)
      objective.value(inputs, of: totals).add(to: &loss)
      objective.measure(inputs, into: &result.metrics)
      result.metrics.nextMicrobatch()
      scores.value.withSpan { span in
        for pair in 0..<batch.count {
          result.chosen.append(span[2 * pair])
          result.rejected.append(span[2 * pair + 1])
        }
      }
      start += batch.count
    }
    result.loss = loss.value
    let wins = zip(result.chosen, result.rejected).count { $0 > $1 }
    result.accuracyInterval = try? Interval.wilson(successes: wins, of: result.chosen.count)
    return result
  }

  /// Pairs and weights of the whole set, which the reduction needs before the first batch.
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
