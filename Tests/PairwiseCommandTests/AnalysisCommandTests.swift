import PairwiseConfig
import PairwiseData
import Testing

/// `data analyze --what` of judges, experiments and hidden states, and `evaluate --generic`.
@Suite(.enabled(if: Program.isBuilt))
struct AnalysisCommandTests {
  private let folder = TemporaryDirectory()

  private func found(_ arguments: [String]) throws -> ConfigNode {
    let outcome = try Program.run(arguments + ["--json"], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return try JSON.parse(Array(outcome.output.utf8))
  }

  private func number(_ node: ConfigNode, _ key: String) -> Double {
    switch node[key]?.value {
    case .number(let value): value
    case .int(let value): Double(value)
    default: .nan
    }
  }

  /// The methods reference, §8.8: 55 wins and 2 ties by the judge itself, 40 wins and 6 ties by gold.
  @Test func selfPreference() throws {
    var lines = ""
    for row in 0..<100 {
      let verdict = row < 55 ? "a" : row < 57 ? "tie" : "b"
      let gold = row < 40 ? "a" : row < 46 ? "tie" : "b"
      // Every other row has the judge's own completion as B.
      let turned = row % 2 == 1
      func side(_ name: String) -> String {
        turned ? (name == "a" ? "b" : name == "b" ? "a" : name) : name
      }
      lines +=
        #"{"verdict": "\#(side(verdict))", "gold": ["\#(side(gold))", "tie"], "#
        + #""generator_a": "\#(turned ? "other" : "me")", "generator_b": "\#(turned ? "me" : "other")"}"#
        + "\n"
    }
    try folder.write("judge.jsonl", lines)
    let bias = try found(["data", "analyze", "judge.jsonl", "--what", "judge", "--own", "me"])
    #expect(number(bias, "self_preference_own") == 56)
    #expect(number(bias, "self_preference_gold") == 43)
    #expect(number(bias, "self_preference") == 13)
    #expect(bias["self_preference_ci"] != nil)
    let nobody = try Program.run(
      ["data", "analyze", "judge.jsonl", "--what", "judge", "--own", "you"], in: folder)
    #expect(
      nobody.code == 65 && nobody.errors.contains("compares a completion of 'you' with another's"))
  }

  @Test func positionsAndCues() throws {
    try folder.write(
      "judge.jsonl",
      """
      {"verdict": "a", "verdict_swapped": "a", "verdict_cue": "b", "cue": "b", "gold": "a"}
      {"verdict": 0.5, "verdict_swapped": -0.5, "verdict_cue": 1, "cue": "a", "gold": 1}
      {"verdict": "b", "verdict_swapped": "a", "verdict_cue": "a", "cue": "a", "gold": "b"}
      {"verdict": "b", "verdict_swapped": "tie", "verdict_cue": "b", "cue": "b", "gold": "tie"}

      """)
    let bias = try found(["data", "analyze", "judge.jsonl", "--what", "judge"])
    #expect(number(bias, "consistency") == 0.25 && number(bias, "primacy") == 0.25)
    #expect(number(bias, "recency") == 0.25 && number(bias, "position_ties") == 0.25)
    #expect(number(bias, "cue_pairs") == 3)
    #expect(number(bias, "cue_right") == 0 && number(bias, "cue_wrong") == -1)
    let table = try Program.run(["data", "analyze", "judge.jsonl", "--what", "judge"], in: folder)
    #expect(table.output.contains("a judge's verdicts on 4 pairs"), "\(table)")
    try folder.write("bad.jsonl", "{\"verdict\": \"a\"}\n{\"verdict\": \"maybe\"}\n")
    let bad = try Program.run(["data", "analyze", "bad.jsonl", "--what", "judge"], in: folder)
    #expect(
      bad.code == 65
        && bad.errors.contains("line 2: verdict: expected a, b, tie or a number, found"), "\(bad)")
  }

  /// The methods reference, §8.9.
  @Test func factors() throws {
    try folder.write(
      "f.jsonl",
      """
      {"a": false, "b": false, "outcome": 0.9}
      {"a": true, "b": false, "outcome": 0.7}
      {"a": false, "b": 1, "outcome": 0.8}
      {"a": 1, "b": true, "outcome": 0.4}

      """)
    let arguments = [
      "data", "analyze", "f.jsonl", "--what", "factors", "--factor", "a", "--factor", "b",
    ]
    let effects = try found(arguments + ["--interaction", "a:b"])
    for (name, expected) in [("intercept", 0.7), ("a", -0.15), ("b", -0.1), ("a:b", -0.05)] {
      #expect(abs(number(effects, name) - expected) < 1e-9, "\(name)")
    }
    let wrong = try Program.run(arguments + ["--interaction", "a:c"], in: folder)
    #expect(
      wrong.code == 65 && wrong.errors.contains("interaction 'a:c': expected two of the factors"))
    let absent = try Program.run(
      ["data", "analyze", "f.jsonl", "--what", "factors", "--factor", "c"], in: folder)
    #expect(
      absent.code == 65 && absent.errors.contains("line 1: c: expected true or false, found none"),
      "\(absent)")
    let stray = try Program.run(["data", "analyze", "f.jsonl", "--factor", "a"], in: folder)
    #expect(stray.code == 64 && stray.errors.contains("--factor goes with --what factors"))
  }

  /// Chosen states lie along the first axis in one group and against it in the other, T18 for 8.10.
  @Test func states() throws {
    var lines = ""
    var state: UInt64 = 7
    func noise() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) / Double(1 << 24) - 0.5
    }
    for row in 0..<120 {
      let sign = row % 4 == 3 ? -1.0 : 1
      let chosen = [sign + noise(), noise(), noise()]
      let rejected = [noise() - sign, noise(), noise()]
      lines +=
        "{\"chosen\": \(chosen), \"rejected\": \(rejected), \"group\": \"\(sign > 0 ? "with" : "against")\"}\n"
    }
    try folder.write("states.jsonl", lines)
    let all = try found(["data", "analyze", "states.jsonl", "--what", "states"])
    #expect(number(all, "probe_pair_accuracy") > 0.6 && number(all, "probe_pair_accuracy") < 0.9)
    #expect(number(all, "probe_steering_cosine") > 0.85)
    #expect(number(all, "cosine_all_with") > 0.95 && number(all, "cosine_with_against") < -0.95)
    #expect(number(all, "overlap") > 0.9)
    guard case .list(let direction)? = all["steering_direction"]?.value else {
      Issue.record("no direction")
      return
    }
    #expect(direction.count == 3)
    try folder.write("texts.jsonl", #"{"prompt": "p", "chosen": "a", "rejected": "b"}"# + "\n")
    let texts = try Program.run(["data", "analyze", "texts.jsonl", "--what", "states"], in: folder)
    #expect(texts.code == 65 && texts.errors.contains("expected pairs with features"), "\(texts)")
  }

  /// Two people who like opposite things: told who judges, nobody is served worse than by one model for both.
  @Test func worseThanGeneric() throws {
    var lines = ""
    for row in 0..<160 {
      let x = Double((row * 7) % 11) - 5 + 0.25
      let likes = row % 2 == 0 ? x > 0 : x < 0
      let (chosen, rejected) = likes ? (x, 0.0) : (0.0, x)
      lines +=
        "{\"chosen\": [\(chosen), 1], \"rejected\": [\(rejected), 1], \"annotator\": \"\(row % 2 == 0 ? "up" : "down")\"}\n"
    }
    try folder.write("pairs.jsonl", lines)
    for (name, head) in [("own", "{kind: context, by: annotator}"), ("one", "{kind: scalar}")] {
      try folder.write(
        "\(name).yaml",
        """
        run: {name: \(name), output: .}
        model: {kind: features, head: \(head)}
        data: {train: pairs.jsonl}
        objective: {name: bradley_terry}
        optimizer: {learning_rate: 0.05}
        trainer: {max_steps: 100, batch_size: 32, report: false}
        """)
      let outcome = try Program.run(["train", "\(name).yaml"], in: folder)
      try #require(outcome.code == 0, "\(outcome)")
    }
    let arguments = ["--data", "pairs.jsonl", "--group-by", "annotator"]
    let report = try found(
      ["evaluate", "--model", "own/final", "--generic", "one/final"] + arguments)
    let generic = try #require(report["generic"])
    #expect(number(generic, "worse_than_generic") == 0)
    #expect(number(generic, "gain") > 0.3, "\(generic)")
    let turned = try found(
      ["evaluate", "--model", "one/final", "--generic", "own/final"] + arguments)
    #expect(number(try #require(turned["generic"]), "worse_than_generic") > 0)
    let groups = try Program.run(
      ["evaluate", "--model", "own/final", "--generic", "one/final", "--data", "pairs.jsonl"],
      in: folder)
    #expect(
      groups.code == 65 && groups.errors.contains("--generic needs groups of 20 pairs"), "\(groups)"
    )
  }
}
