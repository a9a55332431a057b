public import PairwiseAutodiff
public import PairwiseConfig

/// Direct Preference Optimization: the Bradley–Terry likelihood of the choice, with the policy's own
/// log-ratio to the reference as reward.
///
/// z = β·[(pc − rc) − (pr − rr)], ℓ = softplus(−z) = −log σ(z), for summed log-probs of policy (p) and
/// reference (r), chosen (c) and rejected (r).
///
/// Exactly ln 2 where policy and reference agree, with the gradient ∓β/2. z enters through softplus
/// alone, so every finite log-prob gives a finite loss, exact in its last digits for confident pairs too.
///
/// ## When to use
///
/// The first thing to try on pairs of completions. With noisy labels look at ``RobustDPO`` and ``CDPO``, with
/// labels that are nearly all certain at ``IPO``, where the chosen log-prob falls at ``DPOP``.
///
/// ## Metrics
///
/// `rewards/*` are β·(policy − reference) of each side; `rewards/accuracies` counts strictly greater.
/// `ranking_accuracy` compares the policy's own log-probs. `logratio/*` show whether the chosen likelihood
/// itself rises.
///
/// ## In TRL
///
/// `DPOTrainer`, `loss_type="sigmoid"`. TRL ignores `label_smoothing` there, and so it is not a parameter
/// here: ``CDPO`` has it. `reference_free` is an option of older versions.
///
/// - Source: Rafailov et al. 2023 (arXiv 2305.18290), eq. 7.
public struct DPO: Objective {
  public static let name = "dpo"
  public static let aliases = ["sigmoid"]
  public static let summary = "likelihood of the choice with the policy's log-ratio as reward"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = softplus(-z) = -log sigmoid(z)
           without a reference (reference_free) ref_chosen = ref_rejected = 0
    Rafailov et al. 2023, arXiv 2305.18290
    """

  /// β > 0: how far the policy may go from the reference.
  public var beta: Float
  /// Leaves the reference out.
  public var isReferenceFree: Bool

  public init(beta: Float = 0.1, isReferenceFree: Bool = false) {
    self.beta = beta
    self.isReferenceFree = isReferenceFree
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    isReferenceFree = reader.value(
      "reference_free", default: false, "Leave the reference out, as if it were uniform.")
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + (isReferenceFree ? [] : InputSpec.referenceLogps) + [.sampleWeight]
  }

  public var rewardScale: Double? { Double(beta) }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable { (-(beta * x.logRatioMargin)).softplus() }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
  }
}
