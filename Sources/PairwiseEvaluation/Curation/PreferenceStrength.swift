/// How strongly an ensemble of reward models agrees with each recorded preference.
///
/// μᵢ and σᵢ are mean and population deviation over the members of r(chosen) − r(rejected). A negative
/// mean says that the members, taken together, would have chosen the other side. Members have to differ
/// in more than the order of their data where the model is convex: train them on bootstrap resamples.
///
/// - Source: Wang et al. 2024, "Secrets of RLHF in Large Language Models Part II", arXiv 2401.06080.
public struct PreferenceStrength: Sendable, Equatable {
  /// μ and σ of each pair.
  public let means: [Double]
  public let deviations: [Double]

  /// - Parameter differences: `[n][M]`, for each pair the chosen − rejected reward of each member.
  /// - Throws: `EvaluationError` for no pairs, fewer than two members, another number of members in some
  ///   pair, or a number that is not finite.
  public init(_ differences: [[Double]]) throws(EvaluationError) {
    guard let members = differences.first?.count else { throw .empty("preference strength") }
    guard members >= 2 else {
      throw .outOfRange(
        "ensemble members", row: nil, found: "\(members)", expected: "at least 2")
    }
    var means: [Double] = []
    var deviations: [Double] = []
    for (row, values) in differences.enumerated() {
      guard values.count == members else {
        throw .outOfRange(
          "ensemble members", row: row, found: "\(values.count)", expected: "\(members) as in row 0"
        )
      }
      let mean = values.reduce(0, +) / Double(members)
      for value in values {
        try EvaluationError.check(
          value, within: Moments.largestMagnitude, "ensemble difference", row: row)
      }
      let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(members)
      means.append(mean)
      deviations.append(square.squareRoot())
    }
    (self.means, self.deviations) = (means, deviations)
  }

  /// Pairs from the weakest to the strongest; equal means in the order of the data.
  public var order: [Int] { StrengthOrder.ascending(means) }

  /// Place of each pair in that order as a share: 0 for the weakest, 1 for the strongest.
  public var quantiles: [Double] {
    var shares = [Double](repeating: 0, count: means.count)
    guard means.count > 1 else { return shares }
    for (place, row) in order.enumerated() {
      shares[row] = Double(place) / Double(means.count - 1)
    }
    return shares
  }

  /// Share of pairs whose mean is negative.
  public var negativeShare: Double {
    Double(means.count { $0 < 0 }) / Double(means.count)
  }
}

/// Rows by a number of theirs.
enum StrengthOrder {
  /// Smallest first; equal ones in the order of the rows.
  static func ascending(_ values: [Double]) -> [Int] {
    values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
  }
}
