internal import PairwiseAutodiff
internal import PairwiseTensor

/// What a policy is judged by, of n pairs, each `[n]`: rewards as its objective defines them, log-probs
/// and log-ratios in nats.
struct PolicyFigures {
  var chosenRewards: Tensor
  var rejectedRewards: Tensor
  var chosenLogps: Tensor
  var rejectedLogps: Tensor
  var chosenRatios: Tensor
  var rejectedRatios: Tensor

  /// From two sides token by token.
  ///
  /// - Parameters:
  ///   - rewards: of both sides, `[n]`.
  ///   - weight: the log-ratios and log-probs that are shown, from those of the tokens; nil: their sums.
  init(
    _ chosen: TokenSide, _ rejected: TokenSide, rewards: (chosen: Variable, rejected: Variable)
  ) {
    (chosenRewards, rejectedRewards) = (rewards.chosen.value, rewards.rejected.value)
    (chosenLogps, rejectedLogps) = (chosen.logps.sumRows().value, rejected.logps.sumRows().value)
    chosenRatios = chosen.ratios.sumRows().value
    rejectedRatios = rejected.ratios.sumRows().value
  }
}

extension MetricSums {
  /// Adds the figures of every policy: `rewards/*`, `logps/*`, `ranking_accuracy`, `logratio/*`.
  ///
  /// `rewards/accuracies` counts strictly greater, so equal rewards count as wrong, as in TRL.
  /// `ranking_accuracy` is the share of pairs with log-prob chosen ≥ rejected.
  mutating func add(_ f: PolicyFigures) {
    keep(chosen: f.chosenRewards.array, rejected: f.rejectedRewards.array)
    let count = f.chosenRewards.count
    var (wins, ranked) = (0, 0)
    var (rewards, logps, ratios) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0))
    for i in 0..<count {
      let (c, r) = (f.chosenRewards[flat: i], f.rejectedRewards[flat: i])
      if c > r { wins += 1 }
      rewards.0 += Double(c)
      rewards.1 += Double(r)
      let (pc, pr) = (f.chosenLogps[flat: i], f.rejectedLogps[flat: i])
      if pc >= pr { ranked += 1 }
      logps.0 += Double(pc)
      logps.1 += Double(pr)
      ratios.0 += Double(f.chosenRatios[flat: i])
      ratios.1 += Double(f.rejectedRatios[flat: i])
    }
    for (name, sum) in [
      ("rewards/chosen", rewards.0), ("rewards/rejected", rewards.1),
      ("rewards/accuracies", Double(wins)), ("rewards/margins", rewards.0 - rewards.1),
      ("logps/chosen", logps.0), ("logps/rejected", logps.1), ("ranking_accuracy", Double(ranked)),
      ("logratio/chosen", ratios.0), ("logratio/rejected", ratios.1),
    ] {
      mean(name, sum: sum, count: count)
    }
  }
}
