public import PairwiseConfig

/// What measurable principles say of recorded preferences, each by itself and all together: votes, the factor's
/// τ_b, and the weights of a Bayesian regression on the votes.
///
/// - Source: methods reference, §8.5–8.7.
public struct PreferenceExplanation: Sendable, Equatable {
  public struct Row: Sendable, Equatable {
    public var votes: PrincipleVotes.Record
    /// Of the factor.
    public var tauB: Double
    /// The weight at the posterior's mode, and its posterior mean and spread.
    public var mode: Double
    public var mean: Double
    public var deviation: Double
    /// P(weight > 0).
    public var positive: Double
    public var splitRHat: Double

    /// Probability to win by this principle alone.
    public var effect: Double { Logistic.sigmoid(mean) }
  }

  /// Pairs with a winner.
  public let count: Int
  public let rows: [Row]
  /// Share of pairs that the regression's mode predicts when it was fitted to the other nine tenths, with Wilson's
  /// interval; equal odds are wrong. Nil below 20 pairs.
  public let heldOutAccuracy: Double?
  public let heldOutInterval: Interval?
  /// Share of proposals that the chains took.
  public let acceptance: Double

  /// - Parameters:
  ///   - votes: `[principles][pairs]`.
  ///   - firstWins: `[pairs]`.
  ///   - scale: of the Laplace prior on weights.
  public init(
    names: [String], votes: [[PrincipleVote]], firstWins: [Bool], scale: Double = 0.1,
    sampling: PropertyRegression.Sampling = .init(), runner: TaskRunner = .serial
  ) throws(EvaluationError) {
    let records = try PrincipleVotes(names: names, votes: votes, firstWins: firstWins).records
    let signs = firstWins.indices.map { pair in
      votes.map { $0[pair] == .first ? 1.0 : $0[pair] == .second ? -1 : 0 }
    }
    let profile = try FactorProfile(names: names, differences: signs, firstWins: firstWins)
    let data = try PropertyRegression(comparisons: signs, firstWins: firstWins)
    let mode = try data.mode(scale: scale)
    let posterior = try data.posterior(scale: scale, sampling: sampling, runner: runner)
    count = firstWins.count
    acceptance = posterior.acceptance
    rows = records.indices.map { index in
      Row(
        votes: records[index], tauB: profile.factors[index].tauB, mode: mode[index],
        mean: posterior.means[index], deviation: posterior.deviations[index],
        positive: posterior.positive[index], splitRHat: posterior.splitRHat[index])
    }
    guard count >= 20 else {
      (heldOutAccuracy, heldOutInterval) = (nil, nil)
      return
    }
    let right = try PropertyRegression.heldOut(
      comparisons: signs, firstWins: firstWins, scale: scale, folds: 10)
    heldOutAccuracy = Double(right) / Double(count)
    heldOutInterval = try .wilson(successes: right, of: count)
  }

  /// For JSON.
  public var node: ConfigNode {
    var table = NodeTable()
    table.add("n_pairs", count)
    table.add("held_out_accuracy", heldOutAccuracy)
    table.add("held_out_accuracy", heldOutInterval)
    table.add("acceptance", acceptance)
    table.add(
      "principles",
      rows.map { row in
        var entry = NodeTable()
        entry.add("name", row.votes.name)
        entry.add("agree", row.votes.agree)
        entry.add("disagree", row.votes.disagree)
        entry.add("abstain", row.votes.abstain)
        entry.add("accuracy", row.votes.accuracy)
        entry.add("relevance", row.votes.relevance)
        entry.add("performance", row.votes.performance)
        entry.add("tau_b", row.tauB)
        entry.add("weight", row.mode)
        entry.add("weight_mean", row.mean)
        entry.add("weight_std", row.deviation)
        entry.add("weight_positive", row.positive)
        entry.add("effect", row.effect)
        entry.add("split_rhat", row.splitRHat)
        return entry.node
      })
    return table.node
  }
}

extension PropertyRegression {
  /// How many pairs the mode predicts when it is fitted to the other folds; pair i is in fold i mod `folds`.
  ///
  /// - Throws: as the fit does, and for fewer than two folds or fewer pairs than folds.
  public static func heldOut(
    comparisons: [[Double]], firstWins: [Bool], scale: Double = 0.1, folds: Int = 10
  ) throws(EvaluationError) -> Int {
    guard folds >= 2, comparisons.count >= folds, firstWins.count == comparisons.count else {
      throw .outOfRange(
        "folds", row: nil, found: "\(folds) for \(comparisons.count) pairs",
        expected: "2 or more, and no more than pairs")
    }
    var right = 0
    for fold in 0..<folds {
      let others = comparisons.indices.filter { $0 % folds != fold }
      let weights = try PropertyRegression(
        comparisons: others.map { comparisons[$0] }, firstWins: others.map { firstWins[$0] }
      ).mode(scale: scale)
      for pair in stride(from: fold, to: comparisons.count, by: folds) {
        let margin = SparseLaplacian.dot(comparisons[pair], weights)
        if margin != 0, (margin > 0) == firstWins[pair] { right += 1 }
      }
    }
    return right
  }
}
