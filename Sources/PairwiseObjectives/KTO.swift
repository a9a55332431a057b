public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Kahneman–Tversky Optimization: single completions, each desirable or not, valued against a reference point.
///
/// With the log-ratio a of a row and κ = max(0, mean of `kl_logratios`), a desirable row's loss is
/// λ_D·σ(−β·(a − κ)) and an undesirable one's λ_U·σ(β·(a − κ)). The loss is the mean over all rows.
///
/// κ estimates how far the policy has moved: the log-ratio of *mismatched* completions, those of other rows'
/// prompts. It is of the whole batch, so a batch is one however it is split, and carries no gradient. A batch
/// needs two rows then; `kl: false` sets κ = 0. Where policy and reference agree each row's loss is λ/2.
///
/// ## When to use
/// When feedback comes as single thumbs up or down, or one class is scarce. Set the weights so that
/// λ_D·n_D/(λ_U·n_U) lies in 1 … 4/3; training says so where it does not. It is batch-dependent, and costs a second pass over mismatched completions
/// (`apo_zero_unpaired` does not); with real pairs `dpo` uses the comparison as well.
///
/// ## Metrics
/// `kl` is κ. `rewards/chosen` is the mean of β·a over desirable rows and `rewards/rejected` over undesirable
/// ones, `rewards/margins` their difference; `logps/*` and `logratio/*` likewise. `counts/*` are the rows of each
/// class; a class without rows has no means.
///
/// ## In TRL
/// `KTOTrainer` with `loss_type: kto` and the same names. TRL takes κ from each microbatch and means of metrics
/// over the microbatches that have the class; here both are of the whole batch. `loss_type: apo_zero_unpaired` is
/// an objective of its own here.
///
/// - Source: Ethayarajh et al. 2024 (arXiv 2402.01306).
public struct KTO: Objective {
  public static let name = "kto"
  public static let summary = "single completions, desirable or not, against a reference point"
  public static let formula = """
    kappa = max(0, mean kl_logratios), a = policy - ref
    desirable:   loss = desirable_weight sigmoid(-beta (a - kappa))
    undesirable: loss = undesirable_weight sigmoid(beta (a - kappa))
    Ethayarajh et al. 2024, arXiv 2402.01306
    """

  /// β > 0, default 0.1: scale of the log-ratios.
  public var beta: Float
  /// λ_D ≥ 0, default 1: what a desirable row counts.
  public var desirableWeight: Float
  /// λ_U ≥ 0, default 1: what an undesirable row counts.
  public var undesirableWeight: Float
  /// Default true: whether the reference point κ is estimated; else it is 0.
  public var usesKL: Bool

  public init(
    beta: Float = 0.1, desirableWeight: Float = 1, undesirableWeight: Float = 1, usesKL: Bool = true
  ) {
    self.beta = beta
    self.desirableWeight = desirableWeight
    self.undesirableWeight = undesirableWeight
    self.usesKL = usesKL
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    desirableWeight = reader.value(
      "desirable_weight", default: 1, .atLeast(0), "What a desirable row counts.")
    undesirableWeight = reader.value(
      "undesirable_weight", default: 1, .atLeast(0), "What an undesirable row counts.")
    usesKL = reader.value(
      "kl", default: true,
      "Estimate how far the policy has moved, from mismatched completions; else take 0.")
  }

  public var inputs: [InputSpec] {
    let mismatched = InputSpec(
      .klLogRatios, shape: [.symbol("B")], from: .model, isDifferentiable: false)
    return InputSpec.unpairedRows + (usesKL ? [mismatched] : [])
  }

  public var isBatchDependent: Bool { usesKL }
  public var smallestBatch: Int { usesKL ? 2 : 1 }
  public var rewardScale: Double? { Double(beta) }

  public var undecidedLoss: Double? {
    desirableWeight == undesirableWeight ? Double(desirableWeight) / 2 : nil
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let value = beta * (x.rowLogRatio - referencePoint(x))
    let weights = x.byLabel(desirableWeight, undesirableWeight)
    return weights * (x.byLabel(-1, 1) * value).sigmoid()
  }

  /// κ, the policy's estimated distance from the reference: a constant.
  private func referencePoint(_ x: ObjectiveInputs) -> Float {
    guard usesKL else { return 0 }
    let ratios = x[.klLogRatios].value
    return Float(max(0, BatchTotals.sum(ratios) / Double(ratios.count)))
  }

  /// Says when λ_D·n_D / (λ_U·n_U) is outside 1 … 4/3, and which λ_D would be within.
  public func remark(desirable: Int, undesirable: Int) -> String? {
    let others = Double(undesirableWeight) * Double(undesirable)
    let balance = Double(desirableWeight) * Double(desirable) / others
    // Weights are float32: one that is meant to give an end of the range may miss it by its last digit.
    if balance >= 1 - 1e-6 && balance <= (4.0 / 3) * (1 + 1e-6) { return nil }
    func rounded(_ x: Double) -> Double { (x * 1000).rounded() / 1000 }
    let counts = "\(desirable) desirable and \(undesirable) undesirable rows"
    guard others > 0, desirable > 0 else {
      return "kto: only one kind of completion counts (\(counts)); it is made for both"
    }
    let least = others / Double(desirable)
    return
      "kto: with \(counts), desirable_weight * desirable / (undesirable_weight * undesirable) is "
      + "\(rounded(balance)), its authors recommend 1 ... 4/3: a desirable_weight of "
      + "\(rounded(least)) ... \(rounded(least * 4 / 3))"
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRowRewards(x, scale: beta)
    guard usesKL else { return }
    let rows = x[.klLogRatios].value.count
    sums.mean("kl", sum: Double(referencePoint(x)) * Double(rows), count: rows)
  }
}

extension InputName {
  /// policy − reference log-prob of completions that belong to other prompts of the batch, `[B]`.
  public static let klLogRatios: InputName = "kl_logratios"
}
