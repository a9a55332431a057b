import Foundation
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseOptim
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Heads of reward models on encoders and decoders, trained with them or on frozen ones.
@Suite("Heads on encoders and decoders")
struct HeadedModelTests {
  private let folder = TemporaryFolder()

  private static let heads: [(head: String, objective: String)] = [
    ("{kind: scalar}", "{name: bradley_terry}"),
    ("{kind: attributes, names: [good, long], direction: [1, -0.5]}", "{name: regression}"),
    ("{kind: distribution}", "{name: distributional, kind: mean_and_variance}"),
    ("{kind: mixture, heads: 2, router: annotator}", "{name: mixture_bt}"),
    ("{kind: mixture, heads: 2, router: prompt, router_hidden_size: 3}", "{name: mixture_bt}"),
    ("{kind: mixture, heads: 2, router: inferred, context_length: 3}", "{name: mixture_bt}"),
    ("{kind: context, by: group}", "{name: bradley_terry}"),
    ("{kind: ideal_point, dimension: 3}", "{name: pal, loss: logistic}"),
    ("{kind: variational, latent_size: 2, hidden_size: 4}", "{name: vpl, kl_weight: 0.01}"),
  ]

  private static let decoder =
    "kind: causal_lm, architecture: {model_type: llama, hidden_size: 8, num_hidden_layers: 1, "
    + "num_attention_heads: 2}"

  /// All heads frozen on an encoder, and all of them trained with a decoder.
  static let cases: [(model: String, objective: String)] =
    heads.flatMap { head, objective in
      [
        ("kind: encoder, path: ENCODER, pooling: mean, freeze: true, head: \(head)", objective),
        ("\(decoder), hidden_sizes: [4], head: \(head)", objective),
      ]
    }
    + [0, 3, 4, 5, 8].flatMap { index in
      let (head, objective) = heads[index]
      let form = "read_prompt: false, length_weight: 0.5, head: \(head)"
      return [
        ("kind: encoder, path: ENCODER, pooling: mean, freeze: true, \(form)", objective),
        ("\(decoder), \(form)", objective),
      ]
    }
    + [
      "kind: encoder, path: ENCODER, pooling: mean, freeze: true", "kind: encoder, path: ENCODER",
      decoder,
    ].map { ("\($0), hidden_sizes: [6], dropout: 0.2", "{name: contrastive_simcse}") }

  private func rows(_ count: Int = 20) -> [String] {
    (0..<count).map { row in
      """
      {"prompt": "p\(row % 7)", "chosen": "it is \(row * row % 11)", "rejected": "no \(row % 5) \(row)", \
      "annotator": "u\(row % 4)", "group": "\(row % 2 == 0 ? "a" : "b")", \
      "rationale": "because \(row)", "chosen_ratings": [\(row % 3), 1], "rejected_ratings": [1, \(row % 4)]}
      """
    }
  }

  private func run(
    _ model: String, _ objective: String, microbatch: Int = 5, threads: Int = 0,
    name: String = "run", resume: Bool = false, validation: String = "validation_fraction: 0.2",
    meta: String = "", maxLength: Int = 40
  ) throws -> (losses: [Double], notes: [String], model: any Model, first: MetricSums) {
    let path = folder.path + "/rows.jsonl"
    let encoder = folder.path + "/encoder"
    try FileAccess.write(Array((rows().joined(separator: "\n") + "\n").utf8), to: path)
    if !FileAccess.exists(encoder) { try TinyEncoder.write(to: encoder) }
    let yaml = """
      run: {name: \(name), threads: \(threads)}
      model: {\(model.replacing("ENCODER", with: encoder))}
      data: {train: \(path), \(validation), max_length: \(maxLength)}
      objective: \(objective)
      optimizer: {learning_rate: 0.01}
      schedule: {name: constant}
      trainer: {max_steps: 6, batch_size: 5, microbatch_size: \(microbatch), save_steps: 3, report: false}
      \(meta)
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    var (losses, notes, first): ([Double], [String], MetricSums) = ([], [], MetricSums())
    try TrainRun(config, resolved: resolved, configFolder: ".", output: folder.path + "/out") {
      if case .step(_, let result) = $0 {
        if losses.isEmpty { first = result.metrics }
        losses.append(result.loss)
      }
      if case .preparing(let what, _, _) = $0 { notes.append(what) }
    }.run(existing: resume ? .resume : .overwrite)
    let model = try ModelDirectory.load("\(folder.path)/out/\(name)/final").model
    return (losses, notes, model, first)
  }

  @Test(
    "train and score to the same bits whatever the microbatches, saved and loaded",
    arguments: cases.indices)
  func bits(_ index: Int) throws {
    let (model, objective) = Self.cases[index]
    let whole = try run(model, objective)
    #expect(whole.losses.count == 6)
    let split = try run(model, objective, microbatch: 2, threads: 1)
    #expect(split.losses == whole.losses)
    #expect(split.model.store.values == whole.model.store.values)
    let source = try PairScorerSource.read(rows(), folder)
    let scores = try PairScorer(whole.model).score(source)
    #expect(scores.margins.allSatisfy { $0.isFinite })
    let few = try PairScorer(whole.model).score(source, rows: .range(0..<20), batchSize: 3) { _ in }
    #expect(few.chosen == scores.chosen && few.logOdds == scores.logOdds)
  }

  @Test("go on from a checkpoint to the same bits", arguments: [6, 7, 16, 17, 22, 27, 29, 30])
  func resume(_ index: Int) throws {
    let (model, objective) = Self.cases[index]
    let whole = try run(model, objective)
    FileAccess.remove(folder.path + "/out/run/checkpoint-000006")
    let resumed = try run(model, objective, resume: true)
    #expect(!resumed.losses.isEmpty && resumed.losses.count < 6)
    #expect(resumed.losses == whole.losses.suffix(resumed.losses.count))
    #expect(resumed.model.store.values == whole.model.store.values)
  }

  static let adapted = [2, 3, 4, 5, 8]

  /// Heads with adapters on a decoder that was trained before: nothing else of it changes.
  @Test(
    "train with adapters to the same bits, stopped or not, and score from final/",
    arguments: adapted)
  func adapters(_ index: Int) throws {
    let (head, objective) = Self.heads[index]
    _ = try run(Self.decoder, "{name: bradley_terry}", name: "base")
    let base = folder.path + "/out/base/final"
    func model(_ merge: Bool = false) -> String {
      "kind: causal_lm, path: \(base), lora: {r: 2, lora_alpha: 32, merge: \(merge)}, hidden_sizes: [4], head: \(head)"
    }
    let whole = try run(model(), objective)
    #expect(whole.losses.count == 6 && whole.losses.allSatisfy { $0.isFinite })
    let final = folder.path + "/out/run/final"
    #expect(FileAccess.exists(final + "/adapter_model.safetensors"))
    #expect(!FileAccess.exists(final + "/model.safetensors"))
    let split = try run(model(), objective, microbatch: 2, threads: 1, name: "split")
    #expect(split.losses == whole.losses)
    #expect(split.model.store.values == whole.model.store.values)
    FileAccess.remove(folder.path + "/out/run/checkpoint-000006")
    let resumed = try run(model(), objective, resume: true)
    #expect(!resumed.losses.isEmpty && resumed.losses.count < 6)
    #expect(resumed.losses == whole.losses.suffix(resumed.losses.count))
    #expect(resumed.model.store.values == whole.model.store.values)
    // Added into the weights they give the same scores, in another order of sums.
    let merged = try run(model(true), objective, name: "merged")
    #expect(FileAccess.exists(folder.path + "/out/merged/final/model.safetensors"))
    let source = try PairScorerSource.read(rows(), folder)
    let (a, b) = (
      try PairScorer(whole.model).score(source), try PairScorer(merged.model).score(source)
    )
    let start = try PairScorer(try ModelDirectory.load(base).model).score(source)
    for row in 0..<20 {
      #expect(abs(a.margins[row] - b.margins[row]) < 5e-5, "\(a.margins[row]) \(b.margins[row])")
    }
    #expect(a.margins != start.margins)
  }

  /// Rationales answer a question; how the scored texts are read is no matter of theirs.
  @Test("ask for reasons under the same question where completions are scored alone")
  func rationales() throws {
    let objective = "{name: rationale_aux, rationale_weight: 0.1}"
    let whole = try run("\(Self.decoder), length_weight: 1", objective, maxLength: 400)
    let alone = try run(
      "\(Self.decoder), length_weight: 1, read_prompt: false", objective, maxLength: 400)
    #expect(whole.losses.count == 6 && alone.losses != whole.losses)
    let expected = try #require(whole.first["rationale/loss"])
    #expect(alone.first["rationale/loss"] == expected && expected > 0)
  }

  /// Tables that see few pairs each learn at the rate that the head says.
  @Test("learn at rates of their own")
  func rates() throws {
    let heads = [
      (
        "{kind: mixture, heads: 2, router: annotator, router_learning_rate: 0.1, router_weight_decay: 0.5}",
        "head.router.weight"
      ),
      (
        "{kind: ideal_point, dimension: 3, user_learning_rate: 0.1, user_weight_decay: 0.5}",
        "head.users"
      ),
    ]
    for (head, name) in heads {
      let objective =
        head.contains("mixture") ? "{name: mixture_bt}" : "{name: pal, loss: logistic}"
      let encoder = "kind: encoder, path: ENCODER, pooling: mean, freeze: true"
      let own = try run("\(encoder), head: \(head)", objective)
      let parameters = own.model.store.trained
      var section = OptimizerSection()
      (section.learningRate, section.weightDecay) = (0.01, 0.2)
      let segments = section.segments(of: parameters)
      let table = try #require(parameters.first { $0.name.hasSuffix(name) })
      for segment in segments {
        let isTable = segment.range.overlaps(table.range)
        #expect(!isTable || segment.range == table.range)
        #expect(abs(segment.rateFactor - (isTable ? 10 : 1)) < 1e-12)
        #expect(segment.weightDecay == (isTable ? 0.5 : nil))
      }
      let plain = try run(
        "\(encoder), head: \(head.replacing(/, [a-z]+_learning_rate.*}/, with: "}"))", objective)
      #expect(plain.losses[0] == own.losses[0] && plain.losses != own.losses)
    }
  }

  /// MetaRM looks ahead on responses to prompts, whatever reads them.
  @Test(
    "learn from unlabelled responses to the same bits, split or stopped",
    arguments: [
      "kind: encoder, path: ENCODER, pooling: mean, freeze: true, length_weight: 1",
      "kind: encoder, path: ENCODER, hidden_sizes: [4]", decoder,
    ])
  func meta(_ model: String) throws {
    let path = folder.path + "/responses.jsonl"
    let responses = (0..<6).map { row in
      "{\"prompt\": \"q\(row)\", \"candidates\": [\"yes \(row)\", \"it is no\", \"\(row) or so\"], \"ranks\": [1, 2, 3]}"
    }
    try FileAccess.write(Array((responses.joined(separator: "\n") + "\n").utf8), to: path)
    let meta = "meta: {data: \(path), meta_lr: 0.1, batch_size: 3}"
    let objective = "{name: bradley_terry}"
    let whole = try run(model, objective, meta: meta)
    #expect(whole.losses.count == 6 && whole.losses.allSatisfy { $0.isFinite })
    #expect(try run(model, objective, name: "plain").losses.dropFirst() != whole.losses.dropFirst())
    let split = try run(model, objective, microbatch: 2, threads: 1, name: "split", meta: meta)
    #expect(split.losses == whole.losses)
    #expect(split.model.store.values == whole.model.store.values)
    FileAccess.remove(folder.path + "/out/run/checkpoint-000006")
    let resumed = try run(model, objective, resume: true, meta: meta)
    #expect(!resumed.losses.isEmpty && resumed.losses == whole.losses.suffix(resumed.losses.count))
    #expect(resumed.model.store.values == whole.model.store.values)
  }

  @Test("pass frozen layers once, and find their vectors again until the layers change")
  func cache() throws {
    let (model, objective) = Self.cases[6]
    let first = try run(model, objective)
    #expect(first.notes.contains("vectors of the frozen layers"))
    let again = try run(model, objective, name: "again")
    #expect(again.notes.isEmpty && again.losses == first.losses)
    // What is saved is the head; the encoder is checked to be the same.
    #expect(!FileAccess.exists(folder.path + "/out/run/final/model.safetensors"))
    FileAccess.remove(folder.path + "/encoder")
    try TinyEncoder.write(to: folder.path + "/encoder", layers: 1)
    let error = #expect(throws: DataError.self) {
      _ = try ModelDirectory.load(folder.path + "/out/run/final")
    }
    #expect(error.map { "\($0)".contains("is not the model that") } == true, "\(error as Any)")
    let changed = try run(model, objective, name: "changed")
    #expect(!changed.notes.isEmpty && changed.losses != first.losses)
  }

  /// The head on vectors that were kept is the head on vectors computed by the way: the run's own figures on
  /// the held-out pairs are those of the saved model.
  @Test("score as they were evaluated in training")
  func evaluation() throws {
    let path = folder.path + "/held.jsonl"
    let held = rows(31).suffix(11)
    try FileAccess.write(Array((held.joined(separator: "\n") + "\n").utf8), to: path)
    for index in [6, 8, 12] {
      let (model, objective) = Self.cases[index]
      let trained = try run(model, objective, validation: "validation: \(path)")
      let report = try JSON.parse(
        FileAccess.read(folder.path + "/out/run/evaluation.json", limit: 1 << 20))
      guard case .number(let noted)? = report["log_loss"]?.value else {
        Issue.record("no log loss in \(report)")
        continue
      }
      let source = try PairScorerSource.read(Array(held), folder)
      let margins = try PairScorer(trained.model).score(source).judged.margins
      let loss = margins.reduce(0) { $0 + log1p(exp(-$1)) } / Double(margins.count)
      #expect(abs(loss - noted) < 1e-12, "\(objective): \(loss) \(noted)")
    }
  }

  @Test("refuse what they cannot be, in one sentence")
  func refusals() throws {
    func sentence(_ model: String, _ objective: String) -> String {
      do {
        _ = try run(model, objective)
        return "no refusal"
      } catch {
        return "\(error)"
      }
    }
    #expect(
      sentence("\(Self.decoder), hidden_sizes: [3]", "{name: dpo}").contains(
        "freeze, read_prompt, length_weight, hidden_sizes and head make a reward model"))
    #expect(
      sentence("\(Self.decoder), freeze: true", "{name: bradley_terry}").contains("needs a path"))
    #expect(
      sentence("kind: causal_lm, path: x, lora: {r: 2}, freeze: true", "{name: bradley_terry}")
        .contains("cannot be combined with freeze"))
    #expect(
      sentence(
        "kind: encoder, path: ENCODER, freeze: true, head: {kind: mixture, router: mood}",
        "{name: mixture_bt}"
      ).contains("mood"))
  }
}
