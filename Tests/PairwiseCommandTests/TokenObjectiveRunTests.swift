import PairwiseConfig
import PairwiseData
import Testing

/// Runs of token-level objectives and of references that move, from the config to the bytes they leave.
@Suite(.enabled(if: Program.isBuilt), .serialized)
struct TokenObjectiveRunTests {
  private let folder = TemporaryDirectory()

  @discardableResult
  private func train(_ name: String, _ changes: [String: String]) throws -> Outcome {
    let own = ["run.name": name, "trainer.max_steps": "5", "data.max_rows": "60"]
    return try folder.train(.language("model_type: llama", own.merging(changes) { $1 }))
  }

  private func succeed(_ name: String, _ changes: [String: String]) throws {
    let outcome = try train(name, changes)
    try #require(outcome.code == 0, "\(outcome)")
  }

  private func steps(_ name: String) throws -> [JSONObject] {
    String(decoding: try folder.bytes("runs/\(name)/metrics.jsonl"), as: UTF8.self)
      .split(separator: "\n").compactMap { try? JSONObject(JSON.parse(Array($0.utf8))) }
  }

  private func weights(_ name: String) throws -> [UInt8] {
    try folder.bytes("runs/\(name)/final/model.safetensors")
  }

  /// Methods document, section 4.2.4: without masks SparsePO is TDPO1.
  @Test func withoutMasksSparsePOIsTDPO1() throws {
    try succeed("tdpo1", ["objective.name": "tdpo1"])
    try succeed(
      "sparse",
      [
        "objective.name": "sparsepo", "objective.mask_mode": "independent",
        "objective.mask_on_reward": "false", "objective.mask_on_kl": "false",
      ])
    #expect(try weights("tdpo1") == weights("sparse"))
    let figures = try steps("tdpo1")
    #expect(figures[0]["kl/chosen"]?.number == 0)
    #expect((figures[4]["kl/chosen"]?.number ?? 0) > 0)
    // Twenty figures a step, the masks' among them only where there are masks.
    #expect(!figures[4].keys.contains { $0.hasPrefix("masks/") })
  }

  /// Sections 4.1 and 4.4: α 0 and α 1 are DPO, up to the order in which log-ratios are added up.
  @Test(arguments: ["tdpo2": "0", "ld_dpo": "1"])
  func atTheEndsOfAlphaItIsDPO(name: String, alpha: String) throws {
    try succeed("dpo", [:])
    try succeed(name, ["objective.name": name, "objective.alpha": alpha])
    for (own, plain) in zip(try steps(name), try steps("dpo")) {
      let (a, b) = (try #require(own["loss"]?.number), try #require(plain["loss"]?.number))
      // Log-probs of −500 in float32: 3e-5 of them, times β.
      #expect(abs(a - b) < 1e-4)
    }
  }

  @Test func masksAreKeptBesideTheModel() throws {
    try succeed(
      "masked", ["objective.name": "sparsepo", "objective.mask_mode": "common"])
    for place in ["final", "checkpoint-000005"] {
      #expect(folder.exists("runs/masked/\(place)/token_networks.safetensors"))
    }
    let scored = try Program.run(
      [
        "evaluate", "--model", "runs/masked/final", "--data",
        Program.root + "/Examples/pairs.jsonl",
        "--json",
      ], in: folder)
    #expect(scored.code == 0, "the folder is a plain language model: \(scored)")
    #expect(try steps("masked").allSatisfy { $0["masks/reward/mean/chosen"]?.number ?? 0 > 0 })
  }

  @Test func tokensAreShownWithTheirMasks() throws {
    let prompt = "<script>\\u001b[31m"
    try folder.write(
      "pairs.jsonl",
      (0..<8).map {
        "{\"prompt\": \"\(prompt)\", \"chosen\": \"yes \($0)\", \"rejected\": \"no\"}\n"
      }.joined())
    try succeed(
      "shown",
      [
        "data.train": "pairs.jsonl", "objective.name": "sparsepo",
        "objective.mask_mode": "common",
      ])
    let shown = try Program.run(
      ["report", "runs/shown", "--tokens", "2", "--config", "config.yaml"], in: folder)
    try #require(shown.code == 0, "\(shown)")
    #expect(shown.output.contains("mask_network, chosen: y["))
    #expect(!shown.output.contains("\u{1B}"), "text from a file must not steer the terminal")
    let page = String(decoding: try folder.bytes("runs/shown/tokens.html"), as: UTF8.self)
    #expect(page.contains("mask_network") && page.contains("activation"))
    #expect(!page.contains("<script"))
    let other = try Program.run(
      [
        "evaluate", "--model", "runs/shown/final", "--reference", "runs/shown/checkpoint-000005",
        "--data", "pairs.jsonl", "--show-tokens", "1",
      ], in: folder)
    #expect(other.code == 0 && other.output.contains("credit, chosen: y[0.000]"), "\(other)")
  }

  // MARK: References that move (section 2.23)

  private func moving(_ alpha: String, every steps: String) -> [String: String] {
    [
      "trainer.sync_ref_model": "true", "trainer.ref_model_mixup_alpha": alpha,
      "trainer.ref_model_sync_steps": steps,
    ]
  }

  @Test func aReferenceThatStaysIsAFrozenOne() throws {
    try succeed("dpo", [:])
    try succeed("still", moving("0", every: "1"))
    #expect(try weights("still") == weights("dpo"))
  }

  /// Log-probs of a reference that stays are computed once: the same bits as one that runs beside the policy,
  /// and again from the file they are kept in.
  @Test(arguments: [
    ["objective.name": "ld_dpo", "objective.alpha": "0.5"], ["objective.name": "wpo"],
    ["objective.name": "wpo", "model.lora": "{r: 2}"],
    [
      "objective.name": "dense_dpo", "objective.segment_len": "16", "data.max_length": "256",
      "data.train": "segments.jsonl",
    ],
  ])
  func tokensOfAFrozenReferenceAreKept(changes: [String: String]) throws {
    try folder.write(
      "segments.jsonl",
      try FileAccess.read(Program.root + "/Examples/segments.jsonl", limit: 1 << 20))
    let validation = changes.merging(["data.validation_fraction": "0.3"]) { $1 }
    try succeed("kept", validation)
    // A mean of two adapters is refused, so those are never reached by their policy instead.
    let stays = changes["model.lora"] == nil ? moving("0", every: "1") : moving("1", every: "99")
    try succeed("live", validation.merging(stays) { $1 })
    func differing(_ name: String) throws -> [String] {
      try folder.differingFiles("runs/kept", "runs/" + name).filter { !$0.hasPrefix("checkpoint") }
    }
    #expect(try differing("live") == [])
    func files() -> [String] {
      FileAccess.names(in: folder.file("runs/.cache")).filter { $0.hasPrefix("reference-") }
    }
    // Of training and validation pairs.
    #expect(files().count == 2)
    try succeed("again", validation)
    #expect(files().count == 2)
    #expect(try differing("again") == [])
    for name in files() { try folder.write("runs/.cache/" + name, "no HDF5") }
    try succeed("damaged", validation)
    #expect(try differing("damaged") == [])
  }

  @Test func aReferenceThatArrivesMakesEveryStepTheFirst() throws {
    try succeed("hard", moving("1", every: "1"))
    for step in try steps("hard") {
      #expect(step["rewards/margins"]?.number == 0)
      #expect(abs((step["loss"]?.number ?? 0) - 0.6931471805599453) < 1e-7)
    }
    #expect(folder.exists("runs/hard/checkpoint-000005/reference.safetensors"))
  }

  @Test func whatCannotFollowIsRefused() throws {
    for (changes, word) in [
      (["objective.reference_free": "true"], "reads no reference"),
      (["model.lora": "{r: 2}"], "adapter"),
      (["objective.name": "simpo", "objective.gamma": "1"], "reads no reference"),
    ] {
      let outcome = try train("refused", moving("0.5", every: "2").merging(changes) { $1 })
      #expect(outcome.code != 0 && outcome.errors.contains(word), "\(changes): \(outcome)")
    }
    let lines = ["a b", "c d"].map {
      "{\"prompt\": \"x\", \"chosen\": \"\($0)\", \"rejected\": \"e\", \"ref_chosen_logps\": -1, \"ref_rejected_logps\": -1}"
    }
    try folder.write("columns.jsonl", lines.joined(separator: "\n") + "\n")
    let outcome = try train(
      "columns", moving("0.5", every: "2").merging(["data.train": "columns.jsonl"]) { $1 })
    #expect(outcome.code != 0 && outcome.errors.contains("does not move"), "\(outcome)")
  }

  @Test func segmentLabelsMustFitTheResponses() throws {
    let rows = try FileAccess.read(Program.root + "/Examples/segments.jsonl", limit: 1 << 20)
    try folder.write("segments.jsonl", rows)
    let dense = ["objective.name": "dense_dpo", "data.train": "segments.jsonl"]
    try succeed(
      "dense", dense.merging(["objective.segment_len": "16", "data.max_length": "256"]) { $1 })
    let wrong = try train(
      "wrong", dense.merging(["objective.segment_len": "8", "data.max_length": "256"]) { $1 })
    #expect(wrong.code != 0 && wrong.errors.contains("segment_labels"), "\(wrong)")
  }

  @Test func rewardModelsHaveNoTokens() throws {
    try folder.synthesize(pairs: 40)
    let outcome = try folder.train(
      Recipe(data: "pairs.h5", ["objective.name": "tdpo1"]))
    #expect(outcome.code != 0 && outcome.errors.contains("log-probs"), "\(outcome)")
  }
}
