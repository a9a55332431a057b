public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Alignment via optimal transport on pairs: the policy's margins, as a distribution, are to dominate the
/// reference's.
///
/// With u = pc − pr and v = rc − rr, each sorted over the batch, δ_i = u_(i) − v_(i) and
/// ℓ_i = (1 − ε)·softplus(−β·δ_i) + ε·softplus(β·δ_i): the loss of a rank, not of a pair, which is why there are no
/// sample weights.
///
/// Sorted is the whole batch, however it is cut into microbatches; equal values keep their order. The gradient
/// goes to the pair that holds the rank. A batch of one pair is DPO, or ``CDPO`` with ε > 0.
///
/// ## When to use
/// When preference as a distribution matters and not each pair. It needs large batches, and where those are cut
/// into microbatches another forward pass, as every batch-dependent objective.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio of the pairs, not of ranks.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: aot` and `label_smoothing`. TRL sorts each
/// microbatch by itself, which `trainer.accumulation: microbatch` reproduces.
///
/// - Source: Melnyk et al. 2024 (arXiv 2406.05882).
public struct AOT: PairedPolicyObjective {
  public static let name = "aot"
  public static let summary = "sorted margins of the policy against those of the reference"
  public static let formula = """
    u = sort(policy_chosen - policy_rejected), v = sort(ref_chosen - ref_rejected), over the batch
    z = beta (u - v)
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

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let policy = x[.policyChosenLogps] - x[.policyRejectedLogps]
    let reference = x[.refChosenLogps] - x[.refRejectedLogps]
    return (beta * (policy.sorted() - reference.sorted())).smoothedLogistic(labelSmoothing)
  }
}

extension Variable {
  /// The elements of a vector in ascending order, equal ones in theirs. Gradients go back to where the
  /// elements stood.
  func sorted() -> Variable {
    let values = value.array
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    return rows(order.map(Int32.init))
  }
}
