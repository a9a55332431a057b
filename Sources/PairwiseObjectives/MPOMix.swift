public import PairwiseAutodiff
public import PairwiseConfig

/// Mixed preference optimization: which completion is better, whether each is good, and how to write the
/// good one, in one sum.
///
/// ℓ = 0.8·DPO + 0.2·``BCOPair`` + 1·``SFT`` (`token_mean`), all with the same β. The same as that weighted sum written
/// out as a list of objectives.
///
/// ## When to use
/// On reasoning data, where DPO alone makes the chosen answers less likely. It costs what DPO costs. For other
/// weights, write the list.
///
/// ## Metrics
/// `nll_loss`, the mean over tokens; `rewards/*` are β·log-ratio.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: [sigmoid, bco_pair, sft]` and `loss_weights: [0.8, 0.2, 1.0]`; the mean over
/// tokens is by microbatch there and by batch here.
///
/// - Source: Wang et al. 2024 (arXiv 2411.10442); weights of the authors' code.
public struct MPOMix: PairedPolicyObjective {
  public static let name = "mpo_mix"
  public static let summary = "0.8 DPO + 0.2 binary classifier on pairs + negative log-likelihood"
  public static let formula = """
    loss = 0.8 dpo + 0.2 bco_pair + sft (token_mean)
    Wang et al. 2024, arXiv 2411.10442
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float

  public init(beta: Float = 0.1) { self.beta = beta }

  public init(from reader: inout SectionReader) { beta = reader.beta() }

  private var sum: WeightedSum {
    WeightedSum([
      .init(0.8, DPO(beta: beta)), .init(0.2, BCOPair(beta: beta)), .init(1, SFT(.tokenMean)),
    ])
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps + [.counted(.chosenLength, .atLeast(1))]
  }

  public var totals: [InputName] { sum.totals }

  public func losses(_ x: ObjectiveInputs) -> Variable { sum.losses(x) }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    NLLReduction.tokenMean.measure(x, into: &sums)
  }
}
