public import PairwiseConfig
internal import RealModule

/// Scores of several completions of one prompt, in the order that they were ranked in.
public struct ScoredSlate: Sendable {
  /// `[n]`, of the best completion first; n ≥ 2.
  public var scores: [Double]
  /// Places from the first whose order is known, 1 … n − 1.
  public var known: Int
  /// `[n]`, ascending, equal for completions as good as each other; nil: none are.
  public var tieLevels: [Int]?

  /// - Parameter known: nil: the order of all is known.
  public init(scores: [Double], known: Int? = nil, tieLevels: [Int]? = nil) {
    self.scores = scores
    self.known = max(1, min(known ?? scores.count - 1, scores.count - 1))
    self.tieLevels = tieLevels
  }

  /// Whether the completion at `better` was ranked above the one at `worse`, which stands behind it.
  private func isAbove(_ better: Int, _ worse: Int) -> Bool {
    better < known && tieLevels.map { $0[better] != $0[worse] } ?? true
  }

  /// Log-likelihood of the known order under Plackett–Luce, nats; nil where a known place is shared.
  public var logLikelihood: Double? {
    if let levels = tieLevels, (0..<known).contains(where: { levels[$0] == levels[$0 + 1] }) {
      return nil
    }
    var sum = 0.0
    for place in 0..<known {
      // −softplus(logsumexp(rest) − s): as exact for confident orders as for others.
      let rest = scores[(place + 1)...].map { $0 - scores[place] }
      guard let top = rest.max() else { continue }
      let total = rest.reduce(0) { $0 + Double.exp($1 - top) }
      sum -= Logistic.softplus(top + Double.log(total))
    }
    return sum
  }

  /// Whether one of those ranked best has a score above all others.
  public var findsBest: Bool {
    let best = scores.indices.prefix { place in
      place == 0 || tieLevels.map { $0[place] == $0[0] } ?? false
    }
    let rest = scores[best.endIndex...]
    guard let top = scores[best].max(), let other = rest.max() else { return true }
    return top > other
  }

  /// Pairs whose order is known, those of them that the scores order alike, and those that they leave open.
  public var pairs: (count: Int, right: Int, open: Int) {
    var (count, right, open) = (0, 0, 0)
    for better in 0..<known {
      for worse in (better + 1)..<scores.count where isAbove(better, worse) {
        count += 1
        if scores[better] > scores[worse] { right += 1 }
        if scores[better] == scores[worse] { open += 1 }
      }
    }
    return (count, right, open)
  }

  /// Kendall's τ over the pairs whose order is known: those ordered alike less the others, by their number. Nil
  /// without one.
  public var tau: Double? {
    let (count, right, open) = pairs
    return count > 0 ? Double(2 * right + open - count) / Double(count) : nil
  }
}

/// How well scores order slates of completions.
///
/// Intervals take slates as drawn independently, not the pairs in them.
public struct SlateReport: Sendable {
  public var count: Int
  /// Completions of all slates.
  public var completions: Int
  /// Pairs of completions whose order is known.
  public var pairs: Int
  /// Mean log-likelihood of a slate's known order under Plackett–Luce, nats, over the slates without ties; nil
  /// if all have some.
  public var logLikelihood: Double?
  public var logLikelihoodInterval: Interval?
  /// Share of slates whose best completion has the highest score.
  public var topAccuracy: Double
  public var topInterval: Interval?
  /// Mean over slates of Kendall's τ.
  public var tau: Double?
  public var tauInterval: Interval?
  /// Share of all pairs whose order is known that the scores order alike.
  public var pairAccuracy: Double?
  public var pairInterval: Interval?

  /// - Throws: `EvaluationError` for no slates, or a score that is not finite or above `PairScores.largestScore`.
  public init(_ slates: [ScoredSlate], bootstrap: Bootstrap = Bootstrap()) throws(EvaluationError) {
    guard !slates.isEmpty else { throw .empty("slates") }
    for (row, slate) in slates.enumerated() {
      for score in slate.scores where !(abs(score) <= PairScores.largestScore) {
        throw .notFinite("score of a slate", row: row, found: score)
      }
    }
    count = slates.count
    completions = slates.reduce(0) { $0 + $1.scores.count }
    let likelihoods = slates.compactMap(\.logLikelihood)
    if !likelihoods.isEmpty {
      logLikelihood = likelihoods.reduce(0, +) / Double(likelihoods.count)
      logLikelihoodInterval = try Interval.mean(of: likelihoods, using: bootstrap)
    }
    let tops = slates.count { $0.findsBest }
    topAccuracy = Double(tops) / Double(count)
    topInterval = try Interval.wilson(successes: tops, of: count)
    let taus = slates.compactMap(\.tau)
    if !taus.isEmpty {
      tau = taus.reduce(0, +) / Double(taus.count)
      tauInterval = try Interval.mean(of: taus, using: bootstrap)
    }
    let counts = slates.map(\.pairs)
    pairs = counts.reduce(0) { $0 + $1.count }
    guard pairs > 0 else { return }
    let right = counts.reduce(0) { $0 + $1.right }
    pairAccuracy = Double(right) / Double(pairs)
    pairInterval = try SlateReport.interval(counts.map { ($0.right, $0.count) }, bootstrap)
  }

  /// Of the share of right pairs when slates are drawn: the bootstrap for few, else by the delta method.
  private static func interval(
    _ counts: [(right: Int, count: Int)], _ bootstrap: Bootstrap
  ) throws(EvaluationError) -> Interval {
    let weights = counts.map { Double($0.count) }
    if counts.count <= Interval.bootstrapLimit {
      return try bootstrap.weightedMean(
        of: counts.map { $0.count > 0 ? Double($0.right) / Double($0.count) : 0 },
        weights: weights)
    }
    let total = weights.reduce(0, +)
    let share = counts.reduce(0) { $0 + Double($1.right) } / total
    let mean = total / Double(counts.count)
    return try Interval.mean(
      of: counts.map { share + (Double($0.right) - share * Double($0.count)) / mean },
      using: bootstrap)
  }

  /// As `pairwise evaluate` writes it: keys in a fixed order, absent where nothing is known.
  public var node: ConfigNode {
    var table = NodeTable()
    table.add("n_slates", count)
    table.add("n_completions", completions)
    table.add("n_pairs", pairs)
    table.add("log_likelihood", logLikelihood)
    table.add("log_likelihood", logLikelihoodInterval)
    table.add("top_1_accuracy", topAccuracy)
    table.add("top_1_accuracy", topInterval)
    table.add("kendall_tau", tau)
    table.add("kendall_tau", tauInterval)
    table.add("accuracy", pairAccuracy)
    table.add("accuracy", pairInterval)
    return table.node
  }
}
