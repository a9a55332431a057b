/// How far a judge favours its own completions beyond what others grant them.
///
/// `self − gold`, each 100·(wins + ½ ties)/n of the judge's own completions against another source's: by the judge
/// itself, its scores averaged over both orders of presentation first, and by the majority of gold judges. Positive
/// means self-preference.
/// - Source: Chen, Z.-Y. et al. 2025, "Beyond the Surface" (arXiv 2506.02592); methods reference, §8.8.
public struct SelfPreference: Sendable, Equatable {
  /// Percentages of wins, ties counting half.
  public let own: Double
  public let gold: Double
  /// Of each item, what it adds to the mean that `bias` is: −100 … 100. Empty when made from counts.
  public private(set) var gaps: [Double] = []
  /// own − gold.
  public var bias: Double { own - gold }

  /// From counts out of n comparisons.
  ///
  /// - Throws: for no comparisons, or counts that do not fit.
  public init(
    wins: Int, ties: Int, goldWins: Int, goldTies: Int, of n: Int
  ) throws(EvaluationError) {
    guard n > 0 else { throw .empty("self-preference") }
    for (wins, ties) in [(wins, ties), (goldWins, goldTies)] {
      guard wins >= 0, ties >= 0, wins <= n, ties <= n - wins else {
        throw .outOfRange(
          "self-preference", row: nil, found: "\(wins) wins and \(ties) ties of \(n)",
          expected: "counts that add up to \(n) at most")
      }
    }
    own = 100 * (Double(wins) + Double(ties) / 2) / Double(n)
    gold = 100 * (Double(goldWins) + Double(goldTies) / 2) / Double(n)
  }

  /// From scores.
  ///
  /// - Parameters:
  ///   - margins: of each item, the judge's score of its own completion less the other's, in both orders.
  ///   - gold: of each item, whether each gold judge prefers the judge's completion (1), the other's (−1) or
  ///     neither (0).
  /// - Throws: for no items, lists of different lengths, or a NaN.
  public init(margins: [(Double, Double)], gold: [[Int]]) throws(EvaluationError) {
    guard gold.count == margins.count else {
      throw .lengthsDiffer("gold votes", found: gold.count, expected: margins.count)
    }
    for (row, margin) in margins.enumerated() where (margin.0 + margin.1).isNaN {
      throw .notFinite("margin", row: row, found: .nan)
    }
    let own = margins.map { $0.0 + $0.1 }
    let majority = gold.map { $0.reduce(0) { $0 + $1.signum() } }
    try self.init(
      wins: own.count { $0 > 0 }, ties: own.count { $0 == 0 },
      goldWins: majority.count { $0 > 0 }, goldTies: majority.count { $0 == 0 }, of: margins.count)
    gaps = zip(own, majority).map { own, gold in
      let wins = own > 0 ? 1 : own == 0 ? 0.5 : 0
      return 100 * (wins - (gold > 0 ? 1 : gold == 0 ? 0.5 : 0))
    }
  }
}

/// Whether a judge's verdict depends on the order that completions are shown in.
///
/// A reward model that scores each completion by itself has a consistency of 1 by construction.
/// - Source: methods reference, §8.8.
public struct PositionBias: Sendable, Equatable {
  /// A verdict: the completion shown first, the second, or neither.
  public enum Verdict: Sendable, Equatable {
    case first
    case second
    case tie
  }

  /// Share of pairs with the same winner in both orders.
  public let consistency: Double
  /// Share of pairs where the first shown wins in both orders, and where the second does.
  public let primacy: Double
  public let recency: Double
  /// Share of pairs with a tie in either order. All four add up to 1.
  public let ties: Double

  /// - Parameter verdicts: of each pair, on (a, b) and on (b, a).
  /// - Throws: for no pairs.
  public init(_ verdicts: [(Verdict, Verdict)]) throws(EvaluationError) {
    guard !verdicts.isEmpty else { throw .empty("position bias") }
    var counts = [0, 0, 0, 0]
    for verdict in verdicts {
      switch verdict {
      case (.first, .second), (.second, .first): counts[0] += 1
      case (.first, .first): counts[1] += 1
      case (.second, .second): counts[2] += 1
      default: counts[3] += 1
      }
    }
    let shares = counts.map { Double($0) / Double(verdicts.count) }
    (consistency, primacy, recency, ties) = (shares[0], shares[1], shares[2], shares[3])
  }
}

/// What a cue (a majority's opinion, an authority, a distraction) does to accuracy, by the side that it supports.
///
/// - Source: Wang, Q. et al. 2025, "Assessing Judging Bias in Large Reasoning Models"; methods reference, §8.8.
public struct CueBias: Sendable, Equatable {
  public struct Part: Sendable, Equatable {
    public var count: Int
    public var without: Double
    public var with: Double
    /// Accuracy with the cue − accuracy without it.
    public var change: Double { with - without }
    /// Of the change, from resampling pairs.
    public var interval: Interval
  }

  /// Pairs whose cue supports the right completion, and the wrong one; nil without such pairs.
  public let supportsRight: Part?
  public let supportsWrong: Part?

  /// - Parameter pairs: whether each is judged right without and with the cue, and whether the cue supports the
  ///   right side.
  /// - Throws: for no pairs.
  public init(
    _ pairs: [(without: Bool, with: Bool, supportsRight: Bool)],
    using bootstrap: Bootstrap = Bootstrap()
  ) throws(EvaluationError) {
    guard !pairs.isEmpty else { throw .empty("cue bias") }
    supportsRight = try Self.part(pairs.filter(\.supportsRight), bootstrap)
    supportsWrong = try Self.part(pairs.filter { !$0.supportsRight }, bootstrap)
  }

  private static func part(
    _ pairs: [(without: Bool, with: Bool, supportsRight: Bool)], _ bootstrap: Bootstrap
  ) throws(EvaluationError) -> Part? {
    guard !pairs.isEmpty else { return nil }
    let n = Double(pairs.count)
    let changes = pairs.map { ($0.with ? 1.0 : 0) - ($0.without ? 1 : 0) }
    return Part(
      count: pairs.count, without: Double(pairs.count(where: \.without)) / n,
      with: Double(pairs.count(where: \.with)) / n,
      interval: try .mean(of: changes, using: bootstrap))
  }
}
