public import PairwiseAutodiff
internal import PairwiseTensor

/// What a reward model gives for n pairs.
public struct RewardOutput {
  /// `[2n]`: chosen of pair i at 2i, rejected at 2i + 1.
  public let scores: Variable
  /// Further values of each completion, `[2n]` or `[2n, K]`, by the name that objectives read them under
  /// behind `chosen_` and `rejected_`.
  public let rows: [String: Variable]
  /// Values of each pair, `[n, K]`, by the name that objectives read them under.
  public let pairs: [String: Variable]
  /// Log-odds that the first completion is preferred, `[n]`, of models whose probability is not the sigmoid
  /// of a difference of scores.
  public let logOdds: Variable?

  public init(
    scores: Variable, rows: [String: Variable] = [:], pairs: [String: Variable] = [:],
    logOdds: Variable? = nil
  ) {
    (self.scores, self.rows, self.pairs, self.logOdds) = (scores, rows, pairs, logOdds)
  }

  /// The name of the last hidden layer's values among those of each completion.
  public static let states = "states"

  /// The name of g(own side, other side) among them, of models that judge a completion beside the other one alone.
  public static let joint = "joint_scores"

  /// The same with the values `[2n, H]` that the head read, before its linear map.
  func with(states: Variable?) -> RewardOutput {
    guard let states else { return self }
    return RewardOutput(
      scores: scores, rows: rows.merging([RewardOutput.states: states]) { $1 }, pairs: pairs,
      logOdds: logOdds)
  }

  /// The values of the first two completions alone of rows that have `perRow` each.
  package func firstPairs(of perRow: Int) -> RewardOutput {
    if perRow == 2 { return self }
    func first(_ values: Variable) -> Variable {
      let rows = (0..<Int32(values.shape[0] / perRow)).flatMap { row in
        [row * Int32(perRow), row * Int32(perRow) + 1]
      }
      return values.shape.rank == 1
        ? values.reshaped([values.shape[0], 1]).rows(rows).reshaped([rows.count])
        : values.rows(rows)
    }
    return RewardOutput(scores: first(scores), rows: rows.mapValues(first))
  }
}
