public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Regression on how much more of an attribute one text has than the other, as several annotators graded it.
///
/// ℓ = (f − t)², or Huber's loss with the width `huber_delta` (half the square up to δ, linear beyond), t the mean of the
/// annotators' scores that are there (NaN, null in JSON, is none); positive scores say that a has more. f is r_a − r_b: a
/// difference of scores of single texts is antisymmetric by construction, so the order of a pair does not matter. With
/// the model head `joint`, which reads both texts at once, f is (g(a, b) − g(b, a))/2 (`antisymmetrised`), or g(a, b)
/// trained on both orders, ℓ = ½·(g(a, b) − t)² + ½·(g(b, a) + t)² (`augment`).
///
/// ## When to use
///
/// When pairs have signed grades rather than choices (how much more persuasive is this text?) and their size is to
/// be predicted. Scores of a generator are means of r_rewrite − r_source then.
///
/// ## Metrics
///
/// `mse`; `pearson`, and `spearman` of the held-out set, of f and target; `sign_accuracy`, over pairs whose
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
    f = r_a - r_b, or with antisymmetrised (g(a, b) - g(b, a))/2
    loss = (f - t)^2, or Huber's of the same with huber_delta
           with augment half of it for f = g(a, b), half for f = -g(b, a)
    Pauli et al. 2024, arXiv 2406.17753
    """

  /// δ > 0 of Huber's loss; nil, the default, for the square.
  public var huberDelta: Float?

  /// What f is made of.
  public enum Symmetry: String, Sendable, CaseIterable {
    case pointwise, antisymmetrised, augment
  }

  /// Default `pointwise`; the others need a model that reads both texts at once.
  public var symmetry: Symmetry
  /// Largest |f| in figures, > 0; nil, the default, for no limit.
  public var scaleLimit: Float?

  public init(
    huberDelta: Float? = nil, symmetry: Symmetry = .pointwise, scaleLimit: Float? = nil
  ) {
    (self.huberDelta, self.symmetry, self.scaleLimit) = (huberDelta, symmetry, scaleLimit)
  }

  public init(from reader: inout SectionReader) {
    huberDelta = reader.optional(
      "huber_delta", Float.self, .greater(than: 0),
      "Errors beyond this count by their size, not its square (Huber's loss); none for the square.")
    symmetry = reader.choice(
      "symmetry", default: .pointwise,
      "A difference of two scores (pointwise), or of the head joint that of both orders (antisymmetrised), or one "
        + "order, trained on both (augment).")
    scaleLimit = reader.optional(
      "clip_to_scale", Float.self, .greater(than: 0),
      "End of the grades' scale: figures take predictions as that far at most; none for no limit.")
  }

  /// The two sides that are read.
  private var sides: (InputName, InputName) {
    symmetry == .pointwise ? (.aScores, .bScores) : (.aJointScores, .bJointScores)
  }

  public var inputs: [InputSpec] {
    [
      .computed(sides.0), .computed(sides.1),
      .columns(.annotatorScores, width: .symbol("J"), .rating),
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let targets = Variable(constant: Tensor(targets(x)))
    guard symmetry == .augment else { return loss(prediction(x) - targets) }
    return 0.5 * (loss(x[sides.0] - targets) + loss(x[sides.1] + targets))
  }

  private func loss(_ error: Variable) -> Variable {
    guard let delta = huberDelta else { return error.squared() }
    let size = error.abs()
    let inner = size.atMost(delta)
    return 0.5 * inner.squared() + delta * (size - inner)
  }

  /// f, `[B]`.
  private func prediction(_ x: ObjectiveInputs) -> Variable {
    switch symmetry {
    case .pointwise: x[sides.0] - x[sides.1]
    case .antisymmetrised: 0.5 * (x[sides.0] - x[sides.1])
    case .augment: x[sides.0]
    }
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
    let limit = scaleLimit ?? .infinity
    let margins = prediction(x).value.array.map { min(limit, max(-limit, $0)) }
    let targets = targets(x)
    sums.mean("mse", Tensor(zip(margins, targets).map { ($0 - $1) * ($0 - $1) }))
    let decided = zip(targets, margins).filter { $0.0 != 0 }
    let right = decided.count { ($0 > 0) == ($1 > 0) && $1 != 0 }
    sums.mean("sign_accuracy", sum: Double(right), count: decided.count)
    sums.sum("zero_targets", Double(targets.count - decided.count))
    sums.mean("target_mean", Tensor(targets))
    sums.addAgreement(of: zip(margins, targets).map { (Double($0), Double($1)) })
    sums.addComparedScores(x, sides)
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
