public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Bradley–Terry with the labels turned round that an ensemble of reward models doubts most.
///
/// ℓ = softplus(−z) with z = r_c − r_r, or r_r − r_c where the ensemble's mean strength μ is below the threshold.
/// On pairs whose labels are known to be wrong it is the loss of the clean labels.
///
/// ## When to use
///
/// With noisy labels and a column `strength_mean` of an ensemble's verdicts: the labels of least strength are mostly
/// wrong ones, and turned round they are worth keeping. A threshold at a quantile of the column flips a share.
///
/// ## Metrics
///
/// Those of ``BradleyTerry`` for the labels as recorded; `accuracy_flipped`, for the labels as trained on;
/// `flipped`, how many labels were turned round; `strength/mean` and `strength/negative`.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Wang et al. 2024, Secrets of RLHF II (arXiv 2401.06080).
public struct StrengthFlip: ScoreObjective {
  public static let name = "strength_flip"
  public static let summary = "Bradley-Terry with labels flipped where an ensemble doubts them most"
  public static let formula = """
    z = r_chosen - r_rejected, or r_rejected - r_chosen where strength_mean < flip_threshold
    loss = softplus(-z)
    Wang et al. 2024, arXiv 2401.06080
    """

  /// Pairs of a mean strength below this are swapped; required.
  public var flipThreshold: Float

  public init(flipThreshold: Float = 0) { self.flipThreshold = flipThreshold }

  public init(from reader: inout SectionReader) {
    flipThreshold = reader.required(
      "flip_threshold", fallback: Float(0), "Labels of a mean strength below this are flipped.")
  }

  public var inputs: [InputSpec] { InputSpec.scores + [.column(.strengthMean)] }

  public var undecidedLoss: Double? { .ln2 }

  public func losses(_ x: ObjectiveInputs) -> Variable { (-(signs(x) * x.scoreMargin)).softplus() }

  /// −1 where the label is flipped, 1 elsewhere, `[B]`.
  private func signs(_ x: ObjectiveInputs) -> Variable {
    Variable(
      constant: Tensor(x[.strengthMean].value.array.map { $0 < flipThreshold ? -1 : 1 }))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    let trained = (signs(x) * x.scoreMargin).value.array
    sums.mean(
      "accuracy_flipped", sum: Double(trained.count { $0 > 0 }), count: trained.count)
    sums.sum("flipped", Double(signs(x).value.array.count { $0 < 0 }))
    sums.addStrengths(x[.strengthMean].value)
  }
}
