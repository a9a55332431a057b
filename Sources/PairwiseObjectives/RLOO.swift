public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// REINFORCE leave-one-out: each sampled completion against the mean reward of the prompt's others.
///
/// Aᵢ = rᵢ − mean of the other N − 1 rewards, a constant; ℓ = −mean over the N completions of Aᵢ·log π(yᵢ).
/// Advantages of a prompt add up to 0, so equal rewards teach nothing.
///
/// ## When to use
/// On completions that the policy as it is drew (on older ones the gradient is biased: ``PPO``), with two or more
/// of each prompt. It needs no value network.
///
/// ## Metrics
/// `rewards/mean`, `rewards/best`, `rewards/std` and `logps/mean` as in ``BestOfN``; `advantages/abs`, their mean size.
///
/// ## In TRL
/// `RLOOTrainer`, which generates the completions itself and adds a penalty to the rewards.
///
/// - Source: Ahmadian et al. 2024 (arXiv 2402.14740).
public struct RLOO: Objective {
  public static let name = "rloo"
  public static let summary = "policy gradient of each completion against the mean of the others"
  public static let formula = """
    A_i = r_i - mean of the other rewards of the prompt
    loss = -mean_i A_i log pi(y_i)
    Ahmadian et al. 2024, arXiv 2402.14740
    """

  public init() {}

  public init(from reader: inout SectionReader) {}

  public var inputs: [InputSpec] { InputSpec.sampledCompletions }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    x.weightedLogps(
      advantages(x).map { row in row.map { Float(-$0 / Double(row.count)) } })
  }

  /// By prompt.
  private func advantages(_ x: ObjectiveInputs) -> [[Double]] {
    x.rewardRows.map { row in
      let sum = row.reduce(0) { $0 + Double($1) }
      let others = Double(max(1, row.count - 1))
      return row.map { Double($0) - (sum - Double($0)) / others }
    }
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addSamples(x)
    let advantages = advantages(x).flatMap { $0 }
    sums.mean(
      "advantages/abs", sum: advantages.reduce(0) { $0 + abs($1) }, count: advantages.count)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    ObjectiveInputs.tooFewSamples(given, for: Self.name)
  }
}
