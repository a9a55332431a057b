import Foundation
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseObjectives
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Token-level objectives on policies over short lists, whose completions are one token long.
@Suite("Token-level objectives on tables")
struct TabularTokenTests {
  private let folder = TemporaryFolder()

  private static let rows = (0..<12).map { row in
    let (a, b) = [("a", "b"), ("a", "c"), ("b", "c"), ("a", "b")][row % 4]
    return
      "{\"prompt\": \"\(row % 2 == 0 ? "x" : "y")\", \"chosen\": \"\(a)\", \"rejected\": \"\(b)\", "
      + "\"segment_labels\": [1]}"
  }
  private static let table =
    "{kind: tabular, completions: [a, b, c], prompts: [x, y], start: [-1.5, -0.75, -2]}"

  private func run(
    _ objective: String, model: String = TabularTokenTests.table, rows: [String] = Self.rows,
    steps count: Int = 12
  ) throws -> (steps: [StepResult], policy: TabularPolicy?) {
    let data = folder.path + "/pairs.jsonl"
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: data)
    let yaml = """
      run: {name: run}
      model: \(model)
      data: {train: \(data)}
      objective: \(objective)
      optimizer: {learning_rate: 0.05}
      schedule: {name: constant}
      trainer: {max_steps: \(count), batch_size: 12, microbatch_size: 5, report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    var steps: [StepResult] = []
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out"
    ) { event in
      if case .step(_, let result) = event { steps.append(result) }
    }
    try run.run(existing: .overwrite)
    let final = try ModelDirectory.load(run.folder.path + "/final")
    return (steps, final.model as? TabularPolicy)
  }

  @Test(
    "each of them trains",
    arguments: [
      "{name: tdpo1}", "{name: tdpo2}", "{name: wpo}", "{name: ld_dpo, alpha: 0.5}",
      "{name: dense_dpo, segment_len: 2}", "{name: mapo}",
      "{name: sparsepo, mask_mode: common, mask_on_reward: false, mask_on_kl: false}",
      "[{name: dpo, weight: 0.5}, {name: tdpo2, weight: 0.5}]",
    ])
  func trains(objective: String) throws {
    for model in [
      Self.table, "{kind: tabular, completions: [a, b, c], features: [[1], [0], [-1]]}",
    ] {
      let steps = try run(objective, model: model).steps
      #expect(steps.count == 12)
      #expect(steps.allSatisfy { $0.loss.isFinite && $0.gradientNorm > 0 })
      #expect((steps[11].metrics["rewards/margins"] ?? 0) > 0)
    }
  }

  /// Methods document, section 4.1: both completions of one token are predicted at the same place, so D_c and
  /// D_r are the same number and leave DPO. And that number is KL(π_ref ‖ π) as computed in double precision.
  @Test("the divergences of both sides are one", arguments: ["tdpo1", "tdpo2", "mapo"])
  func divergences(name: String) throws {
    let dpo = try run("{name: dpo}").steps
    let (steps, _) = try run("{name: \(name)}")
    for (own, plain) in zip(steps, dpo) {
      // TDPO2 stops the gradient of D_c alone. Else the same float32 sums in another order.
      #expect(name == "tdpo2" || abs(own.loss - plain.loss) < 1e-6)
      #expect(own.metrics["kl/chosen"] == own.metrics["kl/rejected"])
    }
    // What step 12 started from.
    let policy = try #require(try run("{name: \(name)}", steps: 11).policy)
    let logits = [-1.5, -0.75, -2], sum = logits.map(exp).reduce(0, +)
    let start = logits.map { $0 - log(sum) }
    let expected = policy.logProbabilities.map { row in
      zip(start, row).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
    }
    let found = try #require(steps[11].metrics["kl/chosen"])
    // As many rows of either prompt. Log-probs in float32 differ by 1e-7 each.
    #expect(abs(found - (expected[0] + expected[1]) / 2) < 1e-6)
    #expect(found > 1e-3)
  }

  @Test("what has no hidden layers trains no mask networks")
  func refusesNetworks() {
    #expect {
      try run("{name: sparsepo, mask_mode: common}")
    } throws: {
      "\($0)".contains(
        "model.kind: tabular has no hidden layers; the objective's networks read those of causal_lm"
      )
    }
  }

  @Test("segment labels must be as many as the completions' segments")
  func refusesSegments() {
    let rows = Self.rows.map { $0.replacing("[1]", with: "[1, -1, 1]") }
    #expect {
      try run("{name: dense_dpo, segment_len: 2}", rows: rows)
    } throws: { "\($0)".contains("segment_labels") }
  }
}
