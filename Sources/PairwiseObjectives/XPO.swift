public import PairwiseAutodiff
public import PairwiseConfig

/// Exploratory Preference Optimization: DPO on sampled pairs, with a bonus for leaving what the reference samples.
///
/// ℓ = softplus(−z) + α·log π(ỹ|x), with DPO's z and ỹ a sample of the reference, summed log-prob. Minimising pushes
/// the probability of the reference's own sample down, which is optimism about everything else. α = 0 is DPO.
///
/// ## When to use
/// In an online loop: one sample from the policy and one from the reference for each prompt, ranked by a judge.
/// The bonus pays off only while new pairs are sampled; on a fixed data set use `dpo`. α is small, about 1e-5.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio of the pair. `logps/ref_sample` is the mean of log π(ỹ|x).
///
/// ## In TRL
/// `XPOTrainer` (experimental), which samples and judges as well; `alpha` may be a list by epochs there.
///
/// - Source: Xie et al. 2024 (arXiv 2405.21046), algorithm 1.
public struct XPO: PairedPolicyObjective {
  public static let name = "xpo"
  public static let summary = "DPO with a bonus for leaving what the reference samples"
  public static let formula = """
    loss = softplus(-z) + alpha policy_ref_sample_logps, z as in dpo
    Xie et al. 2024, arXiv 2405.21046
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// α ≥ 0, required: weight of the bonus, about 1e-5.
  public var alpha: Float

  public init(beta: Float = 0.1, alpha: Float = 1e-5) {
    self.beta = beta
    self.alpha = alpha
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    alpha = reader.required(
      "alpha", fallback: 1e-5, .atLeast(0), "Weight of the bonus; about 1e-5.")
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps + [
      .computed(.policyRefSampleLogps, .logProbability), .sampleWeight,
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-logit(x)).softplus() + alpha * x[.policyRefSampleLogps]
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    sums.mean("logps/ref_sample", x[.policyRefSampleLogps].value)
  }
}

extension InputName {
  /// log π of a completion sampled from the reference, nats, summed, `[B]`.
  public static let policyRefSampleLogps: InputName = "policy_ref_sample_logps"
}
