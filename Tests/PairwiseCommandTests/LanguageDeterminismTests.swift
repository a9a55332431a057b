import Glibc
import PairwiseData
import Testing

/// A language model whose training must not depend on how the work is cut up.
struct LanguageCase: CustomTestStringConvertible {
  var testDescription: String
  /// Keys of `model.architecture`.
  var architecture: String
  var settings: [String: String]
  /// Whether adapters are trained on the model instead, after a few steps that make it.
  var isAdapted = false

  static let all = [
    LanguageCase(
      testDescription: "policy, tied llama",
      architecture: "model_type: llama, tie_word_embeddings: true", settings: [:]),
    LanguageCase(
      testDescription: "policy, llama",
      architecture: "model_type: llama, tie_word_embeddings: false",
      settings: [:]),
    LanguageCase(
      testDescription: "policy, gpt2, sft",
      architecture: "model_type: gpt2, tie_word_embeddings: false",
      settings: ["objective.name": "sft", "objective.nll_reduction": "token_mean"]),
    LanguageCase(
      testDescription: "policy on single completions, mismatched ones beside them",
      architecture: "model_type: llama, tie_word_embeddings: false",
      settings: ["objective.name": "kto"]),
    LanguageCase(
      testDescription: "policy with its prompts scored",
      architecture: "model_type: llama, tie_word_embeddings: false",
      settings: [
        "objective.name": "orpo", "objective.nll_reduction": "token_mean",
        "objective.nll_span": "all", "data.boundary": "prompt_count",
      ]),
    LanguageCase(
      testDescription: "reward model, qwen2",
      architecture: "model_type: qwen2, num_key_value_heads: 2",
      settings: ["objective.name": "bradley_terry"]),
    LanguageCase(
      testDescription: "adapters on a tied llama",
      architecture: "model_type: llama, tie_word_embeddings: true",
      settings: ["model.lora": "{r: 2, lora_alpha: 16}"], isAdapted: true),
    LanguageCase(
      testDescription: "mask networks, llama",
      architecture: "model_type: llama, tie_word_embeddings: false",
      settings: [
        "objective.name": "sparsepo", "objective.mask_mode": "independent",
        "objective.mask_dropout": "0.2", "objective.l1_u": "0.01",
      ]),
    LanguageCase(
      testDescription: "a value network, llama",
      architecture: "model_type: llama, tie_word_embeddings: false",
      settings: [
        "data.train": Program.root + "/Examples/rewarded.jsonl", "objective.name": "ppo_value",
      ]),
    LanguageCase(
      testDescription: "a reference that follows, gpt2",
      architecture: "model_type: gpt2, tie_word_embeddings: false",
      settings: ["trainer.sync_ref_model": "true", "trainer.ref_model_sync_steps": "4"]),
    LanguageCase(
      testDescription: "mask networks beside adapters on a tied llama",
      architecture: "model_type: llama, tie_word_embeddings: true",
      settings: [
        "model.lora": "{r: 2, lora_alpha: 16}", "objective.name": "sparsepo",
        "objective.mask_mode": "common",
      ], isAdapted: true),
  ]

  /// The config of a run, after the base was trained if there is one.
  func recipe(_ changes: [String: String], in folder: TemporaryDirectory) throws -> Recipe {
    guard isAdapted else {
      return .language(architecture, settings.merging(changes) { $1 })
    }
    if !folder.exists("runs/base/final/config.json") {
      let made = try folder.train(.language(architecture, ["run.name": "base"]))
      try #require(made.code == 0, "\(made)")
    }
    let all = settings.merging(["model.path": "runs/base/final"]) { $1 }.merging(changes) { $1 }
    return .language(nil, all)
  }
}

@Suite(.enabled(if: Program.isBuilt), .serialized)
struct LanguageDeterminismTests {
  private let folder = TemporaryDirectory()

  private static let cuts: [[String: String]] = [
    [:],
    ["run.threads": "1"],
    ["run.threads": "2", "trainer.microbatch_size": "3"],
    ["run.threads": "1", "trainer.microbatch_size": "1", "trainer.activation_memory": "1"],
    ["trainer.activation_memory": "1", "trainer.eval_batch_size": "5"],
  ]

  @Test(arguments: LanguageCase.all)
  func trainingDoesNotDependOnHowWorkIsCut(_ row: LanguageCase) throws {
    for (index, cut) in LanguageDeterminismTests.cuts.enumerated() {
      let own = [
        "run.name": "run\(index)", "data.validation_fraction": "0.1", "trainer.eval_steps": "3",
      ]
      let outcome = try folder.train(row.recipe(own.merging(cut) { $1 }, in: folder))
      try #require(outcome.code == 0, "\(outcome)")
      #expect(try folder.differingFiles("runs/run0", "runs/run\(index)").isEmpty, "\(cut)")
    }
  }

  @Test(arguments: LanguageCase.all)
  func killedRunsEndInTheSameBytes(_ row: LanguageCase) throws {
    let own = [
      "data.validation_fraction": "0.1", "trainer.max_steps": "18", "trainer.eval_steps": "6",
      "data.max_rows": "120",
      "trainer.save_steps": "2", "trainer.save_total_limit": "2",
    ]
    func recipe(_ name: String) throws -> Recipe {
      try row.recipe(own.merging(["run.name": name]) { $1 }, in: folder)
    }
    let plain = try folder.train(recipe("plain"))
    try #require(plain.code == 0, "\(plain)")
    var random = SplitMix(seed: 21)
    var kills = 0
    for attempt in 0..<3 {
      let recipe = try recipe("killed\(attempt)")
      // Then the kill can fall into import and reference log-probs, too.
      if attempt % 2 == 0 { FileAccess.remove(folder.file("runs/.cache")) }
      try folder.write("config.yaml", recipe.yaml)
      let running = try Program.start(["train", "config.yaml"], in: folder)
      let cut = running.end(
        after: Double.random(in: 0.02...max(0.04, plain.seconds), using: &random), with: SIGKILL)
      if cut.signal == SIGKILL { kills += 1 }
      let resumed = try folder.train(recipe, ["--resume"])
      try #require(resumed.code == 0, "\(resumed)")
      #expect(
        try folder.differingFiles("runs/plain", "runs/killed\(attempt)").isEmpty,
        "attempt \(attempt)")
    }
    #expect(kills > 0, "every run was over before its kill")
  }

  @Test(arguments: LanguageCase.all)
  func scoresDependOnTheirPairAlone(_ row: LanguageCase) throws {
    let trained = try folder.train(row.recipe([:], in: folder))
    try #require(trained.code == 0, "\(trained)")
    let bytes = try FileAccess.read(Program.root + "/Examples/pairs.jsonl", limit: 1 << 24)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(80)
    try folder.write("pairs.jsonl", lines.joined(separator: "\n") + "\n")
    let whole = try scores("pairs.jsonl", batchSize: 64)
    #expect(whole.count == lines.count)
    for size in [1, 7] { #expect(try scores("pairs.jsonl", batchSize: size) == whole) }

    var random = SplitMix(seed: 4)
    let order = lines.indices.shuffled(using: &random)
    try folder.write("mixed.jsonl", order.map { lines[$0] }.joined(separator: "\n") + "\n")
    let shuffled = try scores("mixed.jsonl", batchSize: 64)
    for (place, row) in order.enumerated() {
      #expect(shuffled[place].drop { $0 != "," } == whole[row].drop { $0 != "," })
    }
  }

  private func scores(_ input: String, batchSize: Int) throws -> [String] {
    let outcome = try Program.run(
      [
        "score", "--model", "runs/run/final", "--input", input, "--output", "scores.jsonl",
        "--batch-size", "\(batchSize)",
      ], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return try folder.text("scores.jsonl").split(separator: "\n").map(String.init)
  }
}
