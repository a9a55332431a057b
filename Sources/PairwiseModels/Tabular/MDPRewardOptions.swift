public import PairwiseConfig
internal import PairwiseData
public import PairwiseNN

/// `model: {kind: tabular_mdp}`: a reward for every state and action of a small decision process, for preferences
/// between trajectory segments.
public struct MDPRewardOptions: NativeRewardOptions {
  public static let kind = "tabular_mdp"
  public static let modelType = "pairwise_tabular_mdp"
  public static let summary =
    "a reward for every state and action of a small decision process, to compare segments of trajectories"

  /// What `score` gives for a segment.
  public enum Score: String, Sendable, CaseIterable {
    /// Its discounted sum of rewards.
    case returns
    /// Less what was lost by not acting best.
    case regrets
  }

  /// Which values rewards may have.
  public enum Sign: String, Sendable, CaseIterable {
    case any
    /// −softplus of what is trained: every step costs something.
    case negative
  }

  /// `[S][A]`: the state that each action leads to.
  public var next: [[Int]]?
  /// `[S][A][S]`: P(s' | s, a).
  public var transition: [[[Double]]]?
  /// States where an episode ends.
  public var terminal: [Int]
  /// γ in 0 … 1.
  public var discount: Double
  public var sign: Sign
  public var score: Score
  /// Whether returns may be compared of segments that are not equally long.
  public var allowsUnequal = false
  /// Standard deviation of the start.
  public var spread: Float

  public init(
    next: [[Int]]? = nil, transition: [[[Double]]]? = nil, terminal: [Int] = [],
    discount: Double = 0.9, sign: Sign = .any, score: Score = .returns, spread: Float = 0.1
  ) {
    (self.next, self.transition, self.terminal) = (next, transition, terminal)
    (self.discount, self.sign, self.score, self.spread) = (discount, sign, score, spread)
  }

  static let maxStates = 256

  public init(from reader: inout SectionReader) {
    next = reader.optional(
      "next", [[Int]].self,
      .each(.each(.closed(0...Self.maxStates - 1), count: 1...64), count: 1...Self.maxStates),
      "For each state the state that each action leads to; in place of transition.")
    transition = reader.optional(
      "transition", [[[Double]]].self,
      .each(
        .each(.each(.closed(0...1), count: 1...Self.maxStates), count: 1...64),
        count: 1...Self.maxStates),
      "For each state and action the probabilities of the states behind it; in place of next.")
    terminal = reader.value(
      "terminal", default: [], .each(.closed(0...Self.maxStates - 1), count: 0...Self.maxStates),
      "States where an episode ends.")
    discount = reader.value(
      "discount", default: 0.9, .closed(0...1), "What a reward one step later is worth.")
    sign = reader.choice(
      "rewards", default: .any,
      "Which rewards there may be; negative: every step costs something, which regrets need with discount 1."
    )
    score = reader.choice(
      "score", default: .returns,
      "What a segment's score is: its return, or less its regret.")
    allowsUnequal = reader.value(
      "allow_unequal", default: false,
      "Compare returns of segments of unequal length too: the longer one gains more for its length alone."
    )
    spread = reader.value(
      "start", default: 0.1, .atLeast(0), "Standard deviation that rewards start with.")
    if let problem { reader.report(next == nil ? "transition" : "next", problem) }
  }

  /// Why the tables are no decision process, or nil.
  private var problem: String? {
    guard (next == nil) != (transition == nil) else {
      return "expected one of next and transition"
    }
    let states = next?.count ?? transition?.count ?? 0
    let widths = Set(next?.map(\.count) ?? transition?.map(\.count) ?? [])
    guard widths.count == 1 else { return "expected as many actions in every state" }
    let outside = (next?.flatMap(\.self) ?? []) + terminal
    if let bad = outside.first(where: { $0 >= states }) {
      return "there is no state \(bad), the states are 0 ... \(states - 1)"
    }
    for (state, rows) in (transition ?? []).enumerated() {
      for (action, row) in rows.enumerated()
      where row.count != states || abs(row.reduce(0, +) - 1) > 1e-9 {
        return
          "expected \(states) probabilities that add up to 1 of state \(state), action \(action)"
      }
    }
    if discount == 1 && sign == .negative && !mdp.reachesEnd {
      return "discount 1 needs a terminal state within reach of every state"
    }
    return score == .regrets && !hasRegrets
      ? "score: regrets needs a discount below 1, or rewards: negative" : nil
  }

  /// Whether there is a best policy whatever is learned: rewards of any sign may add up for ever.
  var hasRegrets: Bool { discount < 1 || sign == .negative }

  /// The process, all rewards 0. Traps for tables that the reader has refused.
  var mdp: TabularMDP {
    let states = next?.count ?? transition?.count ?? 1
    let actions = next?.first?.count ?? transition?.first?.count ?? 1
    var table = transition?.flatMap { $0.flatMap(\.self) } ?? []
    for targets in next ?? [] {
      for target in targets { table += (0..<states).map { $0 == target ? 1 : 0 } }
    }
    // Without a table, as while the keys are described.
    if table.isEmpty { table = [1] }
    return TabularMDP(
      states: states, actions: actions, transition: table,
      reward: [Double](repeating: 0, count: states * actions),
      isTerminal: (0..<states).map(terminal.contains), discount: discount)
  }

  public var reader: any PairReader {
    let mdp = mdp
    return SegmentReader(
      states: mdp.states, actions: mdp.actions, isTerminal: mdp.isTerminal,
      allowsUnequal: allowsUnequal || score == .regrets)
  }

  public var gives: Set<String> { hasRegrets ? ["returns", "regrets"] : ["returns"] }

  public func problem(with data: DataFacts) -> String? {
    guard let width = data.featureWidth else {
      return
        "model kind tabular_mdp needs segments as lists of numbers (state, action, state, …), the data has none"
    }
    return width >= 3 && width % 2 == 1
      ? nil
      : "expected segments of an odd number of numbers (state, action, state, …), found \(width)"
  }

  public func parameters(_ data: DataFacts) -> ParameterBuilder { MDPReward.parameters(self) }

  public func build(_ data: DataFacts, seed: UInt64) -> any RewardModel {
    MDPReward(options: self, seed: seed)
  }

  public static func facts(savedIn configuration: ConfigNode) -> DataFacts {
    // A segment may be of any length: the shortest stands for all.
    DataFacts(featureWidth: 3, hasTexts: false)
  }
}
