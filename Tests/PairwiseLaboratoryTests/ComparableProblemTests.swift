import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import PairwiseModels
import PairwiseTensor
import Testing

/// What every problem that objectives are compared on has to keep.
@Suite("Comparable problems")
struct ComparableProblemTests {
  private static let types: [any ComparableProblem.Type] = toyProblems.compactMap {
    $0 as? any ComparableProblem.Type
  }

  @Test("measures have names of their own that every trial gives at its start", arguments: types)
  func measures(type: any ComparableProblem.Type) throws {
    let names = type.measures.map(\.name)
    #expect(!names.isEmpty && Set(names).count == names.count)
    #expect(type.measures.allSatisfy { !$0.summary.isEmpty })
    let trial = try type.init().trial()
    let training = try #require(trial.pairs.splits["train"])
    #expect(training.count > 0)
    let blueprint = try trial.model.blueprint(
      ModelRequest(use: type is any PairProblem.Type ? .scores : .logps(chosenOnly: false)))
    let start = try blueprint.build(DataFacts(trial.pairs), seed: 1)
    let values = try trial.measure(start)
    #expect(Set(values.keys) == Set(names))
    #expect(values.values.allSatisfy { $0.isFinite })
  }

  @Test("the same parameters draw the same trial, another seed another", arguments: types)
  func determinism(type: any ComparableProblem.Type) throws {
    let (a, b) = (try type.init().trial().pairs, try type.init().trial().pairs)
    #expect(try content(a) == content(b))
    // Their random numbers are in the start, or there are none unless asked for.
    let same = ["independent_pairs", "two_reward_bandit"].contains(type.name)
    guard let other = try? problem(type.name, "\"seed\": 12345") else { return }
    #expect(try content(other.trial().pairs) != content(a) || same)
  }

  private func content(_ pairs: InMemoryPairs) throws -> [String] {
    let needs = PairNeeds(
      features: pairs.featureWidth != nil, texts: pairs.hasTexts, columns: pairs.columns)
    let block = try pairs.read(Array(0..<min(pairs.count, 200)), needs)
    let columns = block.columns.sorted { $0.key.rawValue < $1.key.rawValue }
    return [
      "\(pairs.count)", String(decoding: block.texts?.bytes ?? [], as: UTF8.self),
      "\(block.features?.array ?? [])", "\(columns.map { "\($0.key.rawValue) \($0.value)" })",
    ]
  }

  /// Nothing that a config can hold may reach a trap, and no sizes that memory cannot.
  @Test(
    "what configs must not ask for is refused",
    arguments: [
      ("log_linear_flips", #""flip_rate": 0.5"#), ("log_linear_flips", #""responses": 1"#),
      ("log_linear_flips", #""prompts": 4096, "responses": 256, "width": 256"#),
      ("log_linear_flips", #""seed": -1"#), ("log_linear_flips", #""norm": 0"#),
      ("two_reward_bandit", #""first": [1, 2]"#), ("two_reward_bandit", #""weight": 1.5"#),
      ("two_reward_bandit", #""start": [0, 0]"#), ("two_reward_bandit", #""beta": 0"#),
      ("independent_pairs", #""pairs": 0"#), ("hundred_arms", #""samples": 1"#),
      ("hundred_arms", #""peak": 100"#), ("two_modes", #""pairs": 0"#),
      ("segment_labels", #""segments": 0"#), ("prior_conflict", #""text_accuracy": 1"#),
      ("minority_groups", #""minority": 1.1"#), ("stance_drift", #""start": [1, 0, 1]"#),
      ("stance_drift", #""data": [1, 1]"#), ("constrained_bandit", #""pairs": -3"#),
      ("harmful_persuasion", #""pull": 1e9"#), ("biased_direction", #""seed": 0.5"#),
    ])
  func refused(name: String, parameters: String) {
    #expect(throws: ConfigError.self) { try problem(name, parameters) }
  }

  /// The smallest and oddest that configs may ask for must draw.
  @Test(
    "what configs may ask for is drawn",
    arguments: [
      (
        "log_linear_flips",
        #""prompts": 1, "responses": 2, "width": 1, "pairs": 1, "test_pairs": 1"#
      ),
      ("two_reward_bandit", #""first": [1e30, 0], "second": [0, 1], "pairs": 3"#),
      ("two_reward_bandit", #""weight": 0, "labels": "mixed""#),
      ("independent_pairs", #""pairs": 1, "spread": 0"#),
      ("hundred_arms", #""states": 1, "samples": 2, "policy": "tabular""#),
      ("two_modes", #""pairs": 1"#), ("segment_labels", #""pairs": 1, "segments": 1"#),
      ("prior_conflict", #""pairs": 1"#), ("minority_groups", #""pairs": 1, "test_pairs": 1"#),
      ("minority_groups", #""minority": 1"#), ("stance_drift", #""gap": 1, "pairs": 1"#),
      ("constrained_bandit", #""pairs": 1"#), ("harmful_persuasion", #""pull": -10, "pairs": 1"#),
      ("biased_direction", #""corrected": true, "pairs": 1"#),
      ("log_linear_flips", #""seed": 9223372036854775807"#),
    ])
  func drawn(name: String, parameters: String) throws {
    #expect(try problem(name, parameters).trial().pairs.count > 0)
  }

  /// A comparison draws a trial for each seed and flip rate, so it has to take milliseconds: 20 where 11,000
  /// pairs take about 5 on a quiet machine.
  @Test("drawing ten thousand pairs takes milliseconds")
  func speed() {
    let clock = ContinuousClock()
    _ = LogLinearFlips().trial()
    let fastest = (0..<5).map { _ in clock.measure { _ = LogLinearFlips().trial() } }.min()
    #expect(fastest.map { $0 < .milliseconds(20) } == true, "\(String(describing: fastest))")
  }
}
