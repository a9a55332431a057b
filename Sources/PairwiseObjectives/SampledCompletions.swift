internal import PairwiseAutodiff
internal import PairwiseTensor

// Baselines on several completions of each prompt that the policy itself drew, each with a reward. `[B]` is
// prompts and `[B, N]` their completions.

extension InputName {
  /// Rewards of sampled completions, `[B, N]`.
  public static let rewards: InputName = "rewards"
}

extension InputSpec {
  /// Log-probs and rewards of N completions a prompt.
  static let sampledCompletions: [InputSpec] = [
    InputSpec(
      .policyLogps, shape: [.symbol("B"), .symbol("N")], from: .model, isDifferentiable: true,
      values: .logProbability),
    .columns(.rewards, width: .symbol("N")),
  ]
}

extension ObjectiveInputs {
  /// Rewards by prompt.
  var rewardRows: [[Float]] {
    let rewards = self[.rewards].value
    let (values, n) = (rewards.array, rewards.shape[1])
    return (0..<rewards.shape[0]).map { Array(values[$0 * n..<($0 + 1) * n]) }
  }

  /// Σᵢ wᵢ·log π(yᵢ) of each prompt for constant weights, `[B]`.
  func weightedLogps(_ weights: [[Float]]) -> Variable {
    let logps = self[.policyLogps]
    return (logps * Variable(constant: Tensor(logps.shape, weights.flatMap { $0 }))).sumRows()
  }
}

extension [Float] {
  /// Place of the largest element, the first of several; 0 if there is none.
  var firstLargest: Int { indices.reduce(0) { self[$1] > self[$0] ? $1 : $0 } }
  /// Place of the smallest element, the first of several; 0 if there is none.
  var firstSmallest: Int { indices.reduce(0) { self[$1] < self[$0] ? $1 : $0 } }
}

extension MetricSums {
  /// `rewards/mean`, `rewards/best` (of each prompt), `rewards/std` (within a prompt, divided by N) and `logps/mean`.
  mutating func addSamples(_ x: ObjectiveInputs) {
    let rows = x.rewardRows
    mean("rewards/mean", x[.rewards].value)
    mean("rewards/best", sum: rows.reduce(0) { $0 + Double($1.max() ?? 0) }, count: rows.count)
    let deviations = rows.map { row in
      let count = Double(row.count)
      let mean = row.reduce(0) { $0 + Double($1) } / count
      let square = row.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
      return (square / count).squareRoot()
    }
    mean("rewards/std", sum: deviations.reduce(0, +), count: rows.count)
    mean("logps/mean", x[.policyLogps].value)
  }
}
