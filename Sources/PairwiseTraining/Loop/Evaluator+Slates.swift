internal import PairwiseAutodiff
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseObjectives
internal import PairwiseTensor

extension Batch {
  /// Scores of each row's slate in the order that the data rank it in; empty of pairs.
  func slates(_ inputs: ObjectiveInputs) -> [ScoredSlate] {
    guard let most = plan.slate, let scores = inputs.optional(.slateScores)?.value.array else {
      return []
    }
    let orders = PairBlock(rows: rows, columns: columns).slateOrders(of: most)
    return orders.enumerated().map { row, order in
      ScoredSlate(scores[row * most..<(row + 1) * most], order)
    }
  }
}

extension ScoredSlate {
  /// Scores best first, of which those count that the slate has.
  init(_ scores: ArraySlice<Float>, _ order: SlateOrder) {
    self.init(
      scores: scores.prefix(order.count).map { Double($0) }, known: order.ordered,
      tieLevels: order.tieLevels)
  }
}

extension SlateReport {
  /// For the table at the end of a run.
  var figures: [(name: String, value: Double, low: Double?, high: Double?)] {
    let all: [(String, Double?, Interval?)] = [
      ("accuracy", pairAccuracy, pairInterval), ("best of the slate", topAccuracy, topInterval),
      ("Kendall's tau", tau, tauInterval),
      ("log-likelihood", logLikelihood, logLikelihoodInterval),
    ]
    return all.compactMap { name, value, interval in
      value.map { (name, $0, interval?.low, interval?.high) }
    }
  }
}
