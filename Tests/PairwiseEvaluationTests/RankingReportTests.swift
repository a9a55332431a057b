import PairwiseConfig
import PairwiseEvaluation
import Testing

/// Ranking accuracy, idealised accuracy and thresholds: section 9.1 of the methods document, with its
/// fixture S.
struct RankingReportTests {
  private let chosen: [Double] = [-12, -20.5, -8.25]
  private let rejected: [Double] = [-14, -18, -9.5]
  private let reference: ([Double], [Double]) = ([-13, -21, -8], [-13.5, -19.5, -9])

  private func report(
    _ probabilities: [Double]? = [0.6, 0.52, 0.9], beta: Double = 0.1,
    lengths: ([Double], [Double])? = nil
  ) throws -> RankingReport {
    try RankingReport(
      .init(
        chosen: chosen, rejected: rejected, reference: reference,
        lengths: lengths.map { (chosen: $0.0, rejected: $0.1) }, probabilities: probabilities,
        beta: beta))
  }

  @Test func workedExample() throws {
    let report = try report()
    #expect(report.accuracy == 2.0 / 3)
    #expect(report.idealised == 2.0 / 3)
    #expect(report.gap == 0)
    let thresholds = try #require(report.thresholds)
    for (x, e) in zip(thresholds, [0.7184596480, 0.6209570478, 0.7443966601]) {
      #expect(abs(x - e) < 1e-10)
    }
    // The DPO losses of the same pairs: at most the threshold exactly where the pair is ranked right.
    let losses = [0.6209570478, 0.7443966601, 0.6807253035]
    #expect(zip(losses, thresholds).map { $0 <= $1 } == [true, false, true])
    #expect(report.referenceAccuracy == 2.0 / 3)
  }

  /// The optimum's log-ratios are [4.55, −0.70, 22.97] at β = 0.1: pair 2 turns at α = 0.55, where
  /// log(α/(1 − α))/β = 2.007 > 1.5; a larger β pulls less.
  @Test func optimum() throws {
    #expect(try report([0.6, 0.55, 0.9]).idealised == 1)
    #expect(try report([0.6, 0.55, 0.9], beta: 0.2).idealised == 2.0 / 3)
    #expect(try report([0.6, 0.55, 0.9]).gap == 1 - 2.0 / 3)
    // Certain preferences: ln 999/0.1 = 69 nats, and the other way round.
    #expect(try report([1, 1, 1]).idealised == 1)
    #expect(try report([0, 0, 0]).idealised == 0)
    // An even preference leaves the reference as it is.
    #expect(try report([0.5, 0.5, 0.5]).idealised == 2.0 / 3)
    #expect(try report(nil).idealised == nil)
  }

  /// Per token both log-probs and reference are divided: pair 2 is −20.5/8 = −2.56 against −18/7 = −2.57.
  @Test func perToken() throws {
    let report = try report(lengths: ([5, 8, 3], [6, 7, 4]))
    // −12/5 < −14/6, and −8.25/3 < −9.5/4.
    #expect(report.accuracyPerToken == 1.0 / 3)
    // rc/|w| − rr/|l| = −0.35, 0.16, −0.42, and the pulls are 4.05, 0.80, 21.97.
    #expect(report.idealisedPerToken == 1)
    #expect(report.gapPerToken == 1 - 1.0 / 3)
    #expect(try self.report().accuracyPerToken == nil)
  }

  @Test func withoutReference() throws {
    let report = try RankingReport(.init(chosen: [-1, -2], rejected: [-1, -1]))
    #expect(report.accuracy == 0.5)
    #expect(report.thresholds == nil && report.idealised == nil && report.referenceAccuracy == nil)
  }

  @Test func refusals() throws {
    #expect(throws: EvaluationError.self) { try report([0.5, 0.5]) }
    #expect(throws: EvaluationError.self) { try report([0.5, 0.5, 1.5]) }
    #expect(throws: EvaluationError.self) { try report(beta: 0) }
    #expect(throws: EvaluationError.self) { try report(lengths: ([1, 1, 1], [1, 0, 1])) }
    #expect(throws: EvaluationError.empty("chosen log-probs")) {
      try RankingReport(.init(chosen: [], rejected: []))
    }
    #expect(throws: EvaluationError.self) {
      try RankingReport(.init(chosen: [.nan], rejected: [0]))
    }
  }

  /// The figures are beside those of the policy in the report's file.
  @Test func written() throws {
    var report = try EvaluationReport(
      PairScores(chosen: [1.0, 0, 2], rejected: [0, 1, 0.5] as [Double]))
    report.policy = try PolicyReport(
      chosen: chosen.map { Float($0) }, rejected: rejected.map { Float($0) },
      reference: (reference.0.map { Float($0) }, reference.1.map { Float($0) }),
      lengths: ([5, 8, 3], [6, 7, 4]), probabilities: [0.6, 0.52, 0.9], beta: 0.1)
    let policy = try #require(report.node["policy"])
    for key in [
      "ranking_accuracy", "ranking_accuracy_per_token", "reference_ranking_accuracy",
      "idealised_ranking_accuracy", "idealised_ranking_accuracy_ci", "alignment_gap",
      "difficulty_threshold_quantiles",
    ] {
      #expect(policy[key] != nil, "\(key)")
    }
  }
}
