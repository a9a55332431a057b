/// Preference pairs from several scored candidates for the same prompt.
///
/// Scores may come from any reward model or rule. Equal scores make no pair.
///
/// - Source: the selection step of pipelines such as Anyprefer (2024) and DRIFT (2025); which candidates
///   there are, and who scored them, is their own affair.
public struct PairBuilder: Sendable, Equatable {
  public enum Rule: String, Sendable, CaseIterable {
    /// The best against the worst.
    case bestWorst = "best_worst"
    /// The best against one drawn from those that score less.
    case bestRandom = "best_random"
    /// Every two whose scores are more than the smallest gap apart.
    case allAboveGap = "all_above_gap"
  }

  /// Places of the two sides in the list of candidates.
  public struct Pair: Sendable, Equatable {
    public var chosen: Int
    public var rejected: Int
    /// How much higher the chosen side scores.
    public var gap: Double

    public init(chosen: Int, rejected: Int, gap: Double) {
      (self.chosen, self.rejected, self.gap) = (chosen, rejected, gap)
    }
  }

  public var rule = Rule.bestWorst
  /// Pairs need a larger gap than this; ≥ 0.
  public var smallestGap = 0.0
  /// Start of the draws of `bestRandom`; a prompt's draw depends on its number and this alone.
  public var seed: UInt64 = 0

  public init() {}

  /// The pairs of one prompt; none where no two scores are far enough apart.
  ///
  /// - Parameters:
  ///   - scores: of each candidate. The first of equals counts as the best, and as the worst.
  ///   - prompt: the prompt's number, for draws.
  /// - Throws: `EvaluationError` for a score that is not finite, or a negative gap.
  public func pairs(of scores: [Double], prompt: Int = 0) throws(EvaluationError) -> [Pair] {
    guard smallestGap >= 0 else {
      throw .outOfRange("gap", row: nil, found: "\(smallestGap)", expected: "0 or more")
    }
    guard !scores.isEmpty else { return [] }
    try EvaluationError.check(scores, "candidate score")
    let order = StrengthOrder.ascending(scores.map { -$0 })
    switch rule {
    case .allAboveGap:
      return order.indices.flatMap { first in
        order.indices.dropFirst(first + 1).compactMap { pair(order[first], order[$0], scores) }
      }
    case .bestWorst:
      let worst = StrengthOrder.ascending(scores)[0]
      return [pair(order[0], worst, scores)].compactMap { $0 }
    case .bestRandom:
      let all = order.dropFirst().compactMap { pair(order[0], $0, scores) }
      guard !all.isEmpty else { return [] }
      var generator = BootstrapGenerator(seed: seed, replicate: prompt)
      return [all[generator.index(below: all.count)]]
    }
  }

  private func pair(_ chosen: Int, _ rejected: Int, _ scores: [Double]) -> Pair? {
    let gap = scores[chosen] - scores[rejected]
    return gap > smallestGap ? Pair(chosen: chosen, rejected: rejected, gap: gap) : nil
  }
}
