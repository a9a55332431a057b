/// Accuracy split by group, annotator, subset or whatever the rows' groups stand for.
///
/// - Source: methods reference, §8.13.
public struct GroupReport: Sendable, Equatable {
  public struct Group: Sendable, Equatable {
    public var name: String
    /// Decided pairs of the group.
    public var count: Int
    public var correct: Int
    public var accuracy: Double
    /// Wilson's interval.
    public var interval: Interval
    /// False below `minimumCount` rows: then the group counts for neither worst nor gap.
    public var isCounted: Bool
  }

  /// Groups with at least one decided pair, in the order of their names' list.
  public var groups: [Group]
  /// Decided pairs without a known group.
  public var unknown: Int
  public var minimumCount: Int

  /// Over all decided pairs with a group.
  public var mean: Double
  /// Mean of the groups' accuracies, each group counting the same.
  public var macroMean: Double

  /// The counted group with the lowest accuracy, the first of equals; nil when none is counted.
  public var worst: Group? {
    groups.filter(\.isCounted).min { $0.accuracy < $1.accuracy }
  }

  /// Best − worst accuracy over counted groups; nil when none is counted.
  public var gap: Double? {
    let counted = groups.filter(\.isCounted).map(\.accuracy)
    guard let low = counted.min(), let high = counted.max() else { return nil }
    return high - low
  }

  /// Nil when the scores have no groups, or no decided pair has one.
  public init?(
    _ scores: PairScores, minimumCount: Int = 20, level: Double = 0.95
  ) throws(EvaluationError) {
    guard let rows = scores.groups else { return nil }
    var counts = [Int](repeating: 0, count: scores.groupNames.count)
    var correct = counts
    var unknown = 0
    for (row, group) in rows.enumerated() {
      let outcome = scores.outcome(row)
      guard outcome.isDecided else { continue }
      guard group >= 0 else {
        unknown += 1
        continue
      }
      counts[group] += 1
      if outcome.isCorrect { correct[group] += 1 }
    }
    var groups: [Group] = []
    for (index, name) in scores.groupNames.enumerated() where counts[index] > 0 {
      groups.append(
        Group(
          name: name, count: counts[index], correct: correct[index],
          accuracy: Double(correct[index]) / Double(counts[index]),
          interval: try .wilson(successes: correct[index], of: counts[index], level: level),
          isCounted: counts[index] >= minimumCount))
    }
    guard !groups.isEmpty else { return nil }
    self.groups = groups
    self.unknown = unknown
    self.minimumCount = minimumCount
    mean = Double(correct.reduce(0, +)) / Double(counts.reduce(0, +))
    macroMean = groups.map(\.accuracy).reduce(0, +) / Double(groups.count)
  }
}
