public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// DPO that trusts the pairs it can explain: a soft minimum over the batch in place of the mean.
///
/// L = −β′·log( mean of exp(−ℓ/β′) ) over the batch, ℓ = softplus(−z) being DPO's losses. A pair's share of the
/// gradient is its softmax weight exp(−ℓ/β′), so that pairs the policy finds implausible, wrong labels among
/// them, count less the smaller β′ is. For β′ → ∞ it is DPO; it never lies above DPO's mean.
///
/// ## When to use
/// When some labels are wrong and nobody knows how many: ``RobustDPO`` and ``CDPO`` want the rate, this one a
/// temperature. Hard but right pairs are held back with the wrong ones, and small batches leave little to weigh:
/// give it large ones. It costs what DPO costs, and one more forward pass where a batch is cut into microbatches.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, as DPO's. `dr_dpo/effective` is the share of the batch that counts,
/// 1/(B·Σ weight²): 1 where all pairs weigh alike.
///
/// ## In TRL
/// TRL has none.
///
/// - Source: Wu et al. 2024 (arXiv 2407.07880), compared with the authors' released code, whose β′ is 1 by default.
public struct DrDPO: PairedPolicyObjective {
  public static let name = "dr_dpo"
  public static let summary = "DPO with a soft minimum over the batch: implausible pairs count less"
  public static let formula = """
    l = softplus(-beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)])
    loss = -beta_prime log(mean over the batch of exp(-l / beta_prime))
    Wu et al. 2024, arXiv 2407.07880
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// β′ > 0, default 1: small values leave out implausible pairs, large ones give DPO.
  public var betaPrime: Float

  public init(beta: Float = 0.1, betaPrime: Float = 1) {
    self.beta = beta
    self.betaPrime = betaPrime
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    betaPrime = reader.value(
      "beta_prime", default: 1, .greater(than: 0),
      "Temperature of the soft minimum: small values leave out implausible pairs, large ones give DPO."
    )
  }

  public var inputs: [InputSpec] { InputSpec.policyLogps + InputSpec.referenceLogps }

  public var isBatchDependent: Bool { true }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let exponents = exponents(x)
    // The largest exponent is taken out before exp, so that the sum is at least 1.
    let top = exponents.value.array.max() ?? 0
    let loss = -betaPrime * ((exponents - top).exp().mean().log() + top)
    return loss + Variable(constant: Tensor.zeros(exponents.shape))
  }

  /// −ℓ/β′, `[B]`.
  private func exponents(_ x: ObjectiveInputs) -> Variable {
    (-logit(x)).softplus() / -betaPrime
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    let exponents = exponents(x)
    let top = exponents.value.array.max() ?? 0
    let weights = (exponents - top).exp().value.array.map { Double($0) }
    let (sum, square) = weights.reduce((0.0, 0.0)) { ($0.0 + $1, $0.1 + $1 * $1) }
    sums.mean("dr_dpo/effective", sum: sum * sum / square / Double(weights.count), count: 1)
  }
}
