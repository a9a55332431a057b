public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Multi-Objective Direct Preference Optimization: one policy for one weighting of several rewards, trained
/// on the pairs of one of them with the others' rewards as a margin.
///
/// f(y) = [β·log-ratio(y) − Σⱼ wⱼ·mⱼ(y)]/w₀ for both completions, ℓ = softplus(−(f(chosen) − f(rejected))),
/// or max(0, 1 − (f(chosen) − f(rejected))) with `loss_type: hinge`.
///
/// The optimum of w₀·r₀ + Σ wⱼ·rⱼ with β·KL to the reference has w₀·r₀ = β·log-ratio − Σ wⱼ·rⱼ up to a
/// function of the prompt, which goes into Bradley–Terry; hence the margin is subtracted. Only differences of
/// margin rewards between the two completions enter. `w: [1]` is DPO bitwise, and the weights need not add up
/// to 1.
///
/// ## When to use
/// When several wishes pull apart (helpful and harmless, good and short) and a family of policies along
/// the trade-off is wanted: train once for each weighting with the same cached margin rewards. A step costs
/// what DPO's does. The gradient grows as 1/w₀, so small w₀ wants a smaller learning rate or clipping; where
/// one reward is enough, plain `dpo` is the same thing.
///
/// ## Metrics
/// `rewards/*` are f, an estimate of the first reward alone, and not β·log-ratio: that is
/// `policy_rewards/chosen` and `/rejected`. For each further weight `w[j]`, `margin_rewards/j/chosen`,
/// `/rejected` and `/accuracy`, the share of pairs whose chosen completion has the greater margin reward: well
/// below ½ the objectives conflict. `logps/margins` is the mean of chosen − rejected log-prob.
///
/// ## In TRL
/// TRL has none. The authors' script takes one number w and passes [w, 1 − w].
///
/// - Source: Zhou et al. 2023 (arXiv 2310.03708).
public struct MODPO: PairedPolicyObjective {
  public static let name = "modpo"
  public static let summary =
    "DPO for a weighted sum of rewards: the other rewards' difference is a margin"
  public static let formula = """
    f(y) = (beta log ratio(y) - sum_j w[j] margin_reward(y)[j - 1]) / w[0]
    sigmoid: loss = softplus(-(f(chosen) - f(rejected)))
    hinge:   loss = max(0, 1 - (f(chosen) - f(rejected)))
    Zhou et al. 2023, arXiv 2310.03708
    """

  /// The shape of the loss on f(chosen) − f(rejected).
  public enum Loss: String, Sendable, CaseIterable { case sigmoid, hinge }

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// w, required: w[0] > 0 for the objective whose pairs are trained on, then one weight ≥ 0 for each column
  /// of margin rewards, in the order of the columns.
  public var weights: [Float]
  /// `sigmoid` (the default) or `hinge`.
  public var loss: Loss

  public init(weights: [Float], beta: Float = 0.1, loss: Loss = .sigmoid) {
    precondition(!weights.isEmpty && weights[0] > 0, "modpo: w[0] must be > 0")
    self.beta = beta
    self.weights = weights
    self.loss = loss
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    let given = reader.required(
      "w", fallback: [Float(1)], .each(.atLeast(0), count: 1...Int.max),
      "Weights: first, above 0, that of the objective the pairs are of, then one per margin reward."
    )
    if given[0] == 0 {
      reader.report("w", "w[0] must be > 0: with 0 the pairs would not matter")
    }
    weights = given[0] > 0 ? given : [1]
    loss = reader.choice(
      "loss_type", default: .sigmoid, "Likelihood of the choice (sigmoid), or a hinge at 1.")
  }

  public var inputs: [InputSpec] {
    var specs = InputSpec.policyLogps + InputSpec.referenceLogps
    if weights.count > 1 {
      for name in [InputName.chosenMarginReward, .rejectedMarginReward] {
        specs.append(
          InputSpec(
            name, shape: [.symbol("B"), .fixed(weights.count - 1)], from: .data,
            isDifferentiable: false))
      }
    }
    return specs + [.sampleWeight]
  }

  public var undecidedLoss: Double? { weights.count == 1 ? (loss == .hinge ? 1 : .ln2) : nil }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    var margin = logit(x)
    if weights.count > 1 {
      margin = margin - weighted(x[.chosenMarginReward] - x[.rejectedMarginReward])
    }
    margin = margin / weights[0]
    switch loss {
    case .sigmoid: return (-margin).softplus()
    case .hinge: return (1 - margin).relu()
    }
  }

  /// Σⱼ wⱼ·mⱼ, `[B]`, for margin rewards `[B, K − 1]`.
  private func weighted(_ rewards: Variable) -> Variable {
    (rewards * Variable(constant: Tensor(Array(weights.dropFirst())))).sumRows()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = (beta * x.chosenLogRatio, beta * x.rejectedLogRatio)
    let margins = x.optional(.chosenMarginReward).map { ($0, x[.rejectedMarginReward]) }
    let f = margins.map { (chosen - weighted($0), rejected - weighted($1)) } ?? (chosen, rejected)
    sums.addPolicyRewards(
      x, chosen: (f.0 / weights[0]).value, rejected: (f.1 / weights[0]).value)
    sums.mean("policy_rewards/chosen", chosen.value)
    sums.mean("policy_rewards/rejected", rejected.value)
    sums.mean("logps/margins", (x[.policyChosenLogps] - x[.policyRejectedLogps]).value)
    guard let margins else { return }
    for j in 1..<weights.count {
      let (c, r) = (margins.0.column(j - 1).value, margins.1.column(j - 1).value)
      sums.mean("margin_rewards/\(j)/chosen", c)
      sums.mean("margin_rewards/\(j)/rejected", r)
      let wins = (0..<c.count).count { c[flat: $0] > r[flat: $0] }
      sums.mean("margin_rewards/\(j)/accuracy", sum: Double(wins), count: c.count)
    }
  }
}

extension InputName {
  /// Rewards of the chosen completion under the other objectives, `[B, K − 1]`.
  public static let chosenMarginReward: InputName = "chosen_margin_reward"
  public static let rejectedMarginReward: InputName = "rejected_margin_reward"
}
