internal import PairwiseAutodiff

// Objectives that compare completions by their average log-prob per token.

extension ObjectiveInputs {
  /// Summed log-prob / tokens of both completions, `[B]` each.
  var averageLogps: (chosen: Variable, rejected: Variable) {
    (
      self[.policyChosenLogps] / self[.chosenLength],
      self[.policyRejectedLogps] / self[.rejectedLength]
    )
  }
}

extension InputSpec {
  /// Log-probs of both completions and their lengths.
  static let averagedLogps: [InputSpec] = policyLogps + lengths
}

extension MetricSums {
  /// `logps_avg/*`, beside the sums that `logps/*` are.
  mutating func addAverageLogps(_ x: ObjectiveInputs) {
    let (chosen, rejected) = x.averageLogps
    mean("logps_avg/chosen", chosen.value)
    mean("logps_avg/rejected", rejected.value)
  }
}
