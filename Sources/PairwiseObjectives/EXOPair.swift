internal import Glibc
public import PairwiseAutodiff
public import PairwiseConfig

/// Efficient exact optimization on pairs: the reverse KL between the policy's choice and the smoothed label.
///
/// ℓ = KL(Bernoulli(σ(z)) ‖ Bernoulli(1 − ε)) = σ(z)·[log σ(z) − log(1 − ε)] + σ(−z)·[log σ(−z) − log ε],
/// z = β·[(pc − rc) − (pr − rr)].
///
/// Zero at z* = ln((1 − ε)/ε) and positive elsewhere; the gradient in z, σ(z)σ(−z)(z − z*), vanishes for pairs
/// that are very wrong, too. The same optimum as ``CDPO``, whose divergence goes the other way.
///
/// ## When to use
/// When mode-seeking is wanted: the policy concentrates on what is surely good. It costs what DPO costs. Pairs
/// far on the wrong side do not train, so it wants a start from which few are.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, `logps/*`, `logratio/*`, `ranking_accuracy`.
///
/// ## In TRL
/// `DPOTrainer` with `loss_type: exo_pair` and the same `label_smoothing`, where 0 is an error too. The authors'
/// code takes log ε = −10 and log(1 − ε) = 0, which is not normalized.
///
/// - Source: Ji et al. 2024 (arXiv 2402.00856), eq. 16.
public struct EXOPair: PairedPolicyObjective {
  public static let name = "exo_pair"
  public static let summary = "reverse KL between the policy's choice and the smoothed label"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = sigmoid(z) [log sigmoid(z) - log(1 - label_smoothing)]
           + sigmoid(-z) [log sigmoid(-z) - log label_smoothing]
    Ji et al. 2024, arXiv 2402.00856
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// ε, > 0 and < 0.5, default 0.001: the probability that a label is wrong.
  public var labelSmoothing: Double

  public init(beta: Float = 0.1, labelSmoothing: Double = 1e-3) {
    self.beta = beta
    self.labelSmoothing = labelSmoothing
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    labelSmoothing = reader.value(
      "label_smoothing", default: 1e-3, .between(0, 0.5),
      "Probability that a label is wrong; 0 would be the logarithm of 0.")
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let z = logit(x)
    let (right, wrong) = (Float(log1p(-labelSmoothing)), Float(log(labelSmoothing)))
    let chosen = z.sigmoid() * (z.logSigmoid() - right)
    let rejected = (-z).sigmoid() * ((-z).logSigmoid() - wrong)
    return chosen + rejected
  }
}
