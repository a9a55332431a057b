import PairwiseConfig
import Testing

/// What `evaluate` says of a policy beside a reference: ranking, its optimum, and the gap between both.
@Suite(.enabled(if: Program.isBuilt))
struct EvaluatePolicyTests {
  private func figures(_ folder: TemporaryDirectory, _ more: [String] = []) throws -> JSONObject {
    let outcome = try Program.run(
      ["evaluate", "--model", "runs/lm/final", "--data", "scored.jsonl", "--json"] + more,
      in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return JSONObject(try #require(JSONObject(outcome.output)["policy"]))
  }

  @Test func rankingAndItsOptimum() throws {
    let folder = TemporaryDirectory()
    try folder.trainTinyModel()
    // Certain preferences one way and the other: with a small beta the optimum goes with them all.
    let lines = TemporaryDirectory.textPairs(12).split(separator: "\n").enumerated()
    let scored = lines.map { row, line in
      line.dropLast() + #", "agreement": \#(row % 3 == 0 ? 0.01 : 0.99)}"# + "\n"
    }
    try folder.write("scored.jsonl", scored.joined())
    let alone = try figures(folder)
    #expect(alone["ranking_accuracy_per_token"] != nil)
    #expect(alone["reference_ranking_accuracy"] == nil)
    let reference = ["--reference", "runs/lm/final", "--beta", "0.001"]
    let beside = try figures(folder, reference)
    // The reference is the model itself.
    #expect(beside["reference_ranking_accuracy"]?.number == beside["ranking_accuracy"]?.number)
    #expect(beside["difficulty_threshold_quantiles"] != nil)
    #expect(beside["idealised_ranking_accuracy"] == nil)
    let ideal = try figures(folder, reference + ["--alpha", "agreement"])
    let best = try #require(ideal["idealised_ranking_accuracy"]?.number)
    #expect(abs(best - 8.0 / 12) < 1e-12)
    let accuracy = try #require(ideal["ranking_accuracy"]?.number)
    #expect(abs(try #require(ideal["alignment_gap"]?.number) - (best - accuracy)) < 1e-12)
    let unknown = try Program.run(
      ["evaluate", "--model", "runs/lm/final", "--data", "scored.jsonl", "--alpha", "agrement"],
      in: folder)
    #expect(unknown.code == 65)
    #expect(unknown.errors.contains("agrement"), "\(unknown)")
  }
}
