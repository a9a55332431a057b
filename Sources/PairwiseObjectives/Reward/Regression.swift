public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Regression on ratings: the mean squared error over the ratings that are there.
///
/// ℓ = Σ (ŷ − y)² / their number, over all rows and columns of the batch that have a rating; a missing one is NaN
/// (null in JSON). Every rating counts alike, so rows with more of them count more. What a row adds, divided by the
/// ratings of the whole batch, does not depend on how the batch is split. A batch without any rating has loss 0 in
/// training.
///
/// ## When to use
///
/// With absolute ratings of single completions; as the first stage before ``ScaledBT``, which then starts from a
/// reward on the ratings' scale. ``MultiObjectiveRegression`` is the same for several attributes, and refuses a
/// column without ratings.
///
/// ## Metrics
///
/// `mse`, over present ratings; `mse/k`, `pearson/k` and `coverage/k` for each column k: its error, the correlation of
/// prediction and rating, and the share of rows that have a rating. Of the held-out set also `spearman/k`, and
/// `correlation/j/k`, that of the predictions of two columns.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Wang et al. 2024, HelpSteer2-Preference (arXiv 2410.01257), whose code marks missing ratings by −100.
public struct Regression: RatingObjective {
  public static let name = "regression"
  public static let summary = "mean squared error on the ratings that are there"
  public static let formula = """
    loss = sum (prediction - y)^2 / number of ratings, over those that are there
           y = a rating + b with target_scale
    Wang et al. 2024, arXiv 2410.01257
    """

  /// What ratings are learned as; as they are by default.
  public var scale: TargetScale

  public init(scale: TargetScale = TargetScale()) { self.scale = scale }

  public init(from reader: inout SectionReader) { scale = TargetScale(in: &reader) }
}

/// An objective on rows of ratings, some of which may be missing.
public protocol RatingObjective: Objective {
  var scale: TargetScale { get }
}

extension RatingObjective {
  public var inputs: [InputSpec] {
    [
      .computed(.predictions, width: .symbol("K")),
      .columns(.ratings, width: .symbol("K"), .rating),
    ]
  }

  public var totals: [InputName] { [.ratings] }

  /// Each row's part of the batch's mean, scaled so that their mean is the loss.
  public func losses(_ x: ObjectiveInputs) -> Variable {
    let present = x.present(.ratings)
    return x.squaredErrors(scale).sumRows()
      * Float(present > 0 ? Double(x.batchPairs) / present : 0)
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (errors, ratings) = (x.squaredErrors(scale).value, x[.ratings].value)
    let (rows, columns) = (ratings.shape[0], ratings.shape[1])
    sums.mean("mse", sum: BatchTotals.sum(errors), over: BatchTotals.present(ratings))
    for column in 0..<columns {
      var (sum, count) = (0.0, 0)
      for row in 0..<rows where !ratings[flat: row * columns + column].isNaN {
        sum += Double(errors[flat: row * columns + column])
        count += 1
      }
      sums.mean("mse/\(column)", sum: sum, count: count)
      sums.mean("coverage/\(column)", sum: Double(count), count: rows)
    }
    addCorrelations(x, to: &sums)
  }

  private func addCorrelations(_ x: ObjectiveInputs, to sums: inout MetricSums) {
    let (predictions, ratings) = (x[.predictions].value, x[.ratings].value)
    let (rows, columns) = (ratings.shape[0], ratings.shape[1])
    func prediction(_ row: Int, _ column: Int) -> Double {
      Double(predictions[flat: row * columns + column])
    }
    for column in 0..<columns {
      let rated = (0..<rows).filter { !ratings[flat: $0 * columns + column].isNaN }
      sums.addAgreement(
        of: rated.map { (prediction($0, column), Double(ratings[flat: $0 * columns + column])) },
        "/\(column)")
    }
    // Two by two there are many: of whole sets alone.
    guard sums.keepsPairs else { return }
    for second in 0..<columns {
      for first in 0..<second {
        sums.correlation("correlation/\(first)/\(second)") { both in
          for row in 0..<rows { both.add(prediction(row, first), prediction(row, second)) }
        }
      }
    }
  }
}

extension MetricSums {
  /// How pairs of a prediction and what it should be go together: `pearson`, and `spearman` of whole sets.
  mutating func addAgreement(of pairs: [(Double, Double)], _ suffix: String = "") {
    correlation("pearson" + suffix) { both in for (a, b) in pairs { both.add(a, b) } }
    ranks("spearman" + suffix) { columns in for (a, b) in pairs { columns.add(a, b) } }
  }
}

extension ObjectiveInputs {
  /// (ŷ − y)², 0 where there is no rating, `[N, K]`.
  fileprivate func squaredErrors(_ scale: TargetScale) -> Variable {
    let ratings = self[.ratings].value
    let present = Tensor(ratings.shape, ratings.array.map { $0.isNaN ? 0 : 1 })
    let known = Tensor(ratings.shape, ratings.array.map { $0.isNaN ? 0 : scale($0) })
    return (self[.predictions] - Variable(constant: known)).masked(by: present).squared()
  }
}

extension InputName {
  /// Predicted ratings of single completions, `[N, K]`.
  public static let predictions: InputName = "predictions"
  /// Ratings of single completions, NaN where there is none, `[N, K]`.
  public static let ratings: InputName = "ratings"
}
