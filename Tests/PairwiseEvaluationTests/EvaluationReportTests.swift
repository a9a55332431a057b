import PairwiseConfig
import PairwiseEvaluation
import Testing

struct GroupReportTests {
  private static func scores() throws(EvaluationError) -> PairScores {
    // big: 30 of 40; small: 24 of 24; tiny: 0 of 2; nobody: none; two rows unknown.
    let correct = [30, 24, 0].map { $0 }
    let counts = [40, 24, 2]
    var chosen: [Double] = [1, -1]
    var groups = [-1, -1]
    for group in 0..<3 {
      for row in 0..<counts[group] {
        chosen.append(row < correct[group] ? 1 : -1)
        groups.append(group)
      }
    }
    return try PairScores(
      chosen: chosen, rejected: chosen.map { _ in 0 }, groups: groups,
      groupNames: ["big", "small", "tiny", "nobody"])
  }

  @Test func smallGroupsAreShownButNotTheWorst() throws {
    let report = try #require(try GroupReport(Self.scores()))
    #expect(report.groups.map(\.name) == ["big", "small", "tiny"])
    #expect(report.groups.map(\.count) == [40, 24, 2])
    #expect(report.groups.map(\.isCounted) == [true, true, false])
    #expect(report.worst?.name == "big")
    #expect(report.gap == 0.25)
    #expect(report.mean == 54.0 / 66)
    #expect(distance(report.macroMean, (0.75 + 1 + 0) / 3) < 1e-15)
    #expect(report.unknown == 2)
    #expect(try report.groups[0].interval == .wilson(successes: 30, of: 40))
    let all = try #require(try GroupReport(Self.scores(), minimumCount: 1))
    #expect(all.worst?.name == "tiny")
    #expect(all.gap == 1)
  }

  @Test func thereIsNoReportWithoutGroups() throws {
    #expect(try GroupReport(simulatedScores(10, seed: 1)) == nil)
    let unknown = try PairScores(chosen: [1.0], rejected: [0], groups: [-1])
    #expect(try GroupReport(unknown) == nil)
  }
}

struct LengthSplitTests {
  @Test func aLengthScorerShows() throws {
    let chosen = [10, 9, 8, 3, 5]
    let rejected = [5, 5, 5, 9, 5]
    let scores = try PairScores(
      chosen: chosen.map(Double.init), rejected: rejected.map(Double.init),
      lengths: .init(chosen: chosen, rejected: rejected))
    let split = try #require(try LengthSplit(scores))
    #expect(split.longer.accuracy == 1)
    #expect(split.shorter.accuracy == 0)
    #expect(split.equal.accuracy == 0)  // the scorer ties there
    #expect(split.baseline == 0.6)
    #expect(PairStatistics(scores).accuracy == split.baseline)
    let flipped = try PairScores(
      chosen: scores.rejected, rejected: scores.chosen, labels: chosen.map { _ in 0 },
      lengths: .init(chosen: rejected, rejected: chosen))
    #expect(try LengthSplit(flipped) == split)
  }
}

struct HistogramTests {
  @Test func countsEveryValueOnce() throws {
    let histogram = try Histogram(of: [0, 0.5, 1, 1.5, 2], bins: 4)
    #expect(histogram.edges == [0, 0.5, 1, 1.5, 2])
    #expect(histogram.counts == [1, 1, 1, 2])
    #expect(try Histogram(of: [3, 3], bins: 4) == Histogram(of: [3, 3], bins: 9))
    let margins = try simulatedScores(1000, seed: 4).margins
    #expect(try Histogram(of: margins).counts.reduce(0, +) == 1000)
    // The next double up: no room for bins between.
    #expect(try Histogram(of: [1, 1.0.nextUp]).counts == [2])
  }
}

struct EvaluationReportTests {
  @Test func namesAreThoseOfTheContract() throws {
    let report = try EvaluationReport(simulatedScores(400, seed: 3, groups: 2))
    let node = report.node
    let keys = [
      "n_pairs", "accuracy", "accuracy_ci", "accuracy_half", "tie_rate", "log_loss", "brier",
      "ece", "mce", "margin_mean", "margin_std", "margin_quantiles", "chosen_mean",
      "rejected_mean", "reward_mean", "reward_std", "reward_min", "reward_max", "calibration",
      "groups",
    ]
    for key in keys { #expect(node[key] != nil, "\(key)") }
    #expect(node["n_pairs"]?.value == .int(400))
    #expect(node["accuracy_ci_method"]?.value == .string("wilson"))
    #expect(node["log_loss_ci_method"]?.value == .string("bootstrap_percentile"))
    #expect(node["lengths"] == nil)
    #expect(node["weighted_accuracy"] == nil)
    guard case .list(let ends) = node["accuracy_ci"]?.value else {
      Issue.record("accuracy_ci: expected a list")
      return
    }
    #expect(ends.count == 2)
    #expect(node["calibration"]?["range"]?.value == .string("unit"))
    #expect(node["calibration"]?["temperature_fitted_on"]?.value == .string("these pairs"))
    #expect(node["calibration"]?["before"]?["reliability"] != nil)
  }

  @Test func calibrationHelpsOverconfidentScores() throws {
    var options = EvaluationReport.Options()
    let report = try EvaluationReport(simulatedScores(3000, seed: 8, sharpness: 3))
    #expect(report.calibrated.expectedError < report.calibration.expectedError / 3)
    #expect(report.calibrated.logLoss < report.calibration.logLoss)
    #expect(report.calibrated.brier < report.calibration.brier)
    // A temperature of one's own leaves everything as it is and is named as such.
    options.temperature = Temperature(inverse: 1)
    let own = try EvaluationReport(simulatedScores(3000, seed: 8, sharpness: 3), options: options)
    #expect(own.calibrated == own.calibration)
    #expect(!own.temperatureIsFittedHere)
  }

  @Test func intervalsHoldTheirEstimates() throws {
    let report = try EvaluationReport(simulatedScores(500, seed: 6))
    let statistics = report.statistics
    #expect(report.accuracyInterval?.contains(statistics.accuracy ?? .nan) == true)
    #expect(report.logLossInterval.contains(statistics.logLoss ?? .nan))
    #expect(report.brierInterval.contains(statistics.brier ?? .nan))
    #expect(report.marginInterval.contains(statistics.margin.mean ?? .nan))
    #expect(statistics.logLoss == report.calibration.logLoss)
    #expect(statistics.brier == report.calibration.brier)
  }

  @Test func onePairIsEnough() throws {
    let report = try EvaluationReport(PairScores(chosen: [1.0], rejected: [0]))
    #expect(report.statistics.accuracy == 1)
    #expect(report.temperature.outcome == .separable)
    let tie = try EvaluationReport(PairScores(chosen: [1.0], rejected: [1], labels: [0.5]))
    #expect(tie.node["accuracy"] == nil)
    #expect(tie.node["n_undecided"]?.value == .int(1))
    // The largest legal scores reach no trap.
    let large = try PairScores(
      chosen: [1e90, -1e90], rejected: [-1e90, 1e90], weights: [1e90, 1])
    #expect(try EvaluationReport(large).statistics.accuracy == 0.5)
  }
}
