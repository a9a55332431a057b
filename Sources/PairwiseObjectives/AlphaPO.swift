internal import Glibc
public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// AlphaPO: SimPO with a bent reward, (1 − p̄^−α)/α of the average probability p̄ per token.
///
/// r(y) = (1 − e^(−α·avg))/α with avg = log-prob / tokens, ℓ = softplus(−[β·(r(chosen) − r(rejected)) − γ]).
///
/// α → 0 is SimPO. For α > 0 the gradient grows as e^(−α·avg), for completions the policy finds improbable; for
/// α < 0 it shrinks. Computed with expm1, so small α lose no digits. Where e^(−α·avg) would leave 32-bit numbers
/// the reward is held at the bound, and such a completion gets no gradient.
///
/// ## When to use
/// As `simpo`, when its shape is to be tuned as well: α a little above 0 (0.25) keeps both log-probs from
/// sinking as much. One more number to tune; start from SimPO's β and γ.
///
/// ## Metrics
/// `rewards/*` are β·r, without γ. `logps/*` are sums, `logps_avg/*` averages.
///
/// ## In TRL
/// `CPOTrainer` with `loss_type: alphapo` (`alpha`, `simpo_gamma`, and `cpo_alpha: 0`, or the likelihood of the
/// chosen completions is added). TRL forms p̄ and its power, which overflow earlier.
///
/// - Source: Gupta et al. 2025 (arXiv 2501.03884).
public struct AlphaPO: Objective {
  public static let name = "alphapo"
  public static let summary = "SimPO with a bent reward of the average probability per token"
  public static let formula = """
    r(y) = (1 - exp(-alpha log-prob(y) / len(y))) / alpha     (alpha 0: log-prob(y) / len(y))
    loss = softplus(-[beta (r(chosen) - r(rejected)) - gamma])
    Gupta et al. 2025, arXiv 2501.03884
    """

  /// β > 0, required: scale of the rewards; 2.5 in TRL's recipe.
  public var beta: Float
  /// α, any number, required: bend of the reward; 0 is SimPO, 0.25 is usual.
  public var alpha: Float
  /// γ, any number, required: by how much the chosen completion has to lead; 0.1 in TRL's recipe.
  public var gamma: Float

  public init(beta: Float = 2.5, alpha: Float = 0.25, gamma: Float = 0.1) {
    self.beta = beta
    self.alpha = alpha
    self.gamma = gamma
  }

  public init(from reader: inout SectionReader) {
    beta = reader.required(
      "beta", fallback: 2.5, .greater(than: 0), "Scale of the rewards; 2.5 is usual.")
    alpha = reader.required(
      "alpha", fallback: 0.25, "Bend of the reward: 0 is SimPO, 0.25 is usual, negative is legal.")
    gamma = reader.required("gamma", fallback: 0.1, "The margin; 0.1 is usual.")
  }

  public var inputs: [InputSpec] { InputSpec.averagedLogps + [.sampleWeight] }

  public var undecidedLoss: Double? { .softplus(gamma) }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (chosen, rejected) = x.averageLogps
    return (gamma - beta * (reward(chosen) - reward(rejected))).softplus()
  }

  /// (1 − e^(−α·avg))/α.
  private func reward(_ average: Variable) -> Variable {
    // Below this, the next term of the series, α·avg²/2, is beneath the last digit of every avg.
    if abs(alpha) < 1e-12 { return average }
    // So far that β/α times it, and the difference of two, are finite.
    let largest = Double(Float.greatestFiniteMagnitude) / 4
    let bound = Glibc.log(min(largest, largest * abs(Double(alpha)) / Double(beta)))
    return (-alpha * average).atMost(Float(bound)).expm1() / -alpha
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = x.averageLogps
    sums.addPolicyRewards(
      x, chosen: (beta * reward(chosen)).value, rejected: (beta * reward(rejected)).value)
    sums.addAverageLogps(x)
  }
}
