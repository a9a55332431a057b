public import PairwiseAutodiff
public import PairwiseConfig

/// SLiC-HF: a hinge on the difference of the log-probs, and the likelihood of a completion to stay close to.
///
/// ℓ = max(0, δ − pc + pr) + λ·(−log π(y_sft)), with summed log-probs. y_sft is a completion from supervised
/// fine-tuning (`policy_sft_logps`), or the chosen one where none is given. At the kink the derivative is 0.
///
/// ## When to use
/// The simplest calibration of sequence likelihoods: pairs that are apart by δ stop pulling. It sees no
/// reference and no lengths, so completions should be of similar length; `simpo` and `dpo` are the usual
/// choices today.
///
/// ## Metrics
/// No `rewards/*`: the loss defines none. `logps/*` and `ranking_accuracy`.
///
/// ## In TRL
/// TRL has none under this name: its `hinge` loss is a hinge on DPO's logit, and `CPOTrainer` with `loss_type: hinge`
/// (`cpo` here) one on β·(pc − pr).
///
/// - Source: Zhao et al. 2023 (arXiv 2305.10425); λ = 0.1 as in HALOs.
public struct SLiCHF: Objective {
  public static let name = "slic_hf"
  public static let summary = "hinge on the difference of log-probs, plus a likelihood"
  public static let formula = """
    loss = max(0, delta - policy_chosen + policy_rejected) - lambda policy_sft
           policy_sft = policy_chosen where no other target is given
    Zhao et al. 2023, arXiv 2305.10425
    """

  /// δ, any number, default 1: the lead, in nats, from which on a pair pulls no more.
  public var delta: Float
  /// λ ≥ 0, default 0.1: weight of the likelihood.
  public var lambda: Float

  public init(delta: Float = 1, lambda: Float = 0.1) {
    self.delta = delta
    self.lambda = lambda
  }

  public init(from reader: inout SectionReader) {
    delta = reader.value(
      "delta", default: 1, "The lead, in nats, from which on a pair pulls no more.")
    lambda = reader.value("lambda", default: 0.1, .atLeast(0), "Weight of the likelihood.")
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + [
      InputSpec(
        .policySFTLogps, shape: [.symbol("B")], from: .model, isDifferentiable: true,
        isOptional: true, values: .logProbability),
      .sampleWeight,
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let hinge = (x[.policyRejectedLogps] - x[.policyChosenLogps] + delta).relu()
    return hinge - lambda * (x.optional(.policySFTLogps) ?? x[.policyChosenLogps])
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyLogps(x)
  }
}

extension InputName {
  /// log π(completion to stay close to | prompt), nats, summed, `[B]`.
  public static let policySFTLogps: InputName = "policy_sft_logps"
}
