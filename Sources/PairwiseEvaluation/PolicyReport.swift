internal import PairwiseConfig

/// How a policy's log-probs stand to each other and to a reference: ranking accuracy and likelihood
/// displacement.
///
/// `ranking` says what the ranking accuracy could be at best, and how hard the pairs are.
///
/// - Source: ranking accuracy, Chen et al. 2024 (arXiv 2405.19534); displacement, Razin et al. 2024
///   (arXiv 2410.08847): the chosen completion's log-prob falling while the margin grows.
public struct PolicyReport: Sendable, Equatable {
  /// Share of pairs with log π(chosen) ≥ log π(rejected), and its Wilson interval.
  public var rankingAccuracy: Double
  public var rankingInterval: Interval
  /// Mean summed log-probs, nats.
  public var chosenLogps: Double
  public var rejectedLogps: Double
  public var displacement: Displacement?
  public var ranking: RankingReport
  public var similarity: Similarity?
  /// Where the probability of completions' first tokens went from the reference.
  public var firstTokens: TokenShift.Extremes?
  /// KL(π ‖ π_ref) per completion in nats, estimated on completions that the policy wrote.
  public var onPolicyDivergence: Divergence?
  /// How its stances on topics differ from the reference's.
  public var stances: StanceDrift?

  /// An estimate with its 95 % interval.
  public struct Divergence: Sendable, Equatable {
    public var value: Double
    public var interval: Interval?
    /// Completions it is the mean of.
    public var completions: Int

    public init(value: Double, interval: Interval?, completions: Int) {
      (self.value, self.interval, self.completions) = (value, interval, completions)
    }
  }

  /// Where log-probs went from those of the reference.
  public struct Displacement: Sendable, Equatable {
    /// Mean of log π − log π_ref, nats, with intervals.
    public var chosen: Double
    public var chosenInterval: Interval
    public var rejected: Double
    public var rejectedInterval: Interval
    /// Share of pairs whose chosen completion has become less likely.
    public var displaced: Double
    public var displacedInterval: Interval
    /// Mean difference of the two log-ratios, nats.
    public var margin: Double
    public var marginInterval: Interval
    /// Share of pairs whose chosen completion has become less likely while it gained on the rejected one.
    public var displacedDespiteMargin: Double
  }

  /// How alike the completions of pairs look, and whether that told beforehand what happened to them.
  public struct Similarity: Sendable, Equatable {
    /// A figure of `PairSimilarity`.
    public struct Figure: Sendable, Equatable {
      public var name: String
      public var mean: Double
      /// Spearman's ρ with the change of the chosen completion's log-prob: well below 0 for a good
      /// predictor of displacement. Nil without a reference, or if either is the same for all pairs.
      public var rankCorrelation: Double?
    }

    public var figures: [Figure]

    init(_ pairs: [PairSimilarity], changes: [Double]?) {
      let named = pairs.map(\.named)
      figures = (named.first ?? []).enumerated().map { place, first in
        let values = named.map { $0[place].value }
        return Figure(
          name: first.name, mean: PolicyReport.mean(values),
          rankCorrelation: changes.flatMap { RankCorrelation.spearman(values, $0) })
      }
    }

    var node: ConfigNode {
      var table = NodeTable()
      for figure in figures {
        var entry = NodeTable()
        entry.add("mean", figure.mean)
        entry.add("rank_correlation", figure.rankCorrelation)
        table.add(figure.name, entry.node)
      }
      return table.node
    }
  }

  /// - Parameters:
  ///   - chosen: summed log-probs of the policy, nats; all arrays have one length.
  ///   - reference: the same under the reference, if there is one.
  ///   - lengths: tokens that were summed, ≥ 1.
  ///   - probabilities: P(chosen ≻ rejected) of each pair, if it is known.
  ///   - beta: scale of the implicit reward.
  ///   - similarities: of each pair, if they were computed.
  /// - Throws: `EvaluationError` for no pairs, a log-prob that is not finite, or one of the others out of
  ///   range.
  public init(
    chosen: [Float], rejected: [Float], reference: (chosen: [Float], rejected: [Float])? = nil,
    lengths: (chosen: [Float], rejected: [Float])? = nil, probabilities: [Float]? = nil,
    beta: Double = 1, similarities: [PairSimilarity]? = nil
  ) throws(EvaluationError) {
    precondition(chosen.count == rejected.count, "policy report: arrays of different lengths")
    guard !chosen.isEmpty else { throw .empty("policy report") }
    try EvaluationError.check((chosen + rejected).map { Double($0) }, "policy report")
    let ranked = zip(chosen, rejected).count { $0 >= $1 }
    rankingAccuracy = Double(ranked) / Double(chosen.count)
    rankingInterval = try .wilson(successes: ranked, of: chosen.count)
    ranking = try RankingReport(
      RankingReport.Pairs(
        chosen: chosen.map(Double.init), rejected: rejected.map(Double.init),
        reference: reference.map { ($0.chosen.map(Double.init), $0.rejected.map(Double.init)) },
        lengths: lengths.map { ($0.chosen.map(Double.init), $0.rejected.map(Double.init)) },
        probabilities: probabilities?.map(Double.init), beta: beta))
    chosenLogps = PolicyReport.mean(chosen.map { Double($0) })
    rejectedLogps = PolicyReport.mean(rejected.map { Double($0) })
    guard let reference else {
      similarity = similarities.map { Similarity($0, changes: nil) }
      return
    }
    let a = zip(chosen, reference.chosen).map { Double($0) - Double($1) }
    let b = zip(rejected, reference.rejected).map { Double($0) - Double($1) }
    let fallen = a.count { $0 < 0 }
    let margins = zip(a, b).map { $0 - $1 }
    let despite = zip(a, margins).count { $0 < 0 && $1 > 0 }
    similarity = similarities.map { Similarity($0, changes: a) }
    displacement = Displacement(
      chosen: PolicyReport.mean(a), chosenInterval: try .mean(of: a),
      rejected: PolicyReport.mean(b), rejectedInterval: try .mean(of: b),
      displaced: Double(fallen) / Double(a.count),
      displacedInterval: try .wilson(successes: fallen, of: a.count),
      margin: PolicyReport.mean(margins), marginInterval: try .mean(of: margins),
      displacedDespiteMargin: Double(despite) / Double(a.count))
  }

  fileprivate static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  var node: ConfigNode {
    var table = NodeTable()
    table.add("ranking_accuracy", rankingAccuracy)
    table.add("ranking_accuracy", rankingInterval)
    ranking.add(to: &table)
    table.add("logps_chosen", chosenLogps)
    table.add("logps_rejected", rejectedLogps)
    if let displacement {
      table.add("logratio_chosen", displacement.chosen)
      table.add("logratio_chosen", displacement.chosenInterval)
      table.add("logratio_rejected", displacement.rejected)
      table.add("logratio_rejected", displacement.rejectedInterval)
      table.add("displaced", displacement.displaced)
      table.add("displaced", displacement.displacedInterval)
      table.add("logratio_margin", displacement.margin)
      table.add("logratio_margin", displacement.marginInterval)
      table.add("displaced_despite_margin", displacement.displacedDespiteMargin)
    }
    if let similarity { table.add("similarity", similarity.node) }
    if let firstTokens { table.add("first_tokens", firstTokens.node) }
    if let divergence = onPolicyDivergence {
      table.add("kl/onpolicy", divergence.value)
      if let interval = divergence.interval { table.add("kl/onpolicy", interval) }
      table.add("kl/onpolicy_completions", divergence.completions.configNode)
    }
    if let stances { table.add("stances", stances.node) }
    return table.node
  }
}
