import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Reward models of rows with more than two completions: slates, and pairs with further prompts.
@Suite("Slates and further sequences in reward training")
struct FurtherCompletionTests {
  private let folder = TemporaryFolder()

  private static let decoder =
    "kind: causal_lm, architecture: {model_type: llama, hidden_size: 8, num_hidden_layers: 1, "
    + "num_attention_heads: 2}"
  private static let encoder = "kind: encoder, path: ENCODER, pooling: mean"

  static let slates: [(model: String, objective: String)] = [
    ("kind: features, hidden_sizes: [4]", "{name: plackett_luce}"),
    ("kind: text_hash, bucket_bits: 8, hidden_sizes: [4]", "{name: pairs_from_ranking}"),
    ("\(encoder)", "{name: plackett_luce, k: 1}"),
    ("\(encoder), freeze: true, hidden_sizes: [4]", "{name: plackett_luce}"),
    (decoder, "{name: plackett_luce, per_stage_mean: true}"),
    ("\(decoder), hidden_sizes: [4]", "{name: pairs_from_ranking}"),
  ]

  static let levels = [
    "kind: text_hash, bucket_bits: 8, hidden_sizes: [4], prompt_weight: 1", encoder,
    "\(encoder), freeze: true, hidden_sizes: [4]", decoder,
  ]

  private func text(_ row: Int, _ candidate: Int) -> String {
    "it is \((row * 7 + candidate * 5) % 13) \(candidate)"
  }

  private func features(_ row: Int, _ candidate: Int) -> String {
    "[\(candidate), \(row % 5), \((row + candidate) % 3)]"
  }

  private func candidates(_ model: String, _ row: Int, _ count: Int) -> [String] {
    (0..<count).map {
      model.contains("kind: features") ? features(row, $0) : "\"\(text(row, $0))\""
    }
  }

  private func head(_ model: String, _ row: Int) -> String {
    model.contains("kind: features") ? "{" : "{\"prompt\": \"p\(row)\", "
  }

  /// Slates of `count` candidates, the last one the best.
  private func rows(_ model: String, _ count: Int) -> [String] {
    (0..<14).map { row in
      let all = candidates(model, row, count).joined(separator: ", ")
      let ranks = (0..<count).map { "\(count - $0)" }.joined(separator: ", ")
      return "\(head(model, row))\"candidates\": [\(all)], \"ranks\": [\(ranks)]}"
    }
  }

  private func run(
    _ model: String, _ objective: String, _ rows: [String], microbatch: Int = 5,
    maxLength: String = "40"
  ) throws -> (losses: [Double], accuracy: Double?, model: any Model) {
    let path = folder.path + "/rows.jsonl"
    let encoder = folder.path + "/encoder"
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: path)
    if !FileAccess.exists(encoder) { try TinyEncoder.write(to: encoder) }
    let tokens =
      model.contains("kind: encoder") || model.contains("causal_lm")
      ? ", max_length: \(maxLength)" : ""
    let yaml = """
      run: {name: run}
      model: {\(model.replacing("ENCODER", with: encoder))}
      data: {train: \(path), validation: \(path)\(tokens)}
      objective: \(objective)
      optimizer: {learning_rate: 0.01}
      schedule: {name: constant}
      trainer: {max_steps: 5, batch_size: 5, microbatch_size: \(microbatch), report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    var losses: [Double] = []
    var accuracy: Double?
    try TrainRun(config, resolved: resolved, configFolder: ".", output: folder.path + "/out") {
      if case .step(_, let result) = $0 { losses.append(result.loss) }
      if case .finished(let summary) = $0 {
        accuracy = summary.figures.first { $0.name == "accuracy" }?.value
      }
    }.run(existing: .overwrite)
    return (losses, accuracy, try ModelDirectory.load(folder.path + "/out/run/final").model)
  }

  @Test("slates train to the same bits whatever the microbatches", arguments: slates.indices)
  func slateBits(_ index: Int) throws {
    let (model, objective) = Self.slates[index]
    let rows = rows(model, 4)
    let whole = try run(model, objective, rows)
    #expect(whole.losses.count == 5 && whole.losses.allSatisfy { $0.isFinite })
    #expect(whole.accuracy != nil)
    let split = try run(model, objective, rows, microbatch: 2)
    #expect(split.losses == whole.losses)
    #expect(split.model.store.values == whole.model.store.values)
  }

  @Test("slates of two are pairs, to the last bit of the loss", arguments: slates.indices)
  func two(_ index: Int) throws {
    let (model, objective) = Self.slates[index]
    let slate = try run(model, objective, rows(model, 2))
    let pairs = (0..<14).map { row in
      let two = candidates(model, row, 2)
      return "\(head(model, row))\"chosen\": \(two[1]), \"rejected\": \(two[0])}"
    }
    let plain = try run(model, "{name: bradley_terry}", pairs)
    for (a, b) in zip(slate.losses, plain.losses) { #expect(abs(a - b) < 1e-6, "\(a) \(b)") }
  }

  /// The candidates' order decides, not where they stand in the row.
  @Test("slates are read in the order of their ranks or scores")
  func order() throws {
    func first(_ row: String) throws -> [String] {
      let source = try PairScorerSource.read([row], folder)
      let block = try source.read([0], PairNeeds(texts: true, textColumns: ["rejected_2"]))
      let texts = try #require(block.texts)
      return [texts.chosen(0), texts.rejected(0), try #require(block.textColumns["rejected_2"])[0]]
        .map { String(decoding: $0, as: UTF8.self) }
    }
    let head = #"{"prompt": "p", "candidates": ["a", "b", "c"], "#
    #expect(try first(head + #""ranks": [2, 3, 1]}"#) == ["c", "a", "b"])
    #expect(try first(head + #""scores": [0.5, -1, 7]}"#) == ["c", "a", "b"])
    for (bad, words) in [
      (#""ranks": [1, 2]}"#, "expected 3 numbers"),
      (#""ranks": [1, 2, 3], "top_k": 3}"#, "expected a whole number from 1 to 2"),
      (#""ranks": ["x", 2, 3]}"#, "expected a number"),
      (#""other": 1}"#, "neither ranks nor scores"),
    ] {
      let error = #expect(throws: DataError.self) { _ = try first(head + bad) }
      #expect(error.map { "\($0)".contains(words) } == true, "\(bad): \(error as Any)")
    }
  }

  @Test(
    "pairs with further prompts train to the same bits whatever the microbatches",
    arguments: levels.indices)
  func levelBits(_ index: Int) throws {
    let rows = (0..<12).map { row in
      #"{"prompt": "p\#(row)", "chosen": "\#(text(row, 1))", "rejected": "\#(text(row, 2))", "#
        + #""prompt_fulfilled": "p\#(row) be kind", "prompt_violated": "p\#(row) be brief", "#
        + #""prompt_constrained": "p\#(row) in english"}"#
    }
    let objective = "{name: multi_level_aware}"
    let whole = try run(Self.levels[index], objective, rows)
    #expect(whole.losses.count == 5 && whole.losses.allSatisfy { $0.isFinite })
    let split = try run(Self.levels[index], objective, rows, microbatch: 2)
    #expect(split.losses == whole.losses)
    #expect(split.model.store.values == whole.model.store.values)
    // The first loss is what the scores of all six texts say: those of a model that has not been trained.
    let without = try run(
      Self.levels[index], "{name: multi_level_aware, lambda_1: 0, lambda_2: 0}", rows)
    let plain = try run(Self.levels[index], "{name: bradley_terry}", rows)
    for (a, b) in zip(without.losses, plain.losses) { #expect(abs(a - b) < 1e-6, "\(a) \(b)") }
    #expect(abs(whole.losses[0] - plain.losses[0]) > 0.1)
  }

  @Test("rationales are learned in the same pass as the pairs", arguments: [true, false])
  func rationales(tied: Bool) throws {
    let rows = (0..<12).map { row in
      #"{"prompt": "p\#(row)", "chosen": "\#(text(row, 1))", "rejected": "\#(text(row, 2))", "#
        + #""rationale": "because \#(row % 3)"}"#
    }
    let model =
      "kind: causal_lm, hidden_sizes: [4], architecture: {model_type: llama, hidden_size: 8, "
      + "num_hidden_layers: 1, num_attention_heads: 2, tie_word_embeddings: \(tied)}"
    func run(_ objective: String, microbatch: Int = 5) throws -> (
      losses: [Double], accuracy: Double?, model: any Model
    ) {
      try self.run(
        model, objective, rows, microbatch: microbatch, maxLength: "null")
    }
    let whole = try run("{name: rationale_aux, rationale_weight: 0.5}")
    let split = try run("{name: rationale_aux, rationale_weight: 0.5}", microbatch: 2)
    // Tied tables get their gradient from two sides, each of which is added up by itself.
    #expect(split.losses == whole.losses)
    #expect(split.model.store.values == whole.model.store.values)
    let without = try run("{name: rationale_aux, rationale_weight: 0}")
    let plain = try run("{name: bradley_terry}")
    for (a, b) in zip(without.losses, plain.losses) { #expect(abs(a - b) < 1e-6, "\(a) \(b)") }
    // A model that knows nothing gives each of 259 tokens about the same chance.
    #expect(abs(whole.losses[0] - plain.losses[0] - 0.5 * 5.55) < 0.2)
    let scores = try PairScorer(whole.model).score(try PairScorerSource.read(rows, folder))
    #expect(scores.margins.count == 12 && scores.margins.allSatisfy { $0.isFinite })
  }

  @Test("are refused where they do not fit, in one sentence")
  func refusals() throws {
    func sentence(_ model: String, _ objective: String, _ rows: [String]) -> String {
      do {
        _ = try run(model, objective, rows)
        return "no refusal"
      } catch {
        return "\(error)"
      }
    }
    let hash = "kind: text_hash, bucket_bits: 8"
    let four = rows(hash, 4)
    let named = (0..<3).map { row in
      #"{"prompt": "p", "chosen": "a", "rejected": "b""#
        + (row < 2 ? #", "rejected_2": "c"}"# : "}")
    }
    #expect(
      sentence(hash, "{name: plackett_luce}", named)
        .contains("row 2 has no rejected_2; all slates of a file have as many candidates, here 3"))
    let tied = [#"{"prompt": "p", "candidates": ["a", "b", "c"], "ranks": [1, 2, 2]}"#]
    #expect(
      sentence(hash, "{name: plackett_luce}", four + tied)
        .contains("row 14 has candidates that tie; set data.ties to break_random or drop"))
    #expect(
      sentence(hash, "{name: plackett_luce, k: 4}", four)
        .contains("k: expected at most 3 for slates of 4, found 4"))
    #expect(
      sentence(
        "\(hash), head: {kind: mixture, heads: 2, router: prompt}", "{name: plackett_luce}", four
      ).contains("further completions or prompts"))
    #expect(
      sentence(hash, "{name: multi_level_aware}", four).contains("prompt_fulfilled"))
  }
}
