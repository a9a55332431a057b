public import PairwiseAutodiff
public import PairwiseConfig

/// Conservative DPO: DPO with smoothed labels, as if each label were wrong with probability ε.
///
/// ℓ = (1 − ε)·softplus(−z) + ε·softplus(z) = softplus(−z) + ε·z, z = β·[(pc − rc) − (pr − rr)].
///
/// The gradient in z is σ(z) − (1 − ε): least at z* = ln((1 − ε)/ε), where the loss is the entropy of ε;
/// beyond it a pair is pushed back. Both terms are written with softplus, which are never negative, so that
/// nothing cancels. ε = 0 is DPO.
///
/// ## When to use
/// On labels that are wrong at times, when an upper bound on the log-ratios matters more than an unbiased loss.
/// It costs what DPO costs. Where the rate of flips is known, ``RobustDPO`` is unbiased instead.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// None by that name: `sigmoid` ignores `label_smoothing` in TRL 1.16 and smoothed in older versions, whose
/// configs with both are this objective. `aot` with `label_smoothing` on batches of one pair is the same.
///
/// - Source: Mitchell 2023, "A note on DPO with noisy preferences and relationship to IPO" (a web note).
public struct CDPO: PairedPolicyObjective {
  public static let name = "cdpo"
  public static let summary = "DPO with smoothed labels"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = (1 - label_smoothing) softplus(-z) + label_smoothing softplus(z)
    Mitchell 2023, A note on DPO with noisy preferences and relationship to IPO
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
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

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    logit(x).smoothedLogistic(labelSmoothing)
  }
}

extension Variable {
  /// (1 − ε)·softplus(−z) + ε·softplus(z), z being self: the cross-entropy of a choice that is wrong with
  /// probability ε.
  func smoothedLogistic(_ epsilon: Double) -> Variable {
    let clean = (-self).softplus()
    if epsilon == 0 { return clean }
    return Float(1 - epsilon) * clean + Float(epsilon) * softplus()
  }
}
