import Foundation
import PairwiseConfig
import PairwiseData
import Testing

/// PPO with a value network through the command line.
@Suite("Value networks", .enabled(if: Program.isBuilt))
struct ValueNetworkRunTests {
  private let folder = TemporaryDirectory()

  private func train(_ name: String, _ changes: [String: String] = [:]) throws -> [ConfigNode] {
    let own = [
      "run.name": name, "data.train": Program.root + "/Examples/rewarded.jsonl",
      "objective.name": "ppo_value", "objective.vf_coef": "1", "trainer.max_steps": "12",
      // Every batch is all of it, so that losses compare.
      "data.max_rows": "16", "trainer.batch_size": "16",
    ]
    let architecture =
      changes["model.path"] == nil ? "model_type: llama, tie_word_embeddings: false" : nil
    let outcome = try folder.train(.language(architecture, own.merging(changes) { $1 }))
    try #require(outcome.code == 0, "\(outcome)")
    let bytes = try FileAccess.read(folder.file("runs/\(name)/metrics.jsonl"), limit: 1 << 24)
    return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map {
      try JSON.parse(String($0))
    }
  }

  private func number(_ line: ConfigNode?, _ key: String) -> Double? { line?[key]?.number }

  /// It begins by expecting nothing, learns, and goes on from there in a run that starts from the model.
  @Test func networksAreHandedOn() throws {
    let first = try train("first")
    #expect(number(first.first, "values/mean") == 0)
    #expect(number(first.first, "ratio") == 1 && number(first.first, "kl") == 0)
    let before = try #require(number(first.first, "value_loss"))
    let after = try #require(number(first.last, "value_loss"))
    #expect(after < before)
    #expect(folder.exists("runs/first/final/token_networks.safetensors"))
    let next = try train("next", ["model.path": "runs/first/final"])
    #expect(try #require(number(next.first, "values/mean")) != 0)
    #expect(number(next.first, "ratio") == 1)
    // One of another form begins anew.
    let other = try train(
      "other", ["model.path": "runs/first/final", "objective.value_layers": "all"])
    #expect(number(other.first, "values/mean") == 0)
  }

  /// The model scores like any other, and its tokens show what the network expects of them.
  @Test func modelsServe() throws {
    _ = try train("run")
    let shown = try Program.run(["report", "runs/run", "--tokens", "1"], in: folder)
    #expect(shown.code == 0 && shown.output.contains("value_network"), "\(shown)")
    let scores = try Program.run(
      [
        "score", "--model", "runs/run/final", "--input", Program.root + "/Examples/pairs.jsonl",
        "--output", "scores.jsonl",
      ], in: folder)
    #expect(scores.code == 0, "\(scores)")
  }

  @Test func rewardsAreNeeded() throws {
    let outcome = try folder.train(
      .language(
        "model_type: llama, tie_word_embeddings: false", ["objective.name": "ppo_value"]))
    #expect(outcome.code == 65 || outcome.code == 78, "\(outcome)")
    #expect(
      outcome.errors.contains("row has no reward, which objective ppo_value needs"), "\(outcome)")
  }
}
