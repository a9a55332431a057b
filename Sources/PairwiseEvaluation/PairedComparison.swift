/// Two models on the same pairs: by how much the first is better, with an interval.
public struct PairedComparison: Sendable, Equatable {
  /// Accuracy of the first − accuracy of the second, over decided pairs.
  public var difference: Double
  /// Of `difference`, from resampling the pairs for both models at once.
  public var interval: Interval
  /// Pairs only the first gets right, and only the second.
  public var onlyFirst: Int
  public var onlySecond: Int

  /// - Throws: `EvaluationError` when the models did not score the same pairs (number and labels),
  ///   or no pair has a winner.
  public init(
    accuracyOf first: PairScores, _ second: PairScores, using bootstrap: Bootstrap = Bootstrap()
  ) throws(EvaluationError) {
    guard first.count == second.count else {
      throw .lengthsDiffer("second model's scores", found: second.count, expected: first.count)
    }
    var differences: [Double] = []
    var onlyFirst = 0
    var onlySecond = 0
    for row in 0..<first.count {
      let a = first.outcome(row)
      let b = second.outcome(row)
      guard a.label == b.label else {
        throw .outOfRange(
          "second model's label", row: row, found: "\(b.label)", expected: "\(a.label)")
      }
      guard a.isDecided else { continue }
      if a.isCorrect, !b.isCorrect { onlyFirst += 1 }
      if b.isCorrect, !a.isCorrect { onlySecond += 1 }
      differences.append(Double((a.isCorrect ? 1 : 0) - (b.isCorrect ? 1 : 0)))
    }
    guard !differences.isEmpty else { throw .empty("comparison") }
    try bootstrap.check()
    difference = Double(onlyFirst - onlySecond) / Double(differences.count)
    interval = bootstrap.interval(
      of: bootstrap.resampledMeans(differences), method: .pairedBootstrapPercentile)
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
  }
}
