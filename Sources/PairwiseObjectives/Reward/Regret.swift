public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// The cross-entropy of preferences between trajectory segments that follow regret: what a segment lost against
/// acting optimally.
///
/// P(a ≻ b) = σ(β·(Rg_b − Rg_a)), Rg = Σ_t [V*(s_t) − Q*(s_t, a_t)]: the lower regret is preferred. Shaping by a
/// potential changes returns but no regret, and an optimal segment has regret 0. Values are those of the reward in
/// training, so the loss is not convex: keep the weights of the lowest one.
///
/// ## When to use
///
/// On tabular problems, when people are believed to judge decisions rather than luck; it can learn from
/// segments that ``PartialReturn`` cannot tell apart.
///
/// ## Metrics
///
/// Those of ``PartialReturn``, `margin` being the mean lead of the preferred segment in regret avoided.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Knox et al. 2022 (arXiv 2206.02231); Knox et al. 2023 (arXiv 2310.02456).
public struct Regret: Objective {
  public static let name = "regret"
  public static let summary =
    "preferences between segments that follow regret: the lower is preferred"
  public static let formula = """
    z = beta (regret_b - regret_a)
    loss = label_prob softplus(-z) + (1 - label_prob) softplus(z)
    Knox et al. 2022, arXiv 2206.02231; arXiv 2310.02456
    """

  /// β > 0, default 1: how closely preferences follow the regrets.
  public var beta: Float

  public init(beta: Float = 1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.value(
      "beta", default: 1, .greater(than: 0), "How closely preferences follow the regrets.")
  }

  public var inputs: [InputSpec] {
    [.computed(.aRegrets), .computed(.bRegrets), .column(.labelProbability, .closed(0, 1))]
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable { SegmentPreference.losses(logit(x), x) }

  private func logit(_ x: ObjectiveInputs) -> Variable { beta * (x[.bRegrets] - x[.aRegrets]) }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addOutcomes(
      SegmentPreference.outcomes(x), margins: (x[.bRegrets] - x[.aRegrets]).value.array)
  }
}

extension InputName {
  /// Regrets of two segments, `[B]`.
  public static let aRegrets: InputName = "a_regrets"
  public static let bRegrets: InputName = "b_regrets"
}
