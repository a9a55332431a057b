import PairwiseConfig
import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Real training runs of the same objective under two names, each name with data of its own: the share of
/// comparisons that call the difference real is the nominal one.
struct NullComparisonRunTests {
  private let folder = TemporaryFolder()
  private static let repetitions = 200
  /// Seeds of each name in one comparison.
  private static let seeds = 8

  private static let config = """
    name: twice
    problem: {name: log_linear_flips, pairs: 64, test_pairs: 10, prompts: 4, flip_rate: 0.2}
    objectives: [{name: dpo, beta: 1}]
    seeds: \(2 * seeds * repetitions)
    measures: [parameter_error]
    optimizer: {name: adamw, learning_rate: 0.1, weight_decay: 0}
    trainer: {max_steps: 10, batch_size: 32}
    curve_points: 0
    """

  private func runs() throws -> [ComparedRun] {
    let document = try ConfigFile.parse(Array(Self.config.utf8), file: "c.yaml")
    let (config, resolved) = try ConfigReader.read(
      CompareConfig.self, from: document, file: "c.yaml")
    return try Comparison(
      try ComparePlan(config, file: "c.yaml"), resolved: resolved, configFolder: ".",
      output: folder.path
    ).run()
  }

  @Test func differencesAreCalledRealAtTheirNominalRate() throws {
    let runs = try runs()
    let facts = ComparisonFacts(
      name: "null", subject: "twice the same",
      objectives: [.init(label: "a", name: "dpo"), .init(label: "b", name: "dpo")], baseline: "a",
      measures: [Measure("parameter_error", "distance", better: .lower)], primary: "parameter_error"
    )
    var real = 0
    for repetition in 0..<Self.repetitions {
      let first = 2 * Self.seeds * repetition
      let own = runs.filter { $0.seed >= first && $0.seed < first + 2 * Self.seeds }.map { run in
        var run = run
        run.objective = run.seed % 2 == 0 ? "a" : "b"
        run.seed = (run.seed - first) / 2
        return run
      }
      let summary = try ComparisonSummary(own, facts)
      let difference = try #require(summary.difference(1, .point(0), 0))
      #expect(difference.paired.count == Self.seeds && difference.paired.test == .signFlip)
      if difference.verdict != .undecided { real += 1 }
    }
    // Of the 2⁸ sign patterns at most twelve can be called real at 0.05: a rate of 0.047.
    let interval = try Interval.wilson(successes: real, of: Self.repetitions, level: 0.99)
    #expect(interval.contains(12.0 / 256), "\(real) of \(Self.repetitions)")
  }
}
