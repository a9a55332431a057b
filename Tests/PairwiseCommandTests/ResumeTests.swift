import Glibc
import PairwiseData
import Testing

/// Runs that are killed, stopped or damaged end in the bytes of a run that was left alone.
@Suite(.enabled(if: Program.isBuilt), .serialized)
struct ResumeTests {
  private let folder = TemporaryDirectory()

  /// A run that writes a checkpoint every third step, so that many kills fall into one.
  private func recipe(_ name: String, steps: Int = 300) -> Recipe {
    Recipe(
      data: "pairs.h5",
      [
        "run.name": name, "trainer.max_steps": "\(steps)", "trainer.save_steps": "3",
        "trainer.eval_steps": "50", "trainer.save_total_limit": "3", "model.dropout": "0.1",
      ])
  }

  /// Trains undisturbed and returns the seconds it took.
  private func trainReference(steps: Int = 300) throws -> Double {
    try folder.synthesize()
    let outcome = try folder.train(recipe("plain", steps: steps))
    try #require(outcome.code == 0, "\(outcome)")
    return outcome.seconds
  }

  private func start(_ recipe: Recipe, _ flags: [String]) throws -> RunningProgram {
    try folder.write("config.yaml", recipe.yaml)
    return try Program.start(["train", "config.yaml"] + flags, in: folder)
  }

  @Test func killedAtRandomMoments() throws {
    let seconds = try trainReference()
    var random = SplitMix(seed: 11)
    var kills = 0
    for attempt in 0..<5 {
      let recipe = recipe("killed\(attempt)")
      let first = try start(recipe, [])
      let cut = first.end(
        after: Double.random(in: 0.02...max(0.04, seconds), using: &random), with: SIGKILL)
      if cut.signal == SIGKILL { kills += 1 }
      let outcome = try folder.train(recipe, ["--resume"])
      try #require(outcome.code == 0, "\(outcome)")
      let difference = try folder.difference(
        "runs/plain", "runs/killed\(attempt)", checkpoint: "checkpoint-000300")
      #expect(difference == nil, "attempt \(attempt)")
    }
    #expect(kills > 0, "every run was over before its kill")
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func stoppedBySignal(_ signal: Int32) throws {
    var recipe = recipe("plain", steps: 6000)
    recipe["trainer.save_steps"] = "6000"
    recipe["trainer.eval_steps"] = "2000"
    try folder.synthesize()
    let plainly = try folder.train(recipe)
    try #require(plainly.code == 0, "\(plainly)")
    recipe["run.name"] = "stopped"
    let running = try start(recipe, [])
    // The run is under way once its log exists.
    for _ in 0..<2000 where !folder.exists("runs/stopped/metrics.jsonl") { usleep(1000) }
    let outcome = running.end(after: 0.005, with: signal)
    try #require(outcome.code != 0, "the run ended before the signal")
    #expect(outcome.code == 128 + signal, "\(outcome)")
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("--resume"), "\(outcome.errors)")
    #expect(outcome.errors.contains("checkpoint-"), "\(outcome.errors)")
    let resumed = try folder.train(recipe, ["--resume"])
    try #require(resumed.code == 0, "\(resumed)")
    let plain = try folder.bytes("runs/plain/final/model.safetensors")
    #expect(try folder.bytes("runs/stopped/final/model.safetensors") == plain)
    #expect(
      try folder.comparableMetrics("runs/stopped") == folder.comparableMetrics("runs/plain"))
  }

  @Test func twoProcessesInOneFolder() throws {
    try folder.synthesize(pairs: 4000)
    let recipe = recipe("shared", steps: 100_000)
    let first = try start(recipe, [])
    for _ in 0..<5000 where !folder.exists("runs/shared/metrics.jsonl") { usleep(1000) }
    let second = try folder.train(recipe, ["--resume"])
    #expect(second.code == 75, "\(second)")
    #expect(second.errorLines.count == 1)
    #expect(second.errors.contains("\(first.id)"), "the message names the process")
    #expect(first.end(after: 0, with: SIGKILL).signal == SIGKILL)
  }

  @Test func anExistingRunIsNotTouched() throws {
    _ = try trainReference(steps: 6)
    let before = try folder.bytes("runs/plain/final/model.safetensors")
    let refused = try folder.train(recipe("plain", steps: 6))
    #expect(refused.code == 73, "\(refused)")
    #expect(refused.errors.contains("--resume") && refused.errors.contains("--overwrite"))
    #expect(try folder.bytes("runs/plain/final/model.safetensors") == before)
    let anew = try folder.train(recipe("plain", steps: 6), ["--overwrite"])
    #expect(anew.code == 0, "\(anew)")
    #expect(try folder.bytes("runs/plain/final/model.safetensors") == before)
  }

  @Test func resumingAFinishedRunChangesNothing() throws {
    _ = try trainReference(steps: 6)
    let before = try folder.bytes("runs/plain/final/model.safetensors")
    let metrics = try folder.comparableMetrics("runs/plain")
    let outcome = try folder.train(recipe("plain", steps: 6), ["--resume"])
    #expect(outcome.code == 0, "\(outcome)")
    #expect(try folder.bytes("runs/plain/final/model.safetensors") == before)
    #expect(try folder.comparableMetrics("runs/plain") == metrics)
  }

  @Test func resumingWithAnotherConfigIsRefused() throws {
    _ = try trainReference(steps: 6)
    var changed = recipe("plain", steps: 6)
    changed["optimizer.learning_rate"] = "0.5"
    changed["trainer.batch_size"] = "8"
    let outcome = try folder.train(changed, ["--resume"])
    #expect(outcome.code == 78, "\(outcome)")
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("optimizer.learning_rate"))
    #expect(outcome.errors.contains("trainer.batch_size"))
  }

  /// A key that is newer than the run had its default then.
  @Test func runsBeforeAKeyGoOn() throws {
    _ = try trainReference(steps: 6)
    let config = try folder.text("runs/plain/config.yaml")
    let older = config.replacing("  data_seed: null\n", with: "")
    try #require(older != config)
    try folder.write("runs/plain/config.yaml", older)
    let resumed = try folder.train(recipe("plain", steps: 6), ["--resume"])
    #expect(resumed.code == 0, "\(resumed)")
  }

  @Test func resumingOnOtherDataIsRefused() throws {
    _ = try trainReference(steps: 6)
    let outcome = try Program.run(
      [
        "data", "synthesize", "--output", "pairs.h5", "--pairs", "400", "--validation-pairs", "100",
        "--test-pairs", "0", "--seed", "6", "--overwrite",
      ], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let refused = try folder.train(recipe("plain", steps: 6), ["--resume"])
    #expect(refused.code == 78, "\(refused)")
    #expect(refused.errorLines.count == 1)
  }

  @Test(arguments: [
    "model.safetensors", "optimizer.safetensors", "trainer-state.json", "manifest.json",
  ])
  func aDamagedCheckpointIsPassedOver(_ name: String) throws {
    _ = try trainReference(steps: 30)
    FileAccess.remove(folder.file("runs/plain/final"))
    let kept = try folder.bytes("runs/plain/checkpoint-000030/model.safetensors")
    let path = "runs/plain/checkpoint-000030/" + name
    var bytes = try folder.bytes(path)
    bytes[bytes.count / 2] ^= 0x10
    try folder.write(path, bytes)
    let outcome = try folder.train(recipe("plain", steps: 30), ["--resume"])
    try #require(outcome.code == 0, "\(outcome)")
    #expect(outcome.errors.contains("checkpoint-000030 is not usable"), "\(outcome.errors)")
    #expect(outcome.errors.contains("checkpoint-000027"), "\(outcome.errors)")
    #expect(try folder.bytes("runs/plain/checkpoint-000030/model.safetensors") == kept)
    #expect(try folder.bytes("runs/plain/final/model.safetensors") == kept)
  }

  /// A limit on the size of files stands in for a full disk where no file system can be mounted.
  @Test func filesThatMayNotGrow() throws {
    _ = try trainReference(steps: 300)
    let recipe = recipe("full")
    // In 512-byte blocks: metrics.jsonl grows past it after some checkpoints were written.
    let outcome = try folder.train(recipe, shell: "ulimit -f 24")
    #expect(outcome.code == 74, "\(outcome)")
    #expect(outcome.errorLines.count == 1)
    #expect(outcome.errors.contains("--resume"), "\(outcome.errors)")
    #expect(!FileAccess.names(in: folder.file("runs/full")).contains { $0.hasPrefix(".tmp-") })
    let resumed = try folder.train(recipe, ["--resume"])
    try #require(resumed.code == 0, "\(resumed)")
    #expect(
      try folder.difference("runs/plain", "runs/full", checkpoint: "checkpoint-000300") == nil)
  }
}
