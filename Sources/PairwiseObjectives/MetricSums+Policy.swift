internal import PairwiseAutodiff
public import PairwiseTensor

extension MetricSums {
  /// The figures of every policy that is trained on pairs, from summed log-probs of both sides.
  ///
  /// `rewards/*` are scale·log-ratio. Without a reference the log-ratio is the policy's log-prob.
  public mutating func addPolicyRewards(_ x: ObjectiveInputs, scale: Float) {
    let (a, b) = (x.chosenLogRatio, x.rejectedLogRatio)
    addPairRewards(x, chosen: (scale * a).value, rejected: (scale * b).value)
    mean("logratio/chosen", a.value)
    mean("logratio/rejected", b.value)
    addReferenceLogps(x)
  }

  /// The same for an objective that defines its rewards in another way; log-ratios only where there is a
  /// reference.
  public mutating func addPolicyRewards(_ x: ObjectiveInputs, chosen: Tensor, rejected: Tensor) {
    addPairRewards(x, chosen: chosen, rejected: rejected)
    guard x.optional(.refChosenLogps) != nil else { return }
    mean("logratio/chosen", x.chosenLogRatio.value)
    mean("logratio/rejected", x.rejectedLogRatio.value)
    addReferenceLogps(x)
  }

  /// `rewards/accuracies` counts strictly greater, so equal rewards count as wrong, as in TRL.
  private mutating func addPairRewards(_ x: ObjectiveInputs, chosen: Tensor, rejected: Tensor) {
    keep(chosen: chosen.array, rejected: rejected.array)
    let count = chosen.count
    var (c, r, wins) = (0.0, 0.0, 0)
    for i in 0..<count {
      let (high, low) = (chosen[flat: i], rejected[flat: i])
      if high > low { wins += 1 }
      c += Double(high)
      r += Double(low)
    }
    mean("rewards/chosen", sum: c, count: count)
    mean("rewards/rejected", sum: r, count: count)
    mean("rewards/accuracies", sum: Double(wins), count: count)
    mean("rewards/margins", sum: c - r, count: count)
    addPolicyLogps(x)
  }

  /// Log-probs of both sides, and `ranking_accuracy`, the share of pairs with log-prob chosen ≥ rejected.
  mutating func addPolicyLogps(_ x: ObjectiveInputs) {
    let (pc, pr) = (x[.policyChosenLogps].value, x[.policyRejectedLogps].value)
    mean("logps/chosen", pc)
    mean("logps/rejected", pr)
    let ranked = (0..<pc.count).count { pc[flat: $0] >= pr[flat: $0] }
    mean("ranking_accuracy", sum: Double(ranked), count: pc.count)
  }

  private mutating func addReferenceLogps(_ x: ObjectiveInputs) {
    if let reference = x.optional(.refChosenLogps)?.value { mean("logps/ref_chosen", reference) }
    if let reference = x.optional(.refRejectedLogps)?.value {
      mean("logps/ref_rejected", reference)
    }
  }
}
