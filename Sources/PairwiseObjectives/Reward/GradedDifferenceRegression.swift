public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Regression on how much more of an attribute one text has than the other, as several annotators graded it.
///
/// ℓ = (r_a − r_b − t)², or Huber's loss with the width `huber_delta` (half the square up to δ, linear beyond), t the
/// mean of the annotators' scores that are there (NaN, null in JSON, is none); positive scores say that a has more. A
/// difference of scores of single texts is antisymmetric by construction, so the order of a pair does not matter.
///
/// ## When to use
///
/// When pairs have signed grades rather than choices (how much more persuasive is this text?) and their size is to
/// be predicted. Scores of a generator are means of r_rewrite − r_source then.
///
/// ## Metrics
///
/// `mse`; `pearson`, and `spearman` of the held-out set, of r_a − r_b and target; `sign_accuracy`, over pairs whose
/// target is not 0, and `zero_targets`, how many are; `target_mean`; `mean_reward`, `reward_std`, `min_reward` and
/// `max_reward` over both texts.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Pauli et al. 2024 (arXiv 2406.17753). The public data's sign is the opposite one.
public struct GradedDifferenceRegression: Objective {
  public static let name = "graded_difference_regression"
  public static let summary = "squared error of the difference of scores from a mean signed grade"
  public static let formula = """
    t = mean of the annotator_scores that are there
    loss = (r_a - r_b - t)^2, or Huber's of the same with huber_delta
    Pauli et al. 2024, arXiv 2406.17753
    """

  /// δ > 0 of Huber's loss; nil, the default, for the square.
  public var huberDelta: Float?

  public init(huberDelta: Float? = nil) { self.huberDelta = huberDelta }

  public init(from reader: inout SectionReader) {
    huberDelta = reader.optional(
      "huber_delta", Float.self, .greater(than: 0),
      "Errors beyond this count by their size, not its square (Huber's loss); none for the square.")
  }

  public var inputs: [InputSpec] {
    InputSpec.comparedScores + [.columns(.annotatorScores, width: .symbol("J"), .rating)]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let error = error(x)
    guard let delta = huberDelta else { return error.squared() }
    let size = error.abs()
    let inner = size.atMost(delta)
    return 0.5 * inner.squared() + delta * (size - inner)
  }

  /// r_a − r_b − t, `[B]`.
  private func error(_ x: ObjectiveInputs) -> Variable {
    x.comparedMargin - Variable(constant: Tensor(targets(x)))
  }

  /// Means of the scores that are there, `[B]`; 0 without any.
  private func targets(_ x: ObjectiveInputs) -> [Float] {
    let scores = x[.annotatorScores].value
    return (0..<scores.shape[0]).map { row in
      let present = scores.rows(row..<row + 1).array.filter { !$0.isNaN }
      return Float(present.reduce(0) { $0 + Double($1) } / Double(max(1, present.count)))
    }
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (targets, margins) = (targets(x), x.comparedMargin.value.array)
    sums.mean("mse", error(x).squared().value)
    let decided = zip(targets, margins).filter { $0.0 != 0 }
    let right = decided.count { ($0 > 0) == ($1 > 0) && $1 != 0 }
    sums.mean("sign_accuracy", sum: Double(right), count: decided.count)
    sums.sum("zero_targets", Double(targets.count - decided.count))
    sums.mean("target_mean", Tensor(targets))
    sums.addAgreement(of: zip(margins, targets).map { (Double($0), Double($1)) })
    sums.addComparedScores(x)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    guard let scores = given.first(where: { $0.name == .annotatorScores })?.tensor else {
      return nil
    }
    let empty = (0..<scores.shape[0]).first { row in
      scores.rows(row..<row + 1).array.allSatisfy(\.isNaN)
    }
    return empty.map { "\(InputName.annotatorScores): row \($0) has no score" }
  }
}

extension InputName {
  /// How much more of an attribute text a has than b, by annotator, NaN where one gave none, `[B, J]`.
  public static let annotatorScores: InputName = "annotator_scores"
}
