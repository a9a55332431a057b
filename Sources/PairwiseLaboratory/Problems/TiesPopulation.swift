internal import PairwiseEvaluation

/// T8: four items and ties, as exact probabilities instead of samples.
public struct TiesPopulation: ToyProblem {
  public static let name = "ties_population"
  public static let summary = "four items with ties, the exact shares of wins, ties and losses"
  public static let source = "Rao & Kupper 1967; Davidson 1970"

  /// θ*, of sum 0.
  public let strengths = [0.8, 0.2, -0.3, -0.7]
  /// τ of Rao and Kupper.
  public let threshold = 0.4

  public init() {}

  public var truth: [TruthEntry] {
    [TruthEntry("strengths", strengths), TruthEntry("tau", threshold)]
  }

  /// The six pairs, each with the probabilities of a win, a tie and a loss of the first item.
  public func outcomes() -> [TiesFit.Outcome] {
    strengths.indices.flatMap { i in
      (i + 1..<strengths.count).map { j in
        let delta = strengths[i] - strengths[j]
        let win = Logistic.sigmoid(delta - threshold)
        let loss = Logistic.sigmoid(-delta - threshold)
        return TiesFit.Outcome(i, j, wins: win, ties: 1 - win - loss, losses: loss)
      }
    }
  }
}
