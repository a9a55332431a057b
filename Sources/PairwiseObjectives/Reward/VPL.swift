internal import Glibc
public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Variational preference learning: Bradley–Terry given a latent of the pair's user, plus the latent's
/// divergence from a standard normal.
///
/// ℓ = softplus(−(r_c − r_r)) for rewards of a latent drawn from N(μ, σ²), which is inferred from other pairs of the
/// same user; the loss adds λ·mean KL, KL = ½·Σ(μ² + σ² − 1 − log σ²) ≥ 0, exactly 0 at μ = 0, σ = 1.
///
/// With `annealing_steps` T λ is multiplied by a(t) = b + (1 − b)·(1 + cos(π·(t/T − 1)))/2, t the steps so far
/// modulo T: it rises from b to 1 over T steps and falls back, so that the latent is used before it is paid for.
/// That is state, so a batch is computed as one then, in two passes.
///
/// ## When to use
///
/// With the model head `variational`, when users differ and a new one should be served from a few labelled
/// pairs without any training. Watch `kl`: below 1e-3 the latent has collapsed, and a smaller λ is due.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``; `reconstruction`, the loss without the divergence; `kl`, its mean; `latent/collapsed`,
/// 1 where that is below 1e-3, else 0; `latent/norm`, the mean length of μ; `kl_weight`, λ·a(t), where it is annealed.
///
/// ## In TRL
///
/// TRL has none. The authors' metric of the divergence lacks the ½.
///
/// - Source: Poddar et al. 2024 (arXiv 2408.10075).
public struct VPL: ScoreObjective {
  public static let name = "vpl"
  public static let summary = "Bradley-Terry given a latent of the user, plus its divergence"
  public static let formula = """
    loss = softplus(-(r_chosen - r_rejected))
         + kl_weight mean(1/2 sum(mean^2 + exp(logvar) - 1 - logvar))
    Poddar et al. 2024, arXiv 2408.10075
    """

  /// λ ≥ 0, required: weight of the divergence.
  public var klWeight: Float

  /// T ≥ 1, the period of the annealing in steps; nil, the default, for none.
  public var annealingSteps: Int?
  /// b in 0 … 1, default 0.1: what the annealing begins with.
  public var annealingFloor: Double

  public init(klWeight: Float = 1e-3, annealingSteps: Int? = nil, annealingFloor: Double = 0.1) {
    self.klWeight = klWeight
    self.annealingSteps = annealingSteps
    self.annealingFloor = annealingFloor
  }

  public init(from reader: inout SectionReader) {
    klWeight = reader.required(
      "kl_weight", fallback: Float(1e-3), .atLeast(0),
      "Weight of the latent's divergence from a standard normal; 1e-4 to 1e-2 is usual.")
    annealingSteps = reader.optional(
      "annealing_steps", Int.self, .closed(1...1 << 24),
      "Steps over which the weight rises, again and again; none keeps it as it is.")
    annealingFloor = reader.value(
      "annealing_floor", default: 0.1, .closed(0...1), "The share of the weight it rises from.")
  }

  public var inputs: [InputSpec] {
    InputSpec.scores + [
      .computed(.latentMean, width: .symbol("L"), .closed(-1, 1)),
      .computed(.latentLogVariance, width: .symbol("L"), .closed(-1, 1)),
    ] + (annealingSteps == nil ? [] : [.state(.annealingStep, initial: [0], .atLeast(0))])
  }

  public var isBatchDependent: Bool { annealingSteps != nil }

  public var undecidedLoss: Double? { klWeight == 0 ? .ln2 : nil }

  public func losses(_ x: ObjectiveInputs) -> Variable { (-x.scoreMargin).softplus() }

  public func penalties(_ x: ObjectiveInputs) -> Variable? {
    Float(Double(klWeight) * annealing(x)) * divergence(x)
  }

  /// a(t), 1 without annealing.
  private func annealing(_ x: ObjectiveInputs) -> Double {
    guard let period = annealingSteps else { return 1 }
    let step = Double(x[.annealingStep].value.array[0])
    let rise = (1 + cos(.pi * (step / Double(period) - 1))) / 2
    return annealingFloor + (1 - annealingFloor) * rise
  }

  public func nextState(_ x: ObjectiveInputs) -> [InputName: Tensor] {
    guard let period = annealingSteps else { return [:] }
    let step = x[.annealingStep].value.array[0] + 1
    return [.annealingStep: Tensor([step < Float(period) ? step : 0])]
  }

  /// KL(N(μ, σ²) ‖ N(0, 1)) of each pair's latent, `[B]`.
  private func divergence(_ x: ObjectiveInputs) -> Variable {
    let logVariance = x[.latentLogVariance]
    // σ² − 1 as expm1: the difference of two numbers near 1 has few digits left.
    return 0.5 * (x[.latentMean].squared() + logVariance.expm1() - logVariance).sumRows()
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    sums.mean("reconstruction", losses(x).value)
    sums.mean("kl", divergence(x).value)
    sums.below("latent/collapsed", "kl", 1e-3)
    sums.mean("latent/norm", x[.latentMean].squared().sumRows().sqrt().value)
    if annealingSteps != nil {
      sums.mean("kl_weight", sum: Double(klWeight) * annealing(x), count: 1)
    }
  }
}

extension InputName {
  /// Mean μ of the latent of the pair's user, `[B, L]`.
  public static let latentMean: InputName = "latent_mean"
  /// log σ² of the same, `[B, L]`.
  public static let latentLogVariance: InputName = "latent_logvar"
  /// Steps since the annealing began, `[1]`.
  public static let annealingStep: InputName = "annealing_step"
}
