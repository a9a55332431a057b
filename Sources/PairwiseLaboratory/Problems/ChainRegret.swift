public import PairwiseConfig
internal import PairwiseEvaluation
public import PairwiseModels

/// T12: four states in a row, the last one the goal, −1 a step: segments of equal length all earn the same,
/// so that only their regret tells them apart.
public struct ChainRegret: ToyProblem {
  public static let name = "chain_regret"
  public static let summary = "segments on a chain that differ in regret but not in return"
  public static let source = "Knox et al. 2022, arXiv 2206.02231"

  public static let left = 0, right = 1

  /// Start of where fits begin.
  public var seed = 0

  public init() {}

  public init(from reader: inout SectionReader) {
    seed = reader.value("seed", default: seed, .atLeast(0), "Start of where fits begin.")
  }

  public var mdp: TabularMDP {
    var transition = [Double](repeating: 0, count: 4 * 2 * 4)
    for s in 0..<4 {
      transition[(s * 2 + Self.left) * 4 + max(s - 1, 0)] = 1
      transition[(s * 2 + Self.right) * 4 + min(s + 1, 3)] = 1
    }
    return TabularMDP(
      states: 4, actions: 2, transition: transition,
      reward: [Double](repeating: -1, count: 8), isTerminal: [false, false, false, true])
  }

  /// A*(s, a) of the three states before the goal, left and right in turn: left loses two steps, but only
  /// one against the wall.
  public var truth: [TruthEntry] { [TruthEntry("advantages", [-1, 0, -2, 0, -2, 0])] }

  /// All segments of two steps from 0, 1 and 2 that do not go on from the goal.
  public func segments() -> [Segment] {
    (0..<3).flatMap { start in
      [0, 1, 2, 3].compactMap { choice -> Segment? in
        let actions = [choice / 2, choice % 2]
        var states = [start]
        for action in actions {
          let s = states[states.count - 1]
          if s == 3 { return nil }
          states.append(action == Self.left ? max(s - 1, 0) : s + 1)
        }
        return Segment(states: states, actions: actions)
      }
    }
  }

  /// A reward for each state and action, `[3·2]`, fitted as a partial return to the exact probabilities of
  /// all pairs of segments; the least of those that fit equally well.
  ///
  /// - Parameter scores: of each segment; a pair's probability is σ of their difference.
  public func fittedReturns(_ scores: [Double]) throws(FitError) -> [Double] {
    let all = segments()
    var rows: [Double] = []
    var pulls: [Double] = []
    for i in all.indices {
      for j in all.indices.dropFirst(i + 1) {
        rows += zip(visits(all[i]), visits(all[j])).map { $0 - $1 }
        pulls.append(1 - Logistic.sigmoid(scores[i] - scores[j]))
      }
    }
    var pairs = LinearPairs(rows, width: 6)
    pairs.pulls = pulls
    // A constant added to all rewards changes no difference of equal lengths: a penalty settles it.
    return try pairs.fit(l2: 1e-10)
  }

  /// How often a segment takes each action in each state.
  private func visits(_ segment: Segment) -> [Double] {
    var counts = [Double](repeating: 0, count: 6)
    for (s, a) in zip(segment.states, segment.actions) { counts[s * 2 + a] += 1 }
    return counts
  }
}
