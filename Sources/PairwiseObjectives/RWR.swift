internal import Glibc
public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Reward-weighted regression: the likelihood of all sampled completions, each weighted by its reward.
///
/// With `weighting: exp` ℓ = −mean over the N completions of e^{r/β}·log π(y), with `softmax` −Σ softmax(r/β)·log
/// π(y) over those of the prompt. Weights are constants. β → 0 with softmax is ``BestOfN``.
///
/// ## When to use
/// When several completions of a prompt are good and only the best is too little; `softmax`, whose weights cannot
/// overflow and do not depend on where the reward's zero is. It only imitates, as best of N does.
///
/// ## Metrics
/// `rewards/mean`, `rewards/best`, `rewards/std` and `logps/mean` as in ``BestOfN``; `weights/max`, the mean share
/// of the weight that a prompt's largest has.
///
/// ## In TRL
/// TRL has none.
///
/// - Source: Peters & Schaal 2007; advantage-weighted: Peng et al. 2019 (arXiv 1910.00177).
public struct RWR: Objective {
  public static let name = "rwr"
  public static let aliases = ["awr"]
  public static let summary = "likelihood of sampled completions weighted by their rewards"
  public static let formula = """
    exp:     loss = -mean_i exp(r_i/beta) log pi(y_i)
    softmax: loss = -sum_i softmax(r/beta)_i log pi(y_i)
    Peters & Schaal 2007; Peng et al. 2019, arXiv 1910.00177
    """

  /// How rewards become weights.
  public enum Weighting: String, Sendable, CaseIterable { case exp, softmax }

  /// β > 0, required: the temperature of the rewards.
  public var beta: Double
  /// Required.
  public var weighting: Weighting

  public init(beta: Double, weighting: Weighting = .softmax) {
    self.beta = beta
    self.weighting = weighting
  }

  public init(from reader: inout SectionReader) {
    beta = reader.required(
      "beta", fallback: 1, .greater(than: 0),
      "Temperature of the rewards: small values take the best alone.")
    weighting = reader.requiredChoice(
      "weighting", fallback: .softmax,
      "Weights e^(r/beta) as they are (exp), or divided by their sum over a prompt (softmax).")
  }

  public var inputs: [InputSpec] { InputSpec.sampledCompletions }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    x.weightedLogps(x.rewardRows.map { row in weights(row).map { -Float($0) } })
  }

  /// What each completion of a prompt counts.
  private func weights(_ rewards: [Float]) -> [Double] {
    let exponents = rewards.map { Double($0) / beta }
    switch weighting {
    case .exp: return exponents.map { Glibc.exp($0) / Double(rewards.count) }
    case .softmax:
      let top = exponents.max() ?? 0
      let powers = exponents.map { Glibc.exp($0 - top) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addSamples(x)
    let shares = x.rewardRows.map { row in
      let top = Double(row.max() ?? 0)
      return 1 / row.reduce(0) { $0 + Glibc.exp((Double($1) - top) / beta) }
    }
    sums.mean("weights/max", sum: shares.reduce(0, +), count: shares.count)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    guard weighting == .exp, let rewards = given.first(where: { $0.name == .rewards })?.tensor,
      let index = rewards.array.firstIndex(where: { !Float(Glibc.exp(Double($0) / beta)).isFinite })
    else { return nil }
    let row = index / rewards.shape[1]
    return
      "\(InputName.rewards): row \(row): e^(\(rewards[flat: index])/\(beta)) is too large for 32-bit floating point; take weighting softmax"
  }
}
