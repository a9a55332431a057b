import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseNN
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Sequences beside the two completions of a row, from the data to the loss.
@Suite("Extra sequences")
struct ExtraSequenceTests {
  private let folder = TemporaryFolder()

  private static let rows = (0..<12).map { row in
    """
    {"prompt": "How is \(row)?", "chosen": " Good \(row * row).", "rejected": " Bad.", \
    "rationale": "It says more: \(row).", "prompt_fulfilled": "Be long: \(row)", \
    "prompt_violated": "Be short: \(row)", "prompt_constrained": "Be \(row)", \
    "rejected_2": " Worse \(row)", "prompt_corrupted": "H\(row)?", "text_chosen_logps": -2, \
    "text_rejected_logps": [-2, -2]}
    """
  }

  private func config(
    _ objective: String, _ lines: [String] = ExtraSequenceTests.rows, microbatch: Int = 4,
    data: String = ""
  ) throws -> (RunConfig, resolved: ConfigNode) {
    let path = folder.path + "/rows.jsonl"
    try FileAccess.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
    let yaml = """
      run: {name: run\(microbatch)}
      model:
        kind: causal_lm
        architecture: {model_type: llama, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, tie_word_embeddings: false}
      data: {train: \(path)\(data)}
      objective: \(objective)
      optimizer: {learning_rate: 0.003}
      trainer: {max_steps: 3, batch_size: 4, microbatch_size: \(microbatch), shuffle: false, report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    return try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
  }

  private func train(_ read: (RunConfig, resolved: ConfigNode)) throws -> [StepResult] {
    var steps: [StepResult] = []
    let run = try TrainRun(
      read.0, resolved: read.resolved, configFolder: ".", output: folder.path + "/out"
    ) { event in
      if case .step(_, let result) = event { steps.append(result) }
    }
    try run.run(existing: .overwrite)
    return steps
  }

  /// The model of a config and the rows it reads.
  private func opened(_ section: RunConfig) throws -> (model: any Model, rows: PairSet) {
    let blueprint = try section.model.options.blueprint(
      ModelRequest(
        use: .logps(chosenOnly: false), path: nil, tokens: section.data.tokens, locate: { $0 }))
    let data = try TrainingData.open(
      section, blueprint, locate: { $0 }, cache: folder.path + "/cache")
    return (try blueprint.build(data.facts, seed: 3), data.train)
  }

  private func pairs(_ batch: Batch) throws -> TokenPairs {
    guard case .tokens(let pairs) = batch.input else {
      throw DataError(.invalid, file: "batch", "no tokens")
    }
    return pairs
  }

  /// Ids of the byte tokenizer are bytes; 256 ends a text.
  private func text(_ ids: [Int32]) -> String {
    String(decoding: ids.filter { $0 < 256 }.map { UInt8($0) }, as: UTF8.self)
  }

  @Test("rationales stand under the question, with the row's texts in it")
  func rationale() throws {
    let objective = "{name: rationale_dpo, rationale_term: nll}"
    let plain = try pairs(try opened(try config(objective).0).rows.read([5]))
    #expect(plain.perRow == 2 && plain.count == 1)
    #expect(text(plain.pairs[1].chosen) == "It says more: 5." && plain.pairs[1].chosen.last == 256)
    #expect(plain.pairs[1].rejected.isEmpty)
    #expect(
      text(plain.pairs[1].prompt) == """
        Prompt:
        How is 5?

        First response:
         Good 25.

        Second response:
         Bad.

        Why is the first response better than the second?

        """)
    let own = try config(objective, data: ", rationale_prompt: \"{rejected}{rejected}? {prompt}\"")
    let asked = try pairs(try opened(own.0).rows.read([0]))
    #expect(text(asked.pairs[1].prompt) == " Bad. Bad.? How is 0?")
  }

  @Test("the prompt's log-probs are those of its tokens after the first, and cost no rows")
  func prompt() throws {
    let section = try config(
      "{name: orpo, nll_reduction: token_mean, nll_span: all}",
      data: ", boundary: prompt_count"
    ).0
    let (model, rows) = try opened(section)
    let batch = try rows.read([2, 7])
    let all = try pairs(batch)
    #expect(TokenBatch(all.pairs).rows.ids.count == all.rows)
    func logps(_ pairs: [TokenPair], perRow: Int) -> [Float] {
      model.forward(
        .tokens(TokenPairs(pairs, perRow: perRow)), Weights(model.store), ForwardPass()
      ).variable.value.array
    }
    let found = logps(all.pairs, perRow: 2)
    for row in 0..<2 {
      let prompt = all[row].prompt
      let alone = TokenPair(prompt: [prompt[0]], chosen: Array(prompt.dropFirst()))
      let want = logps([alone], perRow: 1)[0]
      // Other products of the same numbers: rounding of a sum of some ten log-probs of about 5.
      #expect(abs(found[4 * row + 2] - want) < 1e-4 * abs(want))
      #expect(found[4 * row + 3] == 0)
    }
  }

  /// Policy and reference are equal before the first update: each log-ratio term is ln 2.
  @Test(
    "objectives train on them, whatever the microbatches",
    arguments: [
      ("{name: rc_dpo}", 1), ("{name: mapl_dpo}", 3), ("{name: avem_dpo}", 2),
      ("{name: rationale_dpo, rationale_term: nll, gamma: 0}", 1),
    ])
  func training(objective: String, terms: Int) throws {
    let isTwofold = objective.contains("rc_dpo")
    let rows =
      isTwofold
      ? Self.rows.indices.map {
        "{\"prompt\": \"Long \($0)\", \"chosen\": \" Yes \($0)\", \"prompt_rejected\": \"Short\"}"
      } : Self.rows
    let steps = try train(try config(objective, rows))
    #expect(abs(steps[0].loss - Double(terms) * 0.693147) < 1e-5)
    #expect(steps[0].gradientNorm > 1e-3 && steps[2].loss < steps[0].loss)
    let other = try train(try config(objective, rows, microbatch: 3))
    #expect(other.map(\.loss) == steps.map(\.loss))
    #expect(other.map(\.gradientNorm) == steps.map(\.gradientNorm))
  }

  @Test("the two sides of a pair may have prompts of their own")
  func prompts() throws {
    let row =
      "{\"prompt\": \"one\", \"chosen\": \"yes\", \"rejected\": \"no\", \"prompt_rejected\": \"two\"}"
    let found = try pairs(try opened(try config("{name: dpo}", [row]).0).rows.read([0]))
    #expect(text(found.pairs[0].prompt + found.pairs[0].chosen) == "oneyes")
    #expect(found.pairs[0].rejected.isEmpty)
    #expect(text(found.pairs[1].prompt + found.pairs[1].chosen) == "twono")
  }

  @Test(
    "what is missing is refused before any work",
    arguments: [
      (
        "{name: rationale_dpo, rationale_term: nll}",
        "row has no rationale, which objective rationale_dpo needs"
      ),
      ("{name: xpo, alpha: 0.1}", "row has no ref_sample, which objective xpo needs"),
      (
        "[{name: dpo, weight: 1}, {name: bco, weight: 1}]",
        "objective weighted_sum reads pairs and single completions"
      ),
    ])
  func refusals(objective: String, message: String) throws {
    let row = "{\"prompt\": \"one\", \"chosen\": \"yes\", \"rejected\": \"no\"}"
    do {
      _ = try opened(try config(objective, [row]).0)
      Issue.record("nothing was missed")
    } catch { #expect("\(error)".contains(message), "\(error)") }
  }
}
