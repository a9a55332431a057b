import PairwiseConfig
import PairwiseEvaluation
import PairwiseLaboratory
import Testing

struct ComparisonSummaryTests {
  @Test func whatIsThereIsFound() throws {
    let summary = try MadeUpComparison.noisy.summary()
    #expect(summary.grid.points.count == 3 && summary.seeds == Array(0..<20))
    #expect(summary.cells.count == 3 * 3 * 3)
    let cell = try #require(summary.cell(2, 1, 0))
    // robust_dpo at 0.2: 0.3, with noise of 0.1·√2 over 20 seeds.
    #expect(abs(try #require(cell.mean) - 0.3) < 0.1 && cell.count == 20)
    #expect(try #require(cell.interval).contains(try #require(cell.mean)))
    let verdicts = (0..<3).map { summary.difference(2, .point($0), 0)?.verdict }
    #expect(verdicts == [.undecided, .better, .better])
    #expect((1..<3).map { summary.difference(1, .point($0), 0)?.verdict } == [.worse, .worse])
    // Two objectives against the baseline at three points, and once over all.
    #expect(summary.differences.count == 3 * (2 * 3 + 2))
    #expect(summary.difference(2, .everywhere, 0)?.verdict == .better)
    #expect(summary.difference(2, .point(2), 1)?.verdict == .better)
    #expect(summary.difference(2, .point(2), 2)?.verdict == .differs)
    let ranks = try #require(summary.ranks)
    #expect(ranks.means[2] < ranks.means[0] && ranks.means[0] < ranks.means[1])
    #expect(summary.best?.objective == 2 && summary.best?.level == [])
    #expect(summary.winners.map { $0?.objective }.suffix(2) == [2, 2])
    #expect(summary.winners[0]?.level.count == 2)
  }

  @Test func differencesAreBySeed() throws {
    let made = MadeUpComparison.noisy
    let summary = try made.summary()
    let values = { (label: String) in
      made.runs.filter { $0.objective == label && $0.settings[0].value == 0.4.configNode }.map {
        $0[measure: "distance"] ?? .nan
      }
    }
    let expected = zip(values("robust_dpo"), values("dpo")).map { $0 - $1 }
    let found = try #require(summary.difference(2, .point(2), 0))
    #expect(abs(found.paired.mean - expected.reduce(0, +) / 20) < 1e-12)
    #expect(found.paired.test == .signFlip && found.paired.below == 20)
    // The smallest p of 20 seeds, times the six comparisons.
    #expect(abs(try #require(found.paired.pValue) - 0x1p-19) < 1e-12)
    #expect(try #require(found.adjusted) < 1e-4)
    #expect(abs(found.mean - found.baseline - found.paired.mean) < 1e-12)
  }

  @Test func failedRunsAreTheWorst() throws {
    let made = MadeUpComparison.noisy
    var runs = made.runs
    for index in runs.indices where runs[index].objective == "robust_dpo" && runs[index].seed < 18 {
      runs[index].measures = []
      runs[index].failure = "loss is not finite"
    }
    let summary = try ComparisonSummary(runs, made.facts)
    #expect(summary.failures[2] == [18, 18, 18])
    #expect(summary.cell(2, 2, 0)?.count == 2)
    // Nine of ten runs are as bad as the worst run of cdpo.
    #expect(summary.difference(2, .point(2), 0)?.verdict == .worse)
    #expect(summary.ranks?.means[2] ?? 0 > 2)
    #expect(
      summary.sentences.contains {
        $0.hasPrefix("54 runs of 60 of robust_dpo stopped without usable numbers")
      })
    for index in runs.indices { (runs[index].measures, runs[index].failure) = ([], "x") }
    let nothing = try ComparisonSummary(runs, made.facts)
    #expect(nothing.differences.isEmpty && nothing.ranks == nil)
    #expect(!nothing.recommendation.isEmpty && !nothing.csv.isEmpty)
  }

  /// β matters: each objective is judged by the setting that is best on the other seeds.
  @Test func objectivesAreTuned() throws {
    var made = MadeUpComparison { label, _, beta in
      // dpo is best at 1, cdpo at 0.1; at their best cdpo is ahead by 0.5.
      (label == "dpo" ? abs(beta - 1) + 0.6 : abs(beta - 0.1) + 0.1)
    }
    (made.labels, made.betas) = (["dpo", "cdpo"], [0.1, 1])
    let summary = try made.summary()
    #expect(summary.places == [.condition(0), .condition(1), .condition(2)])
    let difference = try #require(summary.difference(1, .condition(1), 0))
    #expect(abs(difference.paired.mean + 0.5) < 0.12 && difference.verdict == .better)
    #expect(summary.bestChoices == [1, 0])
    #expect(summary.difference(1, .point(1), 0)?.verdict == .worse)
    #expect(
      summary.recommendation
        == "Use cdpo (label_smoothing 0.1) with beta 0.1: it is the best, or not told apart from the best, under "
        + "all 3 conditions.")
  }

  /// Tuning on the seeds one is judged by would make noise look like an advantage.
  @Test func tuningDoesNotFlatter() throws {
    var made = MadeUpComparison { _, _, _ in 1 }
    (made.labels, made.flipRates, made.seeds) = (["a", "b"], [0], 400)
    made.betas = [0.1, 0.2, 0.3, 0.4, 0.5]
    let summary = try made.summary()
    let values = try #require(summary.difference(1, .condition(0), 0))
    // The mean of 400 values with a spread of 0.14, at four standard errors.
    #expect(abs(values.mean - 1) < 4 * 0.1415 / 20 && values.verdict == .undecided)
  }

  @Test func aSingleSeedAndASingleObjective() throws {
    var made = MadeUpComparison.noisy
    (made.seeds, made.flipRates) = (1, [])
    let one = try made.summary()
    #expect(one.differences.allSatisfy { $0.verdict == .untested })
    #expect(one.recommendation.hasPrefix("One seed shows no more than an example"))
    #expect(one.sentences.last?.hasSuffix("a single seed says nothing about what is real.") == true)
    made.labels = ["dpo"]
    let alone = try made.summary()
    #expect(alone.differences.isEmpty && alone.sentences.isEmpty)
  }

  @Test func factsHaveToHold() throws {
    let made = MadeUpComparison.noisy
    var facts = made.facts
    facts.baseline = "x"
    #expect(
      "\(message { () throws(EvaluationError) in _ = try ComparisonSummary(made.runs, facts) })"
        == "comparison, baseline: found 'x', expected the label of an objective")
    facts = made.facts
    facts.primary = "y"
    #expect(
      message { () throws(EvaluationError) in _ = try ComparisonSummary(made.runs, facts) }
        .contains("primary"))
    #expect(
      message { () throws(EvaluationError) in _ = try ComparisonSummary([], made.facts) }
        == "comparison: found no runs, expected at least one")
  }

  private func message(_ body: () throws(EvaluationError) -> Void) -> String {
    do throws(EvaluationError) {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }
}

/// The same method twice under two names: the share of differences called real is the nominal one.
struct NullComparisonTests {
  /// Runs of 20 seeds at one point each, so that a comparison makes one test.
  @Test(arguments: [6, 20])
  func oneComparison(seeds: Int) throws {
    var real = 0
    for repetition in 0..<200 {
      var made = MadeUpComparison { _, _, _ in 1 }
      (made.labels, made.flipRates, made.seeds) = (["a", "b"], [], seeds)
      made.generatorSeed = UInt64(repetition)
      let verdict = try #require(try made.summary().difference(1, .point(0), 0)?.verdict)
      #expect(verdict != .untested)
      if verdict != .undecided { real += 1 }
    }
    // Sign flips of six seeds have p = 1/32 as their only value below 0.05.
    let rate = seeds == 6 ? 1.0 / 32 : 0.05
    #expect(try Interval.wilson(successes: real, of: 200, level: 0.99).contains(rate), "\(real)")
  }

  /// Fifteen tests in one comparison: any of them is called real in 5 of 100 comparisons at most.
  @Test func manyComparisonsAtOnce() throws {
    var mistaken = 0
    for repetition in 0..<200 {
      var made = MadeUpComparison { _, _, _ in 1 }
      (made.labels, made.flipRates, made.seeds) = (["a", "b", "c", "d"], [0, 1, 2, 3, 4], 12)
      made.generatorSeed = UInt64(repetition)
      let summary = try made.summary()
      let points = summary.differences.filter {
        if case .point = $0.place { $0.measure == 0 } else { false }
      }
      #expect(points.count == 15)
      if points.contains(where: { $0.verdict != .undecided }) { mistaken += 1 }
    }
    // At most 10 expected; 3 standard errors above that.
    #expect(mistaken <= 19, "\(mistaken)")
  }
}
