extension LinearProbe {
  /// How well a property can be read off each of several groups of units, such as attention heads.
  public struct GroupScore: Sendable, Equatable {
    /// Index of the group.
    public var group: Int
    /// Mean of the probe's accuracy on the rows it was fitted to and on the others.
    public var score: Double
    public var training: Double
    public var validation: Double
  }

  /// Scores of all groups, best first, of equals in their order; the first few are those to steer.
  ///
  /// - Parameters:
  ///   - groups: states of each group, `[groups][N][D]`.
  ///   - labels: `[N]`.
  ///   - share: of the rows, the first ones, that probes are fitted to; shuffle rows beforehand.
  /// - Throws: as a probe does, for a share that leaves either part without rows of both kinds.
  /// - Source: Zhu et al. 2024, "Personality Alignment of LLMs" (arXiv 2408.11779): 60 %, the best 48 heads.
  public static func scores(
    groups: [[[Double]]], labels: [Bool], share: Double = 0.6, penalty: Double = 1e-3
  ) throws(EvaluationError) -> [GroupScore] {
    guard share > 0, share < 1 else {
      throw .outOfRange("probe share", row: nil, found: "\(share)", expected: "between 0 and 1")
    }
    let count = Int((share * Double(labels.count)).rounded())
    guard count > 0, count < labels.count else { throw .empty("rows to fit or to check probes on") }
    var result: [GroupScore] = []
    for (group, states) in groups.enumerated() {
      guard states.count == labels.count else {
        throw .lengthsDiffer("group \(group)", found: states.count, expected: labels.count)
      }
      let (first, rest) = (Array(labels[..<count]), Array(labels[count...]))
      let probe = try LinearProbe(
        states: Array(states[..<count]), labels: first, penalty: penalty)
      let training = probe.accuracy(states: Array(states[..<count]), labels: first)
      let validation = probe.accuracy(states: Array(states[count...]), labels: rest)
      result.append(
        GroupScore(
          group: group, score: (training + validation) / 2, training: training,
          validation: validation))
    }
    return result.sorted { ($1.score, $0.group) < ($0.score, $1.group) }
  }
}
