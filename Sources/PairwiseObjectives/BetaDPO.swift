internal import Glibc
public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// β-DPO: DPO whose β follows how large the batch's margins are, and which may leave outliers out.
///
/// With Δ = (pc − rc) − (pr − rr) and running figures over batches, M ← m·M + (1 − m)·mean(Δ) and
/// S ← m·S + (1 − m)·std(Δ): of B pairs, ⌊B·keep⌋ are drawn without replacement with weights e^(−½((Δ − M)/S)²);
/// β′ = max(10⁻³, β·[1 + α·(mean of their Δ − M)]); and the loss is DPO's with β′, averaged over them.
/// Everything but the Δ of the loss is a constant.
///
/// The running figures start at 0, move before they are used and are part of a checkpoint. The standard
/// deviation is the sample's (n − 1); a batch of one pair leaves S as it was, which is our choice. Where S is
/// 0 (below 10⁻⁸) all weights are equal. The batch is the whole batch, however it is cut into microbatches.
/// α = 0 and keep = 1 are DPO.
///
/// ## When to use
/// On data whose pairs differ much in how informative they are. It costs what DPO costs and, as every
/// batch-dependent objective, another forward pass where a batch is cut into microbatches. Small batches make
/// β jump.
///
/// ## Metrics
/// `beta_dpo/beta_used`, `beta_dpo/mean` (M), `beta_dpo/std` (S), `beta_dpo/kept` (pairs of a batch that count);
/// `rewards/*` are β·log-ratio with the β of the config, over all pairs.
///
/// ## In TRL
/// TRL has none. The authors' `mode_weight` is 1 − `keep`, their `a` is `alpha`.
///
/// - Source: Wu et al. 2024 (arXiv 2407.08639).
public struct BetaDPO: PairedPolicyObjective {
  public static let name = "beta_dpo"
  public static let summary = "DPO with a beta that follows the batch's margins"
  public static let formula = """
    D = (policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)
    M <- momentum M + (1 - momentum) mean(D), S <- momentum S + (1 - momentum) std(D)
    floor(keep B) pairs drawn with weights exp(-((D - M)/S)^2/2)
    beta' = max(0.001, beta [1 + alpha (mean of the drawn D - M)])
    loss = mean over the drawn of softplus(-beta' D)
    Wu et al. 2024, arXiv 2407.08639
    """

  /// β > 0, default 0.1: β′ where a batch is like those before it.
  public var beta: Float
  /// α ≥ 0, default 0: how strongly β′ follows the margins, per nat.
  public var alpha: Float
  /// The share of pairs that count, > 0 and ≤ 1; to be given in configs, 1 otherwise.
  public var keep: Double
  /// m, in 0 ..< 1, default 0.9: what the batches before count in the running figures.
  public var momentum: Double

  public init(beta: Float = 0.1, alpha: Float = 0, keep: Double = 1, momentum: Double = 0.9) {
    self.beta = beta
    self.alpha = alpha
    self.keep = keep
    self.momentum = momentum
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    alpha = reader.value(
      "alpha", default: 0, .atLeast(0),
      "How strongly beta follows the batch's mean margin, per nat; the authors use 0.6.")
    keep = reader.required(
      "keep", fallback: 1, .closed(0...1),
      "Share of a batch's pairs that count; the authors' is 0.8."
    )
    if keep == 0 { reader.report("keep", "expected a number > 0 and <= 1, found 0") }
    momentum = reader.value(
      "momentum", default: 0.9, .range(0..<1), "What batches before count in the running figures.")
  }

  public var inputs: [InputSpec] {
    let noise: [InputSpec] = keep < 1 ? [.noise(.keepNoise)] : []
    return InputSpec.policyLogps + InputSpec.referenceLogps
      + [.state(.runningMean, initial: [0]), .state(.runningDeviation, initial: [0], .atLeast(0))]
      + noise
  }

  public var isBatchDependent: Bool { true }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let batch = figures(x)
    let losses = (-(batch.beta * x.logRatioMargin)).softplus()
    guard keep < 1 else { return losses }
    let share = Float(Double(batch.kept.count) / Double(batch.kept.count { $0 }))
    let counts = batch.kept.map { $0 ? share : 0 }
    return losses * Variable(constant: Tensor(counts))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    let batch = figures(x)
    sums.mean("beta_dpo/beta_used", sum: Double(batch.beta), count: 1)
    sums.mean("beta_dpo/mean", sum: batch.mean, count: 1)
    sums.mean("beta_dpo/std", sum: batch.deviation, count: 1)
    sums.mean("beta_dpo/kept", sum: Double(batch.kept.count { $0 }), count: 1)
  }

  public func nextState(_ x: ObjectiveInputs) -> [InputName: Tensor] {
    let batch = figures(x)
    return [
      .runningMean: Tensor([Float(batch.mean)]),
      .runningDeviation: Tensor([Float(batch.deviation)]),
    ]
  }

  /// What a batch's margins and the running figures before it make.
  private struct Figures {
    var mean: Double
    var deviation: Double
    var beta: Float
    var kept: [Bool]
  }

  private func figures(_ x: ObjectiveInputs) -> Figures {
    let margins = x.logRatioMargin.value.array.map(Double.init)
    let count = Double(margins.count)
    let batchMean = margins.reduce(0, +) / count
    let before = (
      mean: Double(x[.runningMean].value.array[0]),
      deviation: Double(x[.runningDeviation].value.array[0])
    )
    let mean = momentum * before.mean + (1 - momentum) * batchMean
    var deviation = before.deviation
    if margins.count > 1 {
      let squares = margins.reduce(0) { $0 + ($1 - batchMean) * ($1 - batchMean) }
      deviation = momentum * deviation + (1 - momentum) * (squares / (count - 1)).squareRoot()
    }
    let kept = drawn(
      margins, mean: mean, deviation: deviation, noise: x.optional(.keepNoise)?.value.array)
    let keptMargins = zip(margins, kept).compactMap { $1 ? $0 : nil }
    let keptMean = keptMargins.reduce(0, +) / Double(keptMargins.count)
    let used = Double(beta) * (1 + Double(alpha) * (keptMean - mean))
    return Figures(mean: mean, deviation: deviation, beta: Float(max(1e-3, used)), kept: kept)
  }

  /// Which pairs count: those with the least −log(u)/w, which is a draw without replacement with weights w.
  /// Compared as logarithms, so that weights too small for a number still have an order.
  private func drawn(_ margins: [Double], mean: Double, deviation: Double, noise: [Float]?)
    -> [Bool]
  {
    guard let noise else { return margins.map { _ in true } }
    let keys = zip(margins, noise).map { margin, u in
      let distance = deviation > 1e-8 ? (margin - mean) / deviation : 0
      return log(-log(Double(u))) + 0.5 * distance * distance
    }
    // A product such as 0.29·100 may fall just short of the whole number that is meant.
    let count = max(1, Int(keep * Double(margins.count) + 1e-9))
    let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
    var kept = margins.map { _ in false }
    for index in order.prefix(count) { kept[index] = true }
    return kept
  }
}

extension InputName {
  /// Mean and standard deviation of margins over the batches before, `[1]` each.
  public static let runningMean: InputName = "running_mean"
  public static let runningDeviation: InputName = "running_std"
  /// What decides which pairs count, uniform, `[B]`.
  public static let keepNoise: InputName = "keep_noise"
}
