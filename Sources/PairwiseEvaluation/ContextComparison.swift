public import PairwiseConfig

/// Accuracy of a model that goes by names when it is told none, or another: what it owes to being told.
///
/// Where two judge each pair the other way round, a wrong name should be right in less than half of them.
///
/// - Source: methods reference, §5.5, after Pitis et al. 2024 (arXiv 2407.14916).
public struct ContextComparison: Sendable, Equatable {
  public struct Case: Sendable, Equatable {
    /// Strict, and with ties of scores as halves; nil where no pair has a winner.
    public let accuracy: Double?
    public let accuracyHalf: Double?
    /// 95 %, Wilson's.
    public let interval: Interval?
  }

  /// Told no name.
  public let without: Case
  /// Told another name than the pair's own.
  public let wrong: Case

  public init(without: PairStatistics, wrong: PairStatistics) throws(EvaluationError) {
    func taken(_ found: PairStatistics) throws(EvaluationError) -> Case {
      Case(
        accuracy: found.accuracy, accuracyHalf: found.accuracyHalf,
        interval: try found.accuracyInterval())
    }
    (self.without, self.wrong) = (try taken(without), try taken(wrong))
  }

  /// For JSON.
  public var node: ConfigNode {
    var table = NodeTable()
    for (name, found) in [("without", without), ("wrong", wrong)] {
      var row = NodeTable()
      row.add("accuracy", found.accuracy)
      row.add("accuracy", found.interval)
      row.add("accuracy_half", found.accuracyHalf)
      table.add(name, row.node)
    }
    return table.node
  }
}
