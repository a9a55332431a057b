public import PairwiseConfig

/// How a model that is told whose pairs it judges compares with one that is not, person by person or group by group.
///
/// - Source: after PREFDISCO's "worse than generic"; methods reference, §8.13.
public struct GenericComparison: Sendable, Equatable {
  public struct Group: Sendable, Equatable {
    public var name: String
    public var accuracy: Double
    public var generic: Double
  }

  /// Groups that both reports count.
  public let groups: [Group]
  /// Share of them whose accuracy is below the generic model's; Wilson's interval.
  public let worse: Double
  public let interval: Interval
  /// Mean over groups of own less generic accuracy.
  public let gain: Double

  /// Nil where no group is counted by both.
  public init?(_ own: GroupReport, generic: GroupReport) throws(EvaluationError) {
    var groups: [Group] = []
    for group in own.groups where group.isCounted {
      guard let other = generic.groups.first(where: { $0.name == group.name && $0.isCounted })
      else { continue }
      groups.append(Group(name: group.name, accuracy: group.accuracy, generic: other.accuracy))
    }
    guard !groups.isEmpty else { return nil }
    self.groups = groups
    let worse = groups.count { $0.accuracy < $0.generic }
    self.worse = Double(worse) / Double(groups.count)
    interval = try .wilson(successes: worse, of: groups.count)
    gain = groups.reduce(0) { $0 + $1.accuracy - $1.generic } / Double(groups.count)
  }

  /// For JSON.
  public var node: ConfigNode {
    var table = NodeTable()
    table.add("worse_than_generic", worse)
    table.add("worse_than_generic", interval)
    table.add("gain", gain)
    table.add(
      "groups",
      groups.map { group in
        var row = NodeTable()
        row.add("name", group.name)
        row.add("accuracy", group.accuracy)
        row.add("generic", group.generic)
        return row.node
      })
    return table.node
  }
}
