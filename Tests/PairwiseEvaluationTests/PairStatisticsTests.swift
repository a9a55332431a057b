import PairwiseEvaluation
import Testing

struct PairStatisticsTests {
  /// Methods reference, §1.1: the rewards of the worked example, and a tie.
  private let example = PairStatistics.of(
    chosen: [1.2, -0.3, 2.0, 0.5], rejected: [0.7, 0.4, -1.5, 0.5])

  @Test func workedExample() {
    #expect(example.accuracy == 0.5)
    #expect(example.accuracyHalf == 0.625)
    #expect(example.tieRate == 0.25)
    // Losses 0.4740769842, 1.1031860489, 0.0297504183 as printed there, and ln 2 for the tie.
    let sum = 0.4740769842 + 1.1031860489 + 0.0297504183 + 0.6931471806
    #expect(distance(example.logLoss ?? .nan, sum / 4) < 1e-10)
  }

  @Test func metricsHaveTheirNames() {
    let expected = [
      "accuracy", "tie_rate", "accuracy_half", "margin_mean", "margin_std", "reward_mean",
      "reward_std", "reward_min", "reward_max", "chosen_mean", "rejected_mean", "weight_sum",
      "n_pairs",
    ]
    #expect(example.metrics.map(\.name) == expected)
    let values = Dictionary(uniqueKeysWithValues: example.metrics.map { ($0.name, $0.value) })
    #expect(values["n_pairs"] == 4)
    #expect(values["reward_max"] == 2)
    #expect(values["reward_min"] == -1.5)
    // (1.2 − 0.3 + 2 + 0.5 − 0.7 − 0.4 + 1.5 − 0.5)/4
    #expect(distance(values["margin_mean"] ?? .nan, 3.3 / 4) < 1e-15)
    #expect(PairStatistics().metrics.isEmpty)
  }

  @Test(arguments: [1, 3, 7, 64, 1000]) func anyBatchSizeGivesTheSameBits(batch: Int) throws {
    let scores = try simulatedScores(500, seed: 5)
    let chosen = scores.chosen.map { Float($0) }
    let rejected = scores.rejected.map { Float($0) }
    let weights = (0..<500).map { Float($0 % 5) / 3 }
    var whole = PairStatistics()
    try whole.add(chosen: chosen, rejected: rejected, weights: weights)
    var merged = PairStatistics()
    for start in stride(from: 0, to: 500, by: batch) {
      let rows = start..<min(500, start + batch)
      var part = PairStatistics()
      try part.add(
        chosen: Array(chosen[rows]), rejected: Array(rejected[rows]), weights: Array(weights[rows]))
      // Front and back in turn: the order does not matter either.
      if start % 2 == 0 {
        merged.merge(part)
      } else {
        part.merge(merged)
        merged = part
      }
    }
    #expect(merged.metrics.map(\.value) == whole.metrics.map(\.value))
    #expect(merged.logLoss == whole.logLoss)
    #expect(merged.brier == whole.brier)
    #expect(merged.weightedLogLoss == whole.weightedLogLoss)
    #expect(merged.weightedAccuracy == whole.weightedAccuracy)
    #expect(merged.accuracyHalf == whole.accuracyHalf)
  }

  @Test func labelsDecideWhatIsRight() throws {
    var statistics = PairStatistics()
    try statistics.add(chosen: 1, rejected: 0, label: 0.9)
    try statistics.add(chosen: 1, rejected: 0, label: 0.2)
    try statistics.add(chosen: 1, rejected: 0, label: 0.5)
    #expect(statistics.decided == 2)
    #expect(statistics.undecided == 1)
    #expect(statistics.accuracy == 0.5)
    // Σ of softplus(−1) + (1 − p), as softplus(1) = softplus(−1) + 1
    let expected = (3 * 0.31326168751822286 + 0.1 + 0.8 + 0.5) / 3
    #expect(distance(statistics.logLoss ?? .nan, expected) < 1e-15)
  }

  @Test func weightsCount() throws {
    var statistics = PairStatistics()
    try statistics.add(chosen: 1, rejected: 0, weight: 3)
    try statistics.add(chosen: 0, rejected: 1, weight: 1)
    #expect(statistics.accuracy == 0.5)
    #expect(statistics.weightedAccuracy == 0.75)
    #expect(statistics.weightSum == 4)
  }

  @Test func extremeScoresStayFinite() throws {
    // Methods reference, §0.3: −logsigmoid(800) = 0, −logsigmoid(−800) = 800, and at 40.
    #expect(Logistic.softplus(-800) == 0)
    #expect(Logistic.softplus(800) == 800)
    #expect(distance(Logistic.softplus(-40) * 1e18, 4.2483542553) < 1e-10)
    var statistics = PairStatistics()
    try statistics.add(chosen: 1e90, rejected: -1e90)
    try statistics.add(chosen: -1e90, rejected: 1e90)
    #expect(statistics.logLoss == 1e90)
    #expect(statistics.margin.populationStandardDeviation == 2e90)
  }

  @Test func refusesNonsense() {
    var statistics = PairStatistics()
    let first = error { () throws(EvaluationError) in
      try statistics.add(chosen: [1, .infinity], rejected: [0, 0])
    }
    #expect(first?.description == "chosen score: row 1: found inf, expected a finite number")
    #expect(statistics.count == 1)
    let lengths = error { () throws(EvaluationError) in
      try statistics.add(chosen: [1, 2], rejected: [0])
    }
    #expect(
      lengths?.description == "rejected scores: found 1 values, expected 2, one a pair")
    let weight = error { () throws(EvaluationError) in
      try statistics.add(chosen: 1, rejected: 0, weight: -1)
    }
    #expect(weight?.description == "weight: row 1: found -1.0, expected a number of 0 or more")
    let large = error { () throws(EvaluationError) in
      try statistics.add(chosen: 1e91, rejected: 0)
    }
    #expect(
      large?.description
        == "chosen score: row 1: found 1e+91, expected a magnitude of 1e+90 at most")
  }
}

extension PairStatistics {
  fileprivate static func of(chosen: [Double], rejected: [Double]) -> PairStatistics {
    var statistics = PairStatistics()
    for (a, b) in zip(chosen, rejected) {
      do {
        try statistics.add(chosen: a, rejected: b)
      } catch {
        Issue.record("\(error)")
      }
    }
    return statistics
  }
}

struct PairScoresTests {
  @Test func refusesWhatDoesNotFit() {
    func message(
      _ chosen: [Double], _ rejected: [Double], labels: [Double]? = nil, weights: [Double]? = nil,
      groups: [Int]? = nil
    ) -> String? {
      error { () throws(EvaluationError) in
        _ = try PairScores(
          chosen: chosen, rejected: rejected, labels: labels, weights: weights, groups: groups,
          groupNames: ["a", "b"])
      }?.description
    }
    #expect(message([], []) == "scores: found no pairs, expected at least one")
    #expect(message([1], []) == "rejected scores: found 0 values, expected 1, one a pair")
    #expect(message([1], [.nan]) == "rejected score: row 0: found nan, expected a finite number")
    #expect(
      message([1], [0], labels: [1.5])
        == "label: row 0: found 1.5, expected a probability in 0 … 1")
    #expect(
      message([1], [0], labels: [.nan]) == "label: row 0: found nan, expected a finite number")
    #expect(
      message([1], [0], weights: [0]) == "weights, all zero: found no pairs, expected at least one")
    #expect(message([1], [0], groups: [2]) == "group: row 0: found 2, expected -1 … 1")
    #expect(message([1], [0], labels: [0], weights: [1], groups: [-1]) == nil)
  }

  @Test func worstRowsAreTheFurthestWrong() throws {
    let scores = try PairScores(
      chosen: [1.0, -3, -1, 0, 5, -3, 2], rejected: [Double](repeating: 0, count: 7),
      labels: [1, 1, 1, 1, 0, 1, 0.5])
    // Row 0 is right, row 3 a tie of scores, row 6 has no winner; row 4 is wrong by its label.
    #expect(scores.worstRows(10) == [4, 1, 5, 2])
    #expect(scores.worstRows(2) == [4, 1])
    #expect(scores.worstRows(0).isEmpty)
  }

  @Test func pairedComparisonResamplesPairs() throws {
    // The first model is right wherever the second is, and on 20 more of 400 pairs.
    let truth = [Double](repeating: 0, count: 400)
    let first = try PairScores(chosen: (0..<400).map { $0 < 300 ? 1 : -1 }, rejected: truth)
    let second = try PairScores(chosen: (0..<400).map { $0 < 280 ? 1 : -1 }, rejected: truth)
    let comparison = try PairedComparison(accuracyOf: first, second)
    #expect(comparison.difference == 0.05)
    #expect(comparison.onlyFirst == 20)
    #expect(comparison.onlySecond == 0)
    #expect(comparison.interval.method == .pairedBootstrapPercentile)
    // Standard error √(0.05·0.95/400) = 0.0109; resampling apart would give 0.031.
    #expect(comparison.interval.low > 0.02 && comparison.interval.high < 0.08)
    let mirrored = try PairedComparison(accuracyOf: second, first)
    #expect(mirrored.difference == -0.05)
    let other = try PairScores(chosen: truth, rejected: truth, labels: truth)
    let failure = error { () throws(EvaluationError) in
      _ = try PairedComparison(accuracyOf: first, other)
    }
    #expect(
      failure?.description == "second model's label: row 0: found 0.0, expected 1.0")
  }
}
