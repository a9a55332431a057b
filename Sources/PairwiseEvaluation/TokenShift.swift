internal import PairwiseConfig

/// Where the probability of the first token of completions went from one model to another: means over
/// prompts of the whole distributions.
///
/// - Source: Razin et al. 2024 (arXiv 2410.08847): mass that leaves the chosen completion may end on tokens
///   that mean the opposite.
public struct TokenShift: Sendable, Equatable {
  private var before: [Double]
  private var after: [Double]
  /// Prompts added.
  public private(set) var count = 0

  /// - Parameter vocabulary: tokens there are.
  public init(vocabulary: Int) {
    before = [Double](repeating: 0, count: vocabulary)
    after = before
  }

  /// Adds the distributions over the vocabulary after one prompt.
  public mutating func add(before old: ArraySlice<Float>, after new: ArraySlice<Float>) {
    precondition(
      old.count == before.count && new.count == after.count, "token shift: other vocabularies")
    for (index, (p, q)) in zip(old, new).enumerated() {
      before[index] += Double(p)
      after[index] += Double(q)
    }
    count += 1
  }

  /// A token and its mean probability before and after.
  public struct Token: Sendable, Equatable {
    public var id: Int
    /// What it stands for, if that is known.
    public var text: String?
    public var before: Double
    public var after: Double
    public var change: Double { after - before }

    public init(id: Int, text: String? = nil, before: Double, after: Double) {
      (self.id, self.text, self.before, self.after) = (id, text, before, after)
    }

    var node: ConfigNode {
      var table = NodeTable()
      table.add("id", id)
      if let text { table.add("text", text) }
      table.add("before", before)
      table.add("after", after)
      return table.node
    }
  }

  /// The tokens that gained and lost most.
  public struct Extremes: Sendable, Equatable {
    /// Greatest gain first.
    public var gained: [Token]
    /// Greatest loss first.
    public var lost: [Token]
    /// Half the sum of all changes' magnitudes: how much of the mass has moved, 0 … 1.
    public var moved: Double
    public var prompts: Int

    var node: ConfigNode {
      var table = NodeTable()
      table.add("prompts", prompts)
      table.add("moved", moved)
      table.add("gained", gained.map(\.node))
      table.add("lost", lost.map(\.node))
      return table.node
    }
  }

  /// At most `limit` tokens each way; nil without prompts.
  public func extremes(_ limit: Int) -> Extremes? {
    guard count > 0 else { return nil }
    let tokens = before.indices.map { id in
      Token(id: id, before: before[id] / Double(count), after: after[id] / Double(count))
    }
    let gained = tokens.filter { $0.change > 0 }.sorted { ($1.change, $0.id) < ($0.change, $1.id) }
    let lost = tokens.filter { $0.change < 0 }.sorted { ($0.change, $0.id) < ($1.change, $1.id) }
    return Extremes(
      gained: Array(gained.prefix(limit)), lost: Array(lost.prefix(limit)),
      moved: tokens.reduce(0) { $0 + abs($1.change) } / 2, prompts: count)
  }
}
