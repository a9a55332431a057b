public import PairwiseAutodiff
public import PairwiseConfig

/// Best of N as training: the negative log-likelihood of the best of several sampled completions.
///
/// ℓ = −log π(y*) of the completion with the highest reward, the first of equals, summed over its tokens. Also known
/// as RAFT, or rejection sampling.
///
/// ## When to use
/// As the baseline among objectives on the policy's own samples: it only imitates, so nothing can diverge, and it
/// stays near what the policy does already. ``BestOfNNegative`` pushes the others away.
///
/// ## Metrics
/// `rewards/mean`, `rewards/best` (of each prompt), `rewards/std` (within a prompt), `logps/mean`; `nll_loss`.
///
/// ## In TRL
/// TRL has a sampler of that name but no trainer.
///
/// - Source: Dong et al. 2023, RAFT (arXiv 2304.06767).
public struct BestOfN: Objective {
  public static let name = "best_of_n"
  public static let aliases = ["raft"]
  public static let summary = "likelihood of the best of several sampled completions"
  public static let formula = """
    loss = -log pi(y_b), b = argmax rewards, the first of equals
    Dong et al. 2023, arXiv 2304.06767
    """

  public init() {}

  public init(from reader: inout SectionReader) {}

  public var inputs: [InputSpec] { InputSpec.sampledCompletions }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    x.weightedLogps(
      x.rewardRows.map { row in
        let best = row.firstLargest
        return row.indices.map { $0 == best ? -1 : 0 }
      })
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addSamples(x)
    sums.mean("nll_loss", losses(x).value)
  }
}
