public import PairwiseAutodiff
public import PairwiseConfig

/// Alignment via optimal transport without pairing: log-ratios of chosen completions, as a distribution, are
/// to dominate those of rejected ones.
///
/// With a = pc − rc and b = pr − rr, each sorted over the batch, δ_i = a_(i) − b_(i) and
/// ℓ_i = (1 − ε)·softplus(−β·δ_i) + ε·softplus(β·δ_i): the loss of a rank, not of a pair, which is why there are no
/// sample weights. Which rejected completion stands beside which chosen one does not matter.
///
/// Sorted is the whole batch, however it is cut into microbatches; equal values keep their order. The gradient
/// goes to the completion that holds the rank. A batch of one pair is DPO, or ``CDPO`` with ε > 0.
///
/// ## When to use
/// When chosen and rejected completions were not made for each other. It needs large batches, and where those
/// are cut into microbatches another forward pass, as every batch-dependent objective.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio of the pairs as they stand in the data, not of ranks.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: aot_unpaired` (`aot_pair` in older versions) and `label_smoothing`. TRL sorts each
/// microbatch by itself, which `trainer.accumulation: microbatch` reproduces.
///
/// - Source: Melnyk et al. 2024 (arXiv 2406.05882).
public struct AOTUnpaired: PairedPolicyObjective {
  public static let name = "aot_unpaired"
  public static let aliases = ["aot_pair"]
  public static let summary = "sorted log-ratios of chosen against those of rejected completions"
  public static let formula = """
    a = sort(policy_chosen - ref_chosen), b = sort(policy_rejected - ref_rejected), over the batch
    z = beta (a - b)
    loss = (1 - label_smoothing) softplus(-z) + label_smoothing softplus(z)
    Melnyk et al. 2024, arXiv 2406.05882
    """

  /// β > 0, default 0.1; the paper's recipe is 0.01.
  public var beta: Float
  /// ε, in 0 ..< 0.5, default 0: the probability that a label is wrong.
  public var labelSmoothing: Double

  public init(beta: Float = 0.1, labelSmoothing: Double = 0) {
    self.beta = beta
    self.labelSmoothing = labelSmoothing
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    labelSmoothing = reader.labelSmoothing("Probability that a label is wrong.")
  }

  public var inputs: [InputSpec] { InputSpec.policyLogps + InputSpec.referenceLogps }

  public var isBatchDependent: Bool { true }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let margins = x.chosenLogRatio.sorted() - x.rejectedLogRatio.sorted()
    return (beta * margins).smoothedLogistic(labelSmoothing)
  }
}
