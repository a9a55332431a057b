/// Accuracy where the preferred completion is the longer, the shorter, or as long as the other:
/// a model that merely likes length shows here.
///
/// - Source: methods reference, §8.1 "Also".
public struct LengthSplit: Sendable, Equatable {
  public struct Part: Sendable, Equatable {
    /// Decided pairs of this part.
    public var count: Int
    public var correct: Int
    /// Nil without pairs, like `interval`, which is Wilson's.
    public var accuracy: Double?
    public var interval: Interval?

    fileprivate init(_ count: Int, _ correct: Int, _ level: Double) throws(EvaluationError) {
      self.count = count
      self.correct = correct
      guard count > 0 else { return }
      accuracy = Double(correct) / Double(count)
      interval = try .wilson(successes: correct, of: count, level: level)
    }
  }

  /// The preferred completion is longer, shorter, equally long.
  public var longer: Part
  public var shorter: Part
  public var equal: Part

  /// Accuracy of the rule "the longer one is better" (a tie is wrong): what a model has to beat.
  public var baseline: Double {
    Double(longer.count) / Double(longer.count + shorter.count + equal.count)
  }

  /// Nil when the scores come without lengths, or no pair is decided.
  public init?(_ scores: PairScores, level: Double = 0.95) throws(EvaluationError) {
    guard let lengths = scores.lengths else { return nil }
    var counts = [0, 0, 0]
    var correct = [0, 0, 0]
    for row in 0..<scores.count {
      let outcome = scores.outcome(row)
      guard outcome.isDecided else { continue }
      let (chosen, rejected) = (lengths.chosen[row], lengths.rejected[row])
      let preferredIsLonger = outcome.label > 0.5 ? chosen > rejected : rejected > chosen
      let part = chosen == rejected ? 2 : preferredIsLonger ? 0 : 1
      counts[part] += 1
      if outcome.isCorrect { correct[part] += 1 }
    }
    guard counts.contains(where: { $0 > 0 }) else { return nil }
    longer = try Part(counts[0], correct[0], level)
    shorter = try Part(counts[1], correct[1], level)
    equal = try Part(counts[2], correct[2], level)
  }
}
