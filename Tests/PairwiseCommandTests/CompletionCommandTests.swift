import PairwiseConfig
import PairwiseData
import Testing

/// `score`, `evaluate` and runs on single completions with labels, from the command line to the files.
@Suite(.enabled(if: Program.isBuilt), .serialized)
struct CompletionCommandTests {
  private let folder = TemporaryDirectory()

  /// Single completions of the pairs of `textPairs`: row 2i is the chosen one of pair i.
  private static func completions(_ pairs: String) throws -> String {
    try pairs.split(separator: "\n").flatMap { line in
      let pair = try JSONObject(line)
      let prompt = pair.string("prompt") ?? ""
      return [("chosen", true), ("rejected", false)].map { side, label in
        "{\"prompt\": \"\(prompt)\", \"completion\": \"\(pair.string(side) ?? "")\", \"label\": \(label), "
          + "\"source\": \"\(side)\"}\n"
      }
    }.joined()
  }

  private func run(_ arguments: [String]) throws -> Outcome {
    let outcome = try Program.run(arguments, in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return outcome
  }

  /// The area under the curve by every comparison.
  private func area(_ rows: [JSONObject]) -> Double {
    func scores(_ label: Bool) -> [Double] {
      rows.filter { $0["label"]?.value == .bool(label) }.compactMap { $0.number("score") }
    }
    let (above, below) = (scores(true), scores(false))
    var wins = 0.0
    for a in above { for b in below { wins += a > b ? 1 : a == b ? 0.5 : 0 } }
    return wins / Double(above.count * below.count)
  }

  /// A completion's score is its own: the same as in a pair, from a policy and from reward models of texts.
  @Test(
    arguments: [
      [:],
      ["objective.name": "bradley_terry", "objective.nll_reduction": nil],
      [
        "objective.name": "bradley_terry", "objective.nll_reduction": nil,
        "model.kind": "text_hash", "model.architecture": nil, "model.bucket_bits": "10",
      ],
    ] as [[String: String?]])
  func scoresAreThoseOfPairs(changes: [String: String?]) throws {
    try folder.trainTinyModel("lm", changes)
    let pairs = TemporaryDirectory.textPairs(12)
    try folder.write("pairs.jsonl", pairs)
    try folder.write("rows.jsonl", try Self.completions(pairs))
    let model = ["--model", "runs/lm/final"]
    _ = try run(["score", "--input", "pairs.jsonl", "--output", "pairs.out"] + model)
    let summary = try JSONObject(
      run(["score", "--input", "rows.jsonl", "--output", "rows.out", "--json"] + model).output)
    let (expected, found) = (try folder.objects("pairs.out"), try folder.objects("rows.out"))
    try #require(found.count == 24 && expected.count == 12)
    let isPolicy = changes.isEmpty
    for (index, row) in found.enumerated() {
      let pair = expected[index / 2]
      let side = index % 2 == 0 ? "score_chosen" : "score_rejected"
      #expect(row.number("score") == pair.number(side))
      #expect(row.number("index") == Double(index))
      #expect(row["label"]?.value == .bool(index % 2 == 0))
      #expect(row.string("source") == (index % 2 == 0 ? "chosen" : "rejected"))
      #expect((row["logps"] != nil) == isPolicy && row["ref_logps"] == nil)
    }
    #expect(summary.number("completions") == 24)
    #expect(abs((summary.number("auc") ?? -1) - area(found)) < 1e-12)
    // One at a time and from HDF5: the same lines.
    _ = try run(
      ["score", "--input", "rows.jsonl", "--output", "one.out", "--batch-size", "1"] + model)
    #expect(try folder.bytes("one.out") == folder.bytes("rows.out"))
    _ = try run(["data", "import", "rows.jsonl", "--output", "rows.h5"])
    _ = try run(["score", "--input", "rows.h5", "--output", "stored.out"] + model)
    let stored = try folder.objects("stored.out")
    #expect(stored.map { $0.number("score") } == found.map { $0.number("score") })
    #expect(stored.map { $0["label"]?.value } == found.map { $0["label"]?.value })
  }

  @Test func runsOnCompletionsAreJudgedToTheEnd() throws {
    let pairs = TemporaryDirectory.textPairs(12)
    try folder.write("rows.jsonl", try Self.completions(pairs))
    try folder.trainTinyModel("start")
    try folder.trainTinyModel(
      "kto",
      [
        "objective.name": "kto", "objective.nll_reduction": nil, "data.train": "rows.jsonl",
        "data.validation": "rows.jsonl", "trainer.max_steps": "8", "trainer.report": "true",
        "optimizer.learning_rate": "0.003",
      ])
    let kept = try JSONObject(try folder.text("runs/kto/evaluation.json"))
    let last = try #require(
      try folder.objects("runs/kto/metrics.jsonl").last { $0["eval_auc"] != nil })
    #expect(kept.number("n_completions") == 24 && kept.number("n_desirable") == 12)
    #expect(abs((kept.number("auc") ?? -1) - (last.number("eval_auc") ?? 2)) < 1e-12)
    #expect(
      abs((kept.number("reward_desirable_mean") ?? 0) - (last.number("eval_rewards/chosen") ?? 9))
        < 1e-6)
    let page = try folder.text("runs/kto/report.html")
    #expect(page.contains("Area under the curve") && page.contains("held-out completions"))
    // Log-ratios to another model with the scale of the run.
    let model = ["--model", "runs/kto/final", "--reference", "runs/start/final"]
    _ = try run(["score", "--input", "rows.jsonl", "--output", "rows.out"] + model)
    let rows = try folder.objects("rows.out")
    for row in rows {
      let ratio = (row.number("logps") ?? 0) - (row.number("ref_logps") ?? 0)
      #expect(abs((row.number("score") ?? 9) - 0.1 * ratio) < 1e-5)
    }
    let figures = try JSONObject(
      run(["evaluate", "--data", "rows.jsonl", "--json"] + model).output)
    #expect(abs((figures.number("auc") ?? -1) - area(rows)) < 1e-12)
    let right = rows.count { row in
      let score = row.number("score") ?? 0
      return row["label"]?.value == .bool(true) ? score > 0 : score < 0
    }
    #expect(figures.number("accuracy") == Double(right) / 24)
    #expect(figures.list("auc_ci").count == 2 && figures["calibration"] != nil)
    #expect(figures["chosen_mean"] == nil && figures["n_pairs"] == nil)
    let table = try run(["evaluate", "--data", "rows.jsonl"] + model).output
    #expect(table.contains("area under the curve") && table.contains("accuracy at 0"))
    _ = try run(
      ["evaluate", "--data", "rows.jsonl", "--output", "figures.json", "--batch-size", "5"] + model)
    #expect(try JSONObject(folder.text("figures.json")).text == figures.text)
  }

  @Test func whatOnlyPairsHaveIsRefused() throws {
    try folder.write("rows.jsonl", try Self.completions(TemporaryDirectory.textPairs(4)))
    try folder.trainTinyModel()
    for (arguments, words) in [
      (
        ["evaluate", "--data", "rows.jsonl", "--ches"],
        "rows.jsonl: --ches needs pairs, the data has single completions"
      ),
      (["evaluate", "--data", "rows.jsonl", "--alpha", "x"], "--alpha needs pairs"),
      (["evaluate", "--data", "rows.jsonl", "--split", "nowhere"], "no split 'nowhere'"),
      (
        ["score", "--input", "rows.jsonl", "--output", "x.out", "--ches"],
        "needs pairs, the data has single completions"
      ),
    ] {
      let outcome = try Program.run(arguments + ["--model", "runs/lm/final"], in: folder)
      #expect(outcome.code == 65 && outcome.errorLines.count == 1, "\(outcome)")
      #expect(outcome.errors.contains(words), "\(outcome)")
    }
    try folder.synthesize(pairs: 40)
    let features = try folder.train(Recipe(data: "pairs.h5", ["run.name": "features"]))
    try #require(features.code == 0, "\(features)")
    for verb in [["score", "--output", "x.out", "--input"], ["evaluate", "--data"]] {
      let outcome = try Program.run(
        verb + ["rows.jsonl", "--model", "runs/features/final"], in: folder)
      #expect(
        outcome.code == 65 && outcome.errors.contains("the model scores features"), "\(outcome)")
    }
  }
}
