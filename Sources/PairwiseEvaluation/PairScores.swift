/// Scores of both sides of n pairs, checked: what every figure of an evaluation is computed from.
public struct PairScores: Sendable {
  /// `[n]`, n ≥ 1, finite.
  public let chosen: [Double]
  public let rejected: [Double]
  /// P(chosen ≻ rejected), `[n]`, 0…1; nil when chosen is simply the preferred one.
  public let labels: [Double]?
  /// Sample weights, `[n]`, ≥ 0, not all 0.
  public let weights: [Double]?
  /// Index into `groupNames`, −1 unknown; `[n]`.
  public let groups: [Int]?
  public let groupNames: [String]
  /// Length of each completion, in any one unit (characters, tokens); `[n]`.
  public let lengths: Lengths?

  /// Lengths of both completions of each pair, for the length-bias split.
  public struct Lengths: Sendable, Equatable {
    public var chosen: [Int]
    public var rejected: [Int]

    public init(chosen: [Int], rejected: [Int]) {
      self.chosen = chosen
      self.rejected = rejected
    }
  }

  /// - Throws: `EvaluationError` for no pairs, columns of different lengths, a score that is not
  ///   finite or above `largestScore` in magnitude, a label outside 0…1, a weight below 0, or a group
  ///   that has no name.
  public init(
    chosen: [Double], rejected: [Double], labels: [Double]? = nil, weights: [Double]? = nil,
    groups: [Int]? = nil, groupNames: [String] = [], lengths: Lengths? = nil
  ) throws(EvaluationError) {
    let n = chosen.count
    guard n > 0 else { throw .empty("scores") }
    func check(_ what: String, _ count: Int?) throws(EvaluationError) {
      if let count, count != n { throw .lengthsDiffer(what, found: count, expected: n) }
    }
    try check("rejected scores", rejected.count)
    try check("labels", labels?.count)
    try check("weights", weights?.count)
    try check("groups", groups?.count)
    try check("lengths of chosen", lengths?.chosen.count)
    try check("lengths of rejected", lengths?.rejected.count)
    for row in 0..<n {
      try EvaluationError.check(
        pair: row, chosen: chosen[row], rejected: rejected[row], label: labels?[row] ?? 1,
        weight: weights?[row] ?? 1)
    }
    if let weights, weights.allSatisfy({ $0 == 0 }) { throw .empty("weights, all zero") }
    for (row, group) in (groups ?? []).enumerated() where group < -1 || group >= groupNames.count {
      throw .outOfRange(
        "group", row: row, found: "\(group)", expected: "-1 … \(groupNames.count - 1)")
    }
    self.chosen = chosen
    self.rejected = rejected
    self.labels = labels
    self.weights = weights
    self.groups = groups
    self.groupNames = groupNames
    self.lengths = lengths
  }

  /// The same from the floats a model gives; every figure is computed in double precision.
  public init(
    chosen: [Float], rejected: [Float], labels: [Float]? = nil, weights: [Float]? = nil,
    groups: [Int]? = nil, groupNames: [String] = [], lengths: Lengths? = nil
  ) throws(EvaluationError) {
    try self.init(
      chosen: chosen.map(Double.init), rejected: rejected.map(Double.init),
      labels: labels?.map(Double.init), weights: weights?.map(Double.init),
      groups: groups, groupNames: groupNames, lengths: lengths)
  }

  public var count: Int { chosen.count }

  /// The largest magnitude of a score or weight: far above any float, and no sum overflows.
  public static let largestScore = 1e90

  package func outcome(_ row: Int) -> PairOutcome {
    PairOutcome(chosen: chosen[row], rejected: rejected[row], label: labels?[row] ?? 1)
  }

  /// Score of chosen − score of rejected, `[n]`.
  public var margins: [Double] { zip(chosen, rejected).map { $0 - $1 } }

  /// Every score times `factor`, as temperature 1/`factor` does; the ranking stays.
  ///
  /// - Throws: `EvaluationError` when a scaled score is above `largestScore`.
  public func scaled(by factor: Double) throws(EvaluationError) -> PairScores {
    try PairScores(
      chosen: chosen.map { $0 * factor }, rejected: rejected.map { $0 * factor }, labels: labels,
      weights: weights, groups: groups, groupNames: groupNames, lengths: lengths)
  }
}
