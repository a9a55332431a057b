import Glibc
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import Testing

/// What the settings of the trainer do, seen from outside.
@Suite(.enabled(if: Program.isBuilt))
struct TrainerTests {
  private let folder = TemporaryDirectory()

  private func metrics() throws -> [JSONObject] { try folder.objects("runs/run/metrics.jsonl") }

  private func evaluations() throws -> [JSONObject] {
    try metrics().filter { $0["eval_loss"] != nil }
  }

  private func train(_ changes: [String: String]) throws -> Outcome {
    if !folder.exists("pairs.h5") { try folder.synthesize() }
    let outcome = try folder.train(Recipe(data: "pairs.h5", changes))
    #expect(outcome.code == 0, "\(outcome)")
    return outcome
  }

  // MARK: Schedules

  /// `transformers` 5.23: the rate logged at step s is the schedule at s − 1.
  @Test func linearScheduleWithWarmUp() throws {
    _ = try train([
      "schedule.name": "linear", "schedule.warmup_ratio": "0.25", "optimizer.learning_rate": "0.02",
    ])
    let rates = try metrics().filter { $0["loss"] != nil }.map { $0.number("learning_rate") ?? -1 }
    let expected = (0..<40).map { step -> Double in
      let (s, warmup, total) = (Double(step), 10.0, 40.0)
      return 0.02 * (s < warmup ? s / warmup : (total - s) / (total - warmup))
    }
    #expect(rates.count == 40)
    for (rate, want) in zip(rates, expected) { #expect(abs(rate - want) <= 1e-15) }
  }

  @Test func cosineScheduleWithWarmUpSteps() throws {
    _ = try train([
      "schedule.name": "cosine", "schedule.warmup_steps": "5", "optimizer.learning_rate": "0.02",
    ])
    let rates = try metrics().filter { $0["loss"] != nil }.map { $0.number("learning_rate") ?? -1 }
    for (step, rate) in rates.enumerated() {
      let s = Double(step)
      let want = s < 5 ? s / 5 : 0.5 * (1 + cos(Double.pi * (s - 5) / 35))
      #expect(abs(rate - 0.02 * want) <= 1e-15, "step \(step + 1)")
    }
  }

  // MARK: Weights to start from

  /// Relative paths of a config lead from its own folder first, the start's like the data's.
  @Test func startIsFoundBesideTheConfig() throws {
    _ = try train([:])
    try FileAccess.createFolder(folder.file("inner"))
    try folder.write("inner/start.safetensors", folder.bytes("runs/run/final/model.safetensors"))
    let recipe = Recipe(
      data: "pairs.h5",
      ["run.name": "second", "model.path": "start.safetensors", "trainer.max_steps": "1"])
    try folder.write("inner/config.yaml", recipe.yaml)
    let outcome = try Program.run(["train", "inner/config.yaml"], in: folder)
    #expect(outcome.code == 0, "\(outcome)")
  }

  /// A start that is missing or of another shape is found before anything is written or removed.
  @Test(arguments: [
    ("nowhere.safetensors", "[8]", 66 as Int32), ("runs/run/final", "[9]", 65),
  ])
  func badStartsCostNothing(path: String, hidden: String, code: Int32) throws {
    _ = try train([:])
    let before = try folder.bytes("runs/run/final/model.safetensors")
    let recipe = Recipe(
      data: "pairs.h5", ["model.path": path, "model.hidden_sizes": hidden])
    for flags in [["--overwrite"], ["--dry-run"]] {
      let outcome = try folder.train(recipe, flags)
      #expect(outcome.code == code && outcome.errorLines.count == 1, "\(outcome)")
    }
    #expect(try folder.bytes("runs/run/final/model.safetensors") == before)
    var other = recipe
    other["run.name"] = "fresh"
    #expect(try folder.train(other).code == code)
    #expect(!folder.exists("runs/fresh/config.yaml"))
  }

  // MARK: Optimizers

  @Test func gradientDescentWithMomentumLearns() throws {
    _ = try train([
      "optimizer.name": "sgd", "optimizer.momentum": "0.9", "optimizer.learning_rate": "0.05",
      "trainer.max_steps": "200", "schedule.name": "constant",
    ])
    let losses = try metrics().compactMap { $0.number("loss") }
    #expect(losses.count == 200)
    let (early, late) = (losses.prefix(20).reduce(0, +), losses.suffix(20).reduce(0, +))
    #expect(late < 0.85 * early, "\(early / 20) → \(late / 20)")
  }

  @Test func plainGradientDescentStepsByRateTimesGradient() throws {
    var settings = [
      "optimizer.name": "sgd", "optimizer.learning_rate": "0.5", "optimizer.max_grad_norm": "0",
      "schedule.name": "constant", "trainer.max_steps": "1", "trainer.batch_size": "400",
    ]
    func weights(_ rate: String) throws -> [Float] {
      settings["optimizer.learning_rate"] = rate
      settings["run.name"] = "rate" + rate
      _ = try train(settings)
      let file = try SafeTensorsFile(folder.file("runs/rate\(rate)/final/model.safetensors"))
      return try file.names.flatMap { try file.tensor($0).array }
    }
    // So small a rate moves nothing: the weights a run starts from.
    let (start, end) = (try weights("1.0e-30"), try weights("0.5"))
    let moved = zip(start, end).reduce(0) { $0 + Double($1.1 - $1.0) * Double($1.1 - $1.0) }
    let norm = try #require(
      try folder.objects("runs/rate0.5/metrics.jsonl")[0].number("grad_norm"))
    // Weights of about 1 carry a rounding of 1e-7 each.
    #expect(abs(moved.squareRoot() / 0.5 - norm) < 2e-6, "\(moved.squareRoot()) against \(norm)")
  }

  // MARK: Evaluation, best checkpoint, early stopping

  @Test func evaluatesAtTheGivenStepsAndAtTheEnd() throws {
    _ = try train(["trainer.eval_steps": "15", "trainer.max_steps": "40"])
    let found = try evaluations()
    #expect(found.compactMap { $0.number("step") } == [15, 30, 40])
    for line in found {
      let interval = line.list("eval_accuracy_ci").compactMap(\.number)
      let accuracy = try #require(line.number("eval_accuracy"))
      #expect(interval.count == 2 && interval[0] <= accuracy && accuracy <= interval[1])
      #expect(line.number("eval_pairs") == 100)
    }
  }

  /// A rate this large overshoots: the best evaluation comes early and later ones are worse.
  private let overshooting = [
    "optimizer.learning_rate": "0.3", "schedule.name": "constant", "model.hidden_sizes": "[32]",
    "trainer.eval_steps": "5", "trainer.save_steps": "5", "trainer.max_steps": "400",
    "trainer.metric_for_best_model": "loss",
  ]

  @Test func stopsEarlyAndKeepsTheBestCheckpoint() throws {
    var changes = overshooting
    changes["trainer.early_stopping_patience"] = "3"
    changes["trainer.save_total_limit"] = "1"
    _ = try train(changes)
    let losses = try evaluations().compactMap { $0.number("eval_loss") }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(losses.count == best + 4, "three evaluations without a better one, then the end")
    #expect(losses.count < 80)
    let kept = FileAccess.names(in: folder.file("runs/run")).filter { $0.hasPrefix("checkpoint-") }
    let names = [5 * (best + 1), 5 * losses.count].map { step in
      "checkpoint-" + String(repeating: "0", count: 6 - "\(step)".count) + "\(step)"
    }
    #expect(kept == names)
  }

  @Test func endsWithTheBestModelIfAsked() throws {
    var changes = overshooting
    changes["trainer.max_steps"] = "60"
    changes["trainer.load_best_model_at_end"] = "true"
    changes["trainer.save_total_limit"] = "1"
    _ = try train(changes)
    let losses = try evaluations().compactMap { $0.number("eval_loss") }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    let step = "\(5 * (best + 1))"
    let name = "checkpoint-" + String(repeating: "0", count: 6 - step.count) + step
    #expect(best + 1 < losses.count, "the last model must not be the best for this to say anything")
    #expect(
      try folder.bytes("runs/run/final/model.safetensors")
        == folder.bytes("runs/run/\(name)/model.safetensors"))
  }

  // MARK: What a run leaves

  @Test func leavesEverythingTheContractNames() throws {
    let outcome = try train(["trainer.report": "true", "trainer.save_steps": "20"])
    #expect(outcome.output.contains("runs/run/final"))
    for name in [
      "config.yaml", "metrics.jsonl", "environment.json", "data-ledger.json",
      "checkpoint-000020/manifest.json", "checkpoint-000040/optimizer.safetensors",
      "checkpoint-000040/trainer-state.json", "final/model.safetensors", "final/config.json",
    ] { #expect(folder.exists("runs/run/" + name), "\(name)") }
    let ledger = try JSONObject(try folder.text("runs/run/data-ledger.json"))
    #expect(ledger.number("train pairs") == 400)
    let again = try Program.run(["config", "check", "runs/run/config.yaml"], in: folder)
    #expect(again.code == 0, "\(again)")
  }

  @Test func aDryRunLeavesNoRun() throws {
    try folder.synthesize()
    let outcome = try folder.train(Recipe(data: "pairs.h5"), ["--dry-run"])
    #expect(outcome.code == 0, "\(outcome)")
    #expect(outcome.errors.contains("40 of 16 pairs"), "\(outcome)")
    #expect(!folder.exists("runs/run"))
  }

  @Test func aStopOnNumbersNamesStepTensorAndRows() throws {
    var rows = FeatureLines.csv(rows: 64, width: 4, seed: 2)
    // Every hidden sum leaves the range of a float.
    rows[37] = ["3.4e38", "3.4e38", "3.4e38", "3.4e38", "3.3e38", "3.3e38", "3.3e38", "3.3e38"]
      .joined(separator: ",")
    try folder.write(
      "pairs.csv", ([FeatureLines.head(width: 4)] + rows).joined(separator: "\n") + "\n")
    let outcome = try folder.train(
      Recipe(
        data: "pairs.csv",
        ["trainer.shuffle": "false", "trainer.save_steps": "1", "model.hidden_sizes": "[64]"]))
    #expect(outcome.code == 80, "\(outcome)")
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("step 3"), "\(outcome.errors)")
    #expect(outcome.errors.contains("37"), "\(outcome.errors)")
    #expect(!folder.exists("runs/run/final"))
    let names = FileAccess.names(in: folder.file("runs/run"))
    #expect(names.contains("checkpoint-000002") && !names.contains("checkpoint-000003"))
    #expect(!names.contains { $0.hasPrefix(".tmp-") })
  }

  @Test func aRateThatBlowsUpStopsTheRun() throws {
    try folder.synthesize()
    let outcome = try folder.train(
      Recipe(
        data: "pairs.h5",
        [
          "optimizer.name": "sgd", "optimizer.learning_rate": "1.0e+38",
          "optimizer.max_grad_norm": "0",
          "schedule.name": "constant",
        ]))
    #expect(outcome.code == 80, "\(outcome)")
    #expect(outcome.errorLines.count == 1)
    #expect(!folder.exists("runs/run/final"))
  }

  // MARK: The end

  @Test func aReportIsNamedOnlyIfItIsThere() throws {
    let without = try train(["trainer.report": "false"])
    #expect(without.output.contains("runs/run/final") && !without.output.contains("report.html"))
    let with = try folder.train(
      Recipe(data: "pairs.h5", ["trainer.report": "true"]), ["--overwrite"])
    #expect(with.output.contains("runs/run/report.html") && folder.exists("runs/run/report.html"))
  }

  /// The figures at the end are those of the model that is kept, be it the last one or the best.
  @Test(arguments: [false, true]) func finalFiguresAreTheKeptModels(keepsBest: Bool) throws {
    _ = try train([
      "trainer.load_best_model_at_end": "\(keepsBest)", "trainer.eval_steps": "4",
      "trainer.metric_for_best_model": "loss", "optimizer.learning_rate": "0.5",
    ])
    let lines = try evaluations()
    let losses = lines.map { $0.number("eval_loss") ?? .infinity }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    // At this rate the last evaluation is not the best, or both cases would be the same.
    try #require(best != lines.count - 1)
    let kept = lines[keepsBest ? best : lines.count - 1]
    let figures = try JSONObject(
      String(decoding: folder.bytes("runs/run/evaluation.json"), as: UTF8.self))
    #expect(figures.number("accuracy") == kept.number("eval_accuracy"))
    let margin = try #require(kept.number("eval_margin"))
    #expect(abs((figures.number("margin_mean") ?? .nan) - margin) < 1e-9 * max(1, abs(margin)))
  }
}
