import PairwiseConfig
import PairwiseData
import Testing

/// CHES and displacement from the command line: score pairs, drop the most alike ones, train, look where the
/// likelihood went.
@Suite("Likelihood displacement", .enabled(if: Program.isBuilt), .serialized)
struct DisplacementCommandTests {
  private let folder = TemporaryDirectory()

  private func run(_ arguments: [String]) throws -> Outcome {
    let outcome = try Program.run(arguments, in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return outcome
  }

  @Test func scoreFilterTrainEvaluate() throws {
    try folder.trainTinyModel()
    let model = "runs/lm/final"
    _ = try run(
      ["score", "--model", model, "--input", "pairs.jsonl", "--output", "s.jsonl", "--ches"])
    let scores = try folder.objects("s.jsonl")
    #expect(scores.count == 12)
    for line in scores {
      let keys = ["ches", "ches_normalized", "last_hidden", "edit_distance", "edit_similarity"]
      for key in keys { #expect(line.number(key)?.isFinite == true, "\(key)") }
      #expect((0...1).contains(line.number("edit_similarity") ?? -1))
    }
    // Any batch gives the same lines.
    _ = try run(
      [
        "score", "--model", model, "--input", "pairs.jsonl", "--output", "t.jsonl", "--ches",
        "--batch-size", "5",
      ])
    #expect(try folder.text("s.jsonl") == folder.text("t.jsonl"))

    _ = try run(
      [
        "data", "filter", "--input", "pairs.jsonl", "--scores", "s.jsonl", "--by", "ches",
        "--drop-top", "0.25", "--output", "kept.jsonl",
      ])
    let values = scores.compactMap { $0.number("ches") }
    let limit = values.sorted()[8]
    let lines = try folder.text("pairs.jsonl").split(separator: "\n")
    let kept = zip(lines, values).filter { $0.1 <= limit }.map { String($0.0) }
    #expect(kept.count == 9)
    #expect(try folder.text("kept.jsonl") == kept.joined(separator: "\n") + "\n")

    var recipe = Recipe(
      data: "kept.jsonl",
      [
        "run.name": "dpo", "model.kind": "causal_lm", "model.path": model,
        "objective.name": "dpo", "trainer.batch_size": "3", "trainer.max_steps": "4",
      ])
    recipe["model.hidden_sizes"] = nil
    let trained = try folder.train(recipe)
    try #require(trained.code == 0, "\(trained)")
    let evaluated = try run(
      [
        "evaluate", "--model", "runs/dpo/final", "--reference", model, "--data", "pairs.jsonl",
        "--ches", "--top-tokens", "3", "--json",
      ])
    let figures = try JSONObject(evaluated.output)
    let policy = try #require(figures["policy"])
    let margin = try #require(policy["logratio_margin"]?.number)
    let difference =
      (policy["logratio_chosen"]?.number ?? .nan) - (policy["logratio_rejected"]?.number ?? .nan)
    #expect(abs(margin - difference) < 1e-9)
    #expect(policy["displaced_despite_margin"]?.number != nil)
    let mean = values.reduce(0, +) / 12
    #expect(abs((policy["similarity"]?["ches"]?["mean"]?.number ?? .nan) - mean) < 1e-9 * abs(mean))
    #expect(policy["similarity"]?["ches"]?["rank_correlation"]?.number != nil)
    let tokens = try #require(policy["first_tokens"])
    #expect(tokens["prompts"]?.number == 12)
    #expect(tokens["gained"]?.list?.count == 3 && tokens["lost"]?.list?.count == 3)
    let first = try #require(tokens["gained"]?.list?.first)
    #expect((first["after"]?.number ?? 0) > (first["before"]?.number ?? 1))
    // Without a reference there is nothing to compare with, and no batch changes a figure.
    let again = try run(
      [
        "evaluate", "--model", "runs/dpo/final", "--reference", model, "--data", "pairs.jsonl",
        "--ches", "--top-tokens", "3", "--json", "--batch-size", "7",
      ])
    #expect(again.output == evaluated.output)
    let table = try run(
      ["evaluate", "--model", "runs/dpo/final", "--data", "pairs.jsonl", "--ches"])
    #expect(table.output.contains("ches_normalized") && !table.output.contains("first token"))
  }

  @Test func refusals() throws {
    try folder.write("pairs.jsonl", "{\"ches\": 1}\n\n{\"ches\": 2}\n")
    try folder.write("one.jsonl", "{\"ches\": 1}\n")
    try folder.write("bad.jsonl", "{\"ches\": 1}\n{\"ches\": \"x\"}\n")
    func refused(_ flags: [String], _ words: String, code: Int32 = 65) throws {
      let outcome = try Program.run(
        ["data", "filter", "--input", "pairs.jsonl", "--output", "out.jsonl"] + flags, in: folder)
      #expect(outcome.code == code, "\(outcome)")
      #expect(outcome.errors.contains(words), "\(outcome.errors)")
      #expect(!folder.exists("out.jsonl"))
    }
    try refused(["--by", "ches", "--drop-top", "0.5", "--scores", "one.jsonl"], "has 2 rows")
    try refused(["--by", "ches", "--drop-top", "0.5", "--scores", "bad.jsonl"], "line 2")
    try refused(["--by", "margin", "--drop-top", "0.5"], "no column 'margin'")
    try refused(["--by", "ches"], "--drop-top", code: 64)
    try refused(
      ["--by", "ches", "--drop-top", "0.6", "--drop-bottom", "0.5"], "less than 1", code: 64)
    let half = try Program.run(
      [
        "data", "filter", "--input", "pairs.jsonl", "--output", "out.jsonl", "--by", "ches",
        "--drop-bottom", "0.5",
      ], in: folder)
    #expect(half.code == 0)
    #expect(try folder.text("out.jsonl") == "{\"ches\": 2}\n")
  }
}
