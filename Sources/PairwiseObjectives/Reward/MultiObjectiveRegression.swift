public import PairwiseConfig
public import PairwiseTensor

/// Regression on several attributes at once, as the first stage of directional preference alignment and of ArmoRM.
///
/// The loss is that of ``Regression``: Σ (ŷ − y)² over the ratings that are there, divided by their number. An
/// attribute without a single rating is refused: its head would stay what it was at the start and still be
/// believed.
///
/// ## When to use
///
/// When completions are rated on several attributes (helpfulness, verbosity, …) and the weighting of them is to be
/// chosen later, by user or by direction.
///
/// ## Metrics
///
/// Those of ``Regression``, by attribute.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Wang et al. 2024, directional preference alignment (arXiv 2402.18571); ArmoRM (arXiv 2406.12845).
public struct MultiObjectiveRegression: RatingObjective {
  public static let name = "multi_objective_regression"
  public static let summary = "mean squared error on several attributes, ratings may be missing"
  public static let formula = """
    loss = sum (prediction - y)^2 / number of ratings, over those that are there
           y = a rating + b with target_scale
    Wang et al. 2024, arXiv 2402.18571; arXiv 2406.12845
    """

  /// What ratings are learned as; as they are by default.
  public var scale: TargetScale

  public init(scale: TargetScale = TargetScale()) { self.scale = scale }

  public init(from reader: inout SectionReader) { scale = TargetScale(in: &reader) }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    guard let ratings = given.first(where: { $0.name == .ratings })?.tensor else { return nil }
    let (rows, columns) = (ratings.shape[0], ratings.shape[1])
    let empty = (0..<columns).first { column in
      (0..<rows).allSatisfy { ratings[flat: $0 * columns + column].isNaN }
    }
    return empty.map {
      "\(InputName.ratings): column \($0) has no rating, so nothing to learn from"
    }
  }
}
