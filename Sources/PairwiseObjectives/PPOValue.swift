public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Proximal policy optimization token by token, with a value network that learns what to expect.
///
/// V_t is what a small network (``TokenNetwork``) makes of the reference's hidden states where token t is predicted. From
/// it and the completion's reward come advantages A_t and returns G_t = A_t + V_t, both constants, with
/// δ_t = r_t + γV_{t+1} − V_t and A_t = δ_t + γλA_{t+1}; ρ_t = π/π_old. The loss of a token is
/// −min(ρ_t·Â_t, clip(ρ_t, 1 − ε, 1 + ε)·Â_t) + c·½(V_t − G_t)², where Â is A with mean 0 and variance 1 over the
/// tokens of the batch; the loss is the mean over all tokens.
///
/// The reference is the policy that drew the completions: runs start from it. Advantages are estimated with the values as
/// they are at each step, not as they were when the completions were drawn.
///
/// ## When to use
/// In rounds of drawing, judging and a few updates, where the reward of a whole completion is to be laid on its tokens and
/// prompts differ in what can be reached. Put what keeps the policy near its start into the reward (a share of the
/// log-ratio). Without a value network there are ``RLOO`` and, for advantages from elsewhere, ``PPO``.
///
/// ## Metrics
/// `reward/mean`; `values/mean`, `returns/mean` and `explained_variance`, 1 − Var(G − V)/Var(G): 1 where the network
/// foresees everything; `value_loss` and `policy_loss`; `ratio`, `clip_fraction` and `kl`, the mean of log π_old − log π,
/// over tokens; `advantages/abs` before they are normalised.
///
/// ## In TRL
/// `PPOTrainer` with `cliprange`, `vf_coef`, `gamma` and `lam`, which generates too, has a value model of its own, and
/// estimates advantages once a batch.
///
/// - Source: Schulman et al. 2017 (arXiv 1707.06347) and 2016 (arXiv 1506.02438); advantages that are estimated anew:
///   Andrychowicz et al. 2021 (arXiv 2006.05990), §3.5.
public struct PPOValue: Objective {
  public static let name = "ppo_value"
  public static let summary = "PPO token by token with a value network (GAE)"
  public static let formula = """
    delta_t = r_t + gamma V_{t+1} - V_t, A_t = delta_t + gamma lam A_{t+1}, G_t = A_t + V_t   (constants)
    rho_t = exp(policy_t - old_t)
    loss = mean over tokens of -min(rho A, clip(rho, 1 - clip_range, 1 + clip_range) A) + vf_coef/2 (V - G)^2
    Schulman et al. 2017, arXiv 1707.06347; 2016, arXiv 1506.02438
    """

  /// ε, > 0 and < 1, default 0.2.
  public var clipRange: Float
  /// c ≥ 0, default 0.1: weight of the values' loss.
  public var valueCoefficient: Float
  /// 0 … 1, default 1: what a reward is worth one token earlier.
  public var gamma: Double
  /// 0 … 1, default 0.95: 1 trusts rewards alone, 0 the values of the next token.
  public var lambda: Double
  /// Whether advantages have mean 0 and variance 1 over a batch, default true.
  public var normalizes: Bool
  /// Layers that the value network reads, default the last.
  public var layers: TokenNetwork.Layers

  public init(
    clipRange: Float = 0.2, valueCoefficient: Float = 0.1, gamma: Double = 1,
    lambda: Double = 0.95, normalizes: Bool = true, layers: TokenNetwork.Layers = .last
  ) {
    (self.clipRange, self.valueCoefficient) = (clipRange, valueCoefficient)
    (self.gamma, self.lambda, self.normalizes) = (gamma, lambda, normalizes)
    self.layers = layers
  }

  public init(from reader: inout SectionReader) {
    clipRange = reader.value(
      "clip_range", default: 0.2, .between(0, 1),
      "How far the ratio to the old policy may go from 1 before a token pulls no more.")
    valueCoefficient = reader.value(
      "vf_coef", default: 0.1, .atLeast(0), "Weight of the values' squared error.")
    gamma = reader.value(
      "gamma", default: 1, .closed(0...1), "What a reward is worth one token earlier.")
    lambda = reader.value(
      "lam", default: 0.95, .closed(0...1),
      "From the value of the next token alone (0) to the reward at the end alone (1).")
    normalizes = reader.value(
      "normalize", default: true, "Gives advantages mean 0 and variance 1 over the batch's tokens.")
    layers = reader.choice(
      "value_layers", default: .last,
      "Layers of the reference that the value network reads: all, or the last alone.")
  }

  public var inputs: [InputSpec] {
    InputSpec.tokenLogps(of: .chosen) + [
      .tokens(
        .values, .chosen,
        from: .network(
          TokenNetwork("value_network", layers: layers, dropout: 0, weightDecay: 0, gives: .value),
          .chosen), isDifferentiable: true),
      .column(.reward),
    ]
  }

  /// Advantages are normalised, and tokens counted, over the whole batch.
  public var isBatchDependent: Bool { true }

  /// What a batch says of its tokens, `[B, T]`.
  private struct Tokens {
    let mask: Tensor
    /// log π − log π_old and V, 0 where there is no token.
    let logRatio: Variable
    let values: Variable
    let estimate: GeneralizedAdvantage
    let surrogate: ClippedSurrogate

    init(_ x: ObjectiveInputs, _ objective: PPOValue) {
      let side = x.chosenTokens
      (mask, logRatio) = (side.mask, side.ratios)
      values = side.selected(x[.values])
      estimate = GeneralizedAdvantage(
        rewards: x[.reward].value, values: values.value, mask: mask, gamma: objective.gamma,
        lambda: objective.lambda)
      let advantages =
        objective.normalizes
        ? GeneralizedAdvantage.whitened(estimate.advantages, mask: mask) : estimate.advantages
      surrogate = ClippedSurrogate(logRatio, advantages, clipRange: objective.clipRange)
    }

    /// ½(V − G)², `[B, T]`.
    var valueLosses: Variable {
      let gap = values - Variable(constant: estimate.returns)
      return 0.5 * (gap * gap)
    }

    var count: Double { BatchTotals.sum(mask) }
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let tokens = Tokens(x, self)
    let sums = (tokens.surrogate.losses + valueCoefficient * tokens.valueLosses).sumRows()
    return sums * Float(Double(sums.shape[0]) / max(1, tokens.count))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let tokens = Tokens(x, self)
    let count = tokens.count
    func mean(_ name: String, _ values: Tensor) {
      sums.mean(name, sum: BatchTotals.sum(values), over: count)
    }
    sums.mean("reward/mean", x[.reward].value)
    mean("values/mean", tokens.values.value)
    mean("returns/mean", tokens.estimate.returns)
    mean("advantages/abs", Variable(constant: tokens.estimate.advantages).abs().value)
    mean("value_loss", tokens.valueLosses.value)
    mean("policy_loss", tokens.surrogate.losses.value)
    mean("kl", (-tokens.logRatio).value)
    mean("ratio", tokens.logRatio.atMost(80).exp().masked(by: tokens.mask).value)
    let clipped = zip(tokens.surrogate.isClipped, tokens.mask.array).count { $0 && $1 != 0 }
    sums.mean("clip_fraction", sum: Double(clipped), over: count)
    if let share = explained(tokens) { sums.mean("explained_variance", sum: share, over: 1) }
  }

  /// 1 − Var(G − V)/Var(G) over the batch's tokens; nil where all returns are the same.
  private func explained(_ tokens: Tokens) -> Double? {
    func variance(_ values: [Float]) -> Double {
      let known = zip(values, tokens.mask.array).filter { $0.1 != 0 }.map { Double($0.0) }
      let mean = known.reduce(0, +) / Double(max(1, known.count))
      return known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    let whole = variance(tokens.estimate.returns.array)
    return whole > 0 ? 1 - variance(tokens.estimate.advantages.array) / whole : nil
  }
}

extension InputName {
  /// What a completion is worth as a whole, `[B]`.
  public static let reward: InputName = "reward"
  /// What is expected of it where each token is predicted, `[B, T]`.
  public static let values: InputName = "chosen_values"
}
