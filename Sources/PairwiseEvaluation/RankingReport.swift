internal import PairwiseConfig
internal import RealModule

/// How many pairs a policy ranks right, how many DPO's own optimum would, and how hard the pairs are.
///
/// A policy ranks a pair right when log π(chosen) ≥ log π(rejected). With α = P(chosen ≻ rejected), the optimum
/// of DPO and RLHF has log π*(c)/π*(r) = log π_ref(c)/π_ref(r) + log(α/(1 − α))/β: it ranks a pair wrong that the
/// reference ranks wrong by more than that. The alignment gap is what the policy lacks to its optimum.
///
/// With c = log π_ref(r)/π_ref(c), a pair is ranked right exactly if its DPO loss is at most softplus(−βc): the
/// threshold. It is below ln 2, the loss at the start, where the reference ranks the pair wrong.
///
/// Per token, log-probs of policy and reference are both divided by their completion's tokens.
///
/// - Source: Chen et al. 2024 (arXiv 2405.19534). α = 1 counts as 1 − 10⁻³, as there, and α = 0 as 10⁻³.
public struct RankingReport: Sendable, Equatable {
  /// Share of pairs that the policy ranks right.
  public var accuracy: Double
  /// The same by log-prob per token; nil without lengths.
  public var accuracyPerToken: Double?
  /// Share of pairs that the reference ranks right; nil without one.
  public var referenceAccuracy: Double?
  public var referenceInterval: Interval?
  /// Share of pairs that DPO's optimum ranks right; nil without a reference or without α.
  public var idealised: Double?
  public var idealisedInterval: Interval?
  public var idealisedPerToken: Double?
  /// The loss at or below which each pair is ranked right, `[n]`, nats; nil without a reference.
  public var thresholds: [Double]?

  /// Idealised accuracy − accuracy.
  public var gap: Double? { idealised.map { $0 - accuracy } }
  public var gapPerToken: Double? {
    idealisedPerToken.flatMap { ideal in accuracyPerToken.map { ideal - $0 } }
  }

  /// Half of the pairs are ranked right only at a loss below this.
  public var medianThreshold: Double? {
    thresholds.map { Quantiles.quantile(ofSorted: $0.sorted(), at: 0.5) }
  }

  /// Log-probs of both completions of each pair, nats, with what they may be compared with.
  public struct Pairs: Sendable {
    public var chosen: [Double]
    public var rejected: [Double]
    public var reference: (chosen: [Double], rejected: [Double])?
    /// Tokens that were summed.
    public var lengths: (chosen: [Double], rejected: [Double])?
    /// α, P(chosen ≻ rejected), in 0…1.
    public var probabilities: [Double]?
    /// Scale of the implicit reward.
    public var beta: Double

    public init(
      chosen: [Double], rejected: [Double],
      reference: (chosen: [Double], rejected: [Double])? = nil,
      lengths: (chosen: [Double], rejected: [Double])? = nil, probabilities: [Double]? = nil,
      beta: Double = 1
    ) {
      self.chosen = chosen
      self.rejected = rejected
      self.reference = reference
      self.lengths = lengths
      self.probabilities = probabilities
      self.beta = beta
    }
  }

  /// - Throws: `EvaluationError` for no pairs, columns of different lengths, numbers that are not finite, a
  ///   probability outside 0…1, a length below 1, or β ≤ 0.
  public init(_ pairs: Pairs) throws(EvaluationError) {
    try pairs.check()
    accuracy = Self.share(zip(pairs.chosen, pairs.rejected).map { $0 >= $1 })
    if let lengths = pairs.lengths {
      let (c, r) = (zip(pairs.chosen, lengths.chosen), zip(pairs.rejected, lengths.rejected))
      accuracyPerToken = Self.share(zip(c.map { $0 / $1 }, r.map { $0 / $1 }).map { $0 >= $1 })
    }
    guard let reference = pairs.reference else { return }
    let preference = zip(reference.chosen, reference.rejected).map { $0 - $1 }
    let right = preference.map { $0 >= 0 }
    referenceAccuracy = Self.share(right)
    referenceInterval = try .wilson(successes: right.count { $0 }, of: right.count)
    thresholds = preference.map { Logistic.softplus(pairs.beta * $0) }
    guard let probabilities = pairs.probabilities else { return }
    let pull = probabilities.map { Logistic.logit(Self.inside($0)) / pairs.beta }
    let ideal = zip(preference, pull).map { $0 + $1 > 0 }
    idealised = Self.share(ideal)
    idealisedInterval = try .wilson(successes: ideal.count { $0 }, of: ideal.count)
    guard let lengths = pairs.lengths else { return }
    let perToken = preference.indices.map {
      reference.chosen[$0] / lengths.chosen[$0] - reference.rejected[$0] / lengths.rejected[$0]
    }
    idealisedPerToken = Self.share(zip(perToken, pull).map { $0 + $1 > 0 })
  }

  private static func share(_ held: [Bool]) -> Double {
    Double(held.count { $0 }) / Double(held.count)
  }

  /// Certainty has no finite log-odds: one in a thousand is left.
  private static func inside(_ probability: Double) -> Double {
    probability == 1 ? 1 - 1e-3 : probability == 0 ? 1e-3 : probability
  }

  /// Adds the figures beside those of a policy.
  func add(to table: inout NodeTable) {
    table.add("ranking_accuracy_per_token", accuracyPerToken)
    table.add("reference_ranking_accuracy", referenceAccuracy)
    table.add("reference_ranking_accuracy", referenceInterval)
    table.add("idealised_ranking_accuracy", idealised)
    table.add("idealised_ranking_accuracy", idealisedInterval)
    table.add("idealised_ranking_accuracy_per_token", idealisedPerToken)
    table.add("alignment_gap", gap)
    table.add("alignment_gap_per_token", gapPerToken)
    guard let sorted = thresholds?.sorted() else { return }
    var quantiles = NodeTable()
    for fraction in EvaluationReport.quantileFractions {
      quantiles.add("\(fraction)", Quantiles.quantile(ofSorted: sorted, at: fraction))
    }
    table.add("difficulty_threshold_quantiles", quantiles.node)
  }
}

extension RankingReport.Pairs {
  fileprivate func check() throws(EvaluationError) {
    let n = chosen.count
    let columns: [(String, [Double]?)] = [
      ("chosen log-probs", chosen), ("rejected log-probs", rejected),
      ("reference log-probs of chosen", reference?.chosen),
      ("reference log-probs of rejected", reference?.rejected),
      ("tokens of chosen", lengths?.chosen), ("tokens of rejected", lengths?.rejected),
      ("probabilities", probabilities),
    ]
    for case (let name, let values?) in columns {
      guard values.count == n else {
        throw .lengthsDiffer(name, found: values.count, expected: n)
      }
      try EvaluationError.check(values, name)
    }
    for (row, value) in (probabilities ?? []).enumerated() {
      try EvaluationError.check(probability: value, "probability", row: row)
    }
    for counts in [lengths?.chosen, lengths?.rejected] {
      for (row, count) in (counts ?? []).enumerated() where count < 1 {
        throw .outOfRange("tokens", row: row, found: "\(count)", expected: "at least 1")
      }
    }
    guard beta > 0, beta.isFinite else {
      throw .outOfRange("beta", row: nil, found: "\(beta)", expected: "a number > 0")
    }
  }
}
