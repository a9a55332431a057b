public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Distributional preference learning: each completion has a distribution of rewards, which shows where people
/// disagree for reasons that the data does not tell.
///
/// `mean_and_variance`: with s = softplus(ρ), z = (μ_c − μ_r)/√(s_c² + s_r²), ℓ = softplus(−√(2π)·z), the authors'
/// logistic stand-in for −log Φ(z); training adds c·mean(s_c² + s_r²).
///
/// `categorical`: P_c and P_r are softmaxes over A atoms, ℓ = −log(Σ_{i>j} P_c(i)·P_r(j) + ½·Σ_i P_c(i)·P_r(i));
/// training adds c·Σ q̄ log q̄ for the batch's marginal q̄, the mean of all its distributions: a reward for
/// spreading out. The marginal is of the whole batch, however it is split. Losses are softplus of log-odds that are
/// computed in logarithms and double precision, so that no probability underflows.
///
/// ## When to use
///
/// To find out whether one reward is enough: completions on which groups disagree get a large deviation or a broad
/// distribution. It needs a model that gives two numbers, or A, a completion.
///
/// ## Metrics
///
/// Those of ``BradleyTerry`` for the mean reward (of atoms from 0 to 1); `deviation`, the mean of s,
/// `variance`, that of s², and `explained_variance`, the share Var(μ)/(Var(μ) + mean s²) that the means make up; or,
/// while the marginal is trained on, its `marginal_entropy`.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Siththaranjan et al. 2023 (arXiv 2312.08358) and its code.
public struct Distributional: Objective {
  public static let name = "distributional"
  public static let summary = "Bradley-Terry on distributions of rewards: hidden disagreement shows"
  public static let formula = """
    mean_and_variance: s = softplus(rho), v = s_chosen^2 + s_rejected^2
      loss = softplus(-sqrt(2 pi) (mean_chosen - mean_rejected)/sqrt(v)) + variance_penalty mean(v)
    categorical: P = softmax(logits), q = mean of all P of the batch
      loss = -log(sum over i > j of P_chosen(i) P_rejected(j), and 1/2 where i = j)
           + entropy_coeff sum(q log q)
    Siththaranjan et al. 2023, arXiv 2312.08358
    """

  /// What a distribution is.
  public enum Kind: String, Sendable, CaseIterable {
    case meanAndVariance = "mean_and_variance"
    case categorical
  }

  /// Required in configs.
  public var kind: Kind
  /// c ≥ 0, default 0: weight of the variances. For `meanAndVariance`.
  public var variancePenalty: Float
  /// c ≥ 0, default 0.1: weight of the marginal's negative entropy. For `categorical`.
  public var entropyCoefficient: Float

  public init(kind: Kind, variancePenalty: Float = 0, entropyCoefficient: Float = 0.1) {
    self.kind = kind
    self.variancePenalty = variancePenalty
    self.entropyCoefficient = entropyCoefficient
  }

  public init(from reader: inout SectionReader) {
    kind = reader.requiredChoice(
      "kind", fallback: .meanAndVariance,
      "A normal distribution (mean_and_variance) or one over atoms (categorical).")
    variancePenalty = reader.value(
      "variance_penalty", default: 0, .atLeast(0), "Weight of the variances; mean_and_variance.")
    entropyCoefficient = reader.value(
      "entropy_coeff", default: 0.1, .atLeast(0),
      "What spreading the batch's marginal over the atoms is worth; categorical.")
  }

  public var inputs: [InputSpec] {
    switch kind {
    case .meanAndVariance:
      [
        .computed(.chosenMean), .computed(.rejectedMean), .computed(.chosenRho),
        .computed(.rejectedRho),
      ]
    case .categorical:
      [
        .computed(.chosenLogits, width: .symbol("A")),
        .computed(.rejectedLogits, width: .symbol("A")),
      ]
    }
  }

  public var isBatchDependent: Bool { kind == .categorical && entropyCoefficient > 0 }

  public var undecidedLoss: Double? { isBatchDependent || variancePenalty > 0 ? nil : .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable { (-odds(x)).softplus() }

  public func penalties(_ x: ObjectiveInputs) -> Variable? {
    switch kind {
    case .meanAndVariance: return variancePenalty > 0 ? variancePenalty * variance(x) : nil
    case .categorical:
      guard entropyCoefficient > 0 else { return nil }
      return -entropyCoefficient * marginalEntropy(x)
    }
  }

  /// log P(chosen wins) − log P(rejected wins), `[B]`.
  private func odds(_ x: ObjectiveInputs) -> Variable {
    switch kind {
    case .meanAndVariance:
      RewardOdds.normal(
        chosen: (x[.chosenMean], x[.chosenRho]), rejected: (x[.rejectedMean], x[.rejectedRho]))
    case .categorical:
      RewardOdds.categorical(chosen: x[.chosenLogits], rejected: x[.rejectedLogits])
    }
  }

  /// s_c² + s_r², `[B]`.
  private func variance(_ x: ObjectiveInputs) -> Variable {
    x[.chosenRho].softplus().squared() + x[.rejectedRho].softplus().squared()
  }

  /// −Σ q̄ log q̄ of the mean q̄ of all distributions, the same for every pair, `[B]`.
  private func marginalEntropy(_ x: ObjectiveInputs) -> Variable {
    RewardOdds.marginalEntropy(chosen: x[.chosenLogits], rejected: x[.rejectedLogits])
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    switch kind {
    case .meanAndVariance:
      sums.addRewards(chosen: x[.chosenMean].value, rejected: x[.rejectedMean].value)
      let rows = x[.chosenMean].value.count
      let deviations = BatchTotals.sum(
        (x[.chosenRho].softplus() + x[.rejectedRho].softplus()).value)
      sums.mean("deviation", sum: deviations, count: 2 * rows)
      sums.mean("variance", sum: BatchTotals.sum(variance(x).value), count: 2 * rows)
      sums.explained("explained_variance", by: "reward_std", beside: "variance")
    case .categorical:
      let (chosen, rejected) = (x[.chosenLogits], x[.rejectedLogits])
      sums.addRewards(chosen: chosen.meanAtom().value, rejected: rejected.meanAtom().value)
      guard isBatchDependent else { return }
      sums.mean("marginal_entropy", marginalEntropy(x).value)
    }
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    func tensor(_ name: InputName) -> Tensor? { given.first { $0.name == name }?.tensor }
    if let logits = tensor(.chosenLogits), logits.shape[1] < 2 {
      return "\(InputName.chosenLogits): expected two atoms at least, found \(logits.shape[1])"
    }
    guard let chosen = tensor(.chosenRho), let rejected = tensor(.rejectedRho) else { return nil }
    let sum =
      Variable(constant: chosen).softplus().squared()
      + Variable(constant: rejected).softplus().squared()
    guard let row = sum.value.array.firstIndex(where: { $0.squareRoot() < 1e-12 }) else {
      return nil
    }
    return "\(InputName.chosenRho): row \(row): both deviations are 0, so there is no scale"
  }
}

extension InputName {
  /// Mean μ of a completion's reward, `[B]`.
  public static let chosenMean: InputName = "chosen_mean"
  public static let rejectedMean: InputName = "rejected_mean"
  /// ρ of the same: its deviation is softplus(ρ), `[B]`.
  public static let chosenRho: InputName = "chosen_rho"
  public static let rejectedRho: InputName = "rejected_rho"
  /// Logits of a completion's reward over atoms, lowest first, `[B, A]`.
  public static let chosenLogits: InputName = "chosen_logits"
  public static let rejectedLogits: InputName = "rejected_logits"
}

extension Variable {
  /// Mean of softmax over atoms that lie evenly from 0 to 1, `[B, A]` → `[B]`.
  fileprivate func meanAtom() -> Variable {
    let last = Float(max(1, shape[1] - 1))
    let atoms = Tensor((0..<shape[1]).map { Float($0) / last })
    return (softmax() * Variable(constant: atoms)).sumRows()
  }
}
