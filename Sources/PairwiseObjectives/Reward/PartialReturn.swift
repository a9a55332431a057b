public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// The cross-entropy of preferences between trajectory segments that follow the sum of rewards.
///
/// P(a ≻ b) = σ(β·(Σ_a − Σ_b)) for the segments' discounted returns; ℓ = −p·log P − (1 − p)·log(1 − P) for the
/// label p, ½ for a tie. Segments of equal length under a constant reward per step have equal returns: such
/// preferences teach nothing here, and ``Regret`` is what they may follow.
///
/// ## When to use
///
/// On tabular problems with segments of equal length, when people are believed to compare what was gained along
/// the way.
///
/// ## Metrics
///
/// `accuracy` over segments that are no tie, `accuracy_half`, `margin`, the mean lead of the preferred return, and
/// `tie_rate_observed`, the share of ties.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Knox et al. 2022 (arXiv 2206.02231).
public struct PartialReturn: Objective {
  public static let name = "partial_return"
  public static let summary = "preferences between segments that follow their returns"
  public static let formula = """
    z = beta (return_a - return_b)
    loss = label_prob softplus(-z) + (1 - label_prob) softplus(z)
    Knox et al. 2022, arXiv 2206.02231
    """

  /// β > 0, default 1: how closely preferences follow the returns.
  public var beta: Float

  public init(beta: Float = 1) { self.beta = beta }

  public init(from reader: inout SectionReader) {
    beta = reader.value(
      "beta", default: 1, .greater(than: 0), "How closely preferences follow the returns.")
  }

  public var inputs: [InputSpec] {
    [.computed(.aReturns), .computed(.bReturns), .column(.labelProbability, .closed(0, 1))]
  }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    SegmentPreference.losses(logit(x), x)
  }

  private func logit(_ x: ObjectiveInputs) -> Variable { beta * (x[.aReturns] - x[.bReturns]) }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addOutcomes(
      SegmentPreference.outcomes(x), margins: (x[.aReturns] - x[.bReturns]).value.array)
  }
}

/// What both models of preferences between segments share.
enum SegmentPreference {
  /// Cross-entropy of σ(z) with the label, `[B]`.
  static func losses(_ z: Variable, _ x: ObjectiveInputs) -> Variable {
    let p = x[.labelProbability]
    return p * (-z).softplus() + (1 - p) * z.softplus()
  }

  /// 1 where a is preferred, −1 where b is, 0 for ties.
  static func outcomes(_ x: ObjectiveInputs) -> [Float] {
    x[.labelProbability].value.array.map { $0 > 0.5 ? 1 : $0 < 0.5 ? -1 : 0 }
  }
}

extension InputName {
  /// Discounted returns of two segments, `[B]`.
  public static let aReturns: InputName = "a_returns"
  public static let bReturns: InputName = "b_returns"
}
