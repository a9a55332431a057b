import Foundation
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseObjectives
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Training on several completions of a prompt with rewards, and on single ones with advantages.
@Suite("Training on sampled completions")
struct SampledTrainingTests {
  private let folder = TemporaryFolder()

  private static let fixture = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("../shared/objectives/sft-rl.json").path

  private func write(_ lines: [String], _ name: String = "rows.jsonl") throws -> String {
    let path = folder.path + "/" + name
    try FileAccess.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
    return path
  }

  private func run(
    _ data: String, model: String, objective: String, batch: Int, microbatch: Int, steps: Int = 1,
    rest: String = ""
  ) throws -> [StepResult] {
    let yaml = """
      run: {name: run}
      model: \(model)
      data: {train: \(data)\(rest)}
      objective: \(objective)
      optimizer: {learning_rate: 0.01}
      trainer: {max_steps: \(steps), batch_size: \(batch), microbatch_size: \(microbatch), report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    var results: [StepResult] = []
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out"
    ) { event in
      if case .step(_, let result) = event { results.append(result) }
    }
    try run.run(existing: .overwrite)
    return results
  }

  private func text(_ node: ConfigNode) -> String {
    var writer = JSONWriter()
    writer.write(node)
    return writer.string
  }

  /// Every case of the reference whose log-probs some distribution has: a table with the case's log-probs as
  /// scores and one more completion that takes what is left of each prompt. One weight θ = 1 multiplies the scores,
  /// so that the gradient is known as well: dL/dθ = Σ ∂L/∂log π(y)·(f(y) − E f).
  @Test(
    "losses and gradients are those of the reference",
    .enabled(if: FileManager.default.fileExists(atPath: fixture), "no reference files in ../shared")
  )
  func reference() throws {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: Self.fixture)))
    guard case .list(let cases)? = try JSON.parse(bytes)["cases"]?.value else { return }
    var checked: Set<String> = []
    for node in cases {
      guard let name = node["objective"]?["name"].words, name != "sft",
        let logps = node["inputs"]?["policy_logps"].rows,
        let expected = node["expected"]?["loss"].numeric,
        let slopes = node["expected"]?["gradients"]?["policy_logps"].rows
      else { continue }
      let rest = logps.map { row in 1 - row.reduce(0) { $0 + exp($1) } }
      if rest.contains(where: { $0 <= 0 }) { continue }
      let width = logps[0].count
      let completions = (0..<width).map { "c\($0)" } + ["rest"]
      let features = zip(logps, rest).map { row, rest in (row + [log(rest)]).map { [$0] } }
      let model =
        "{kind: tabular, completions: \(completions), prompts: \(logps.indices.map { "p\($0)" }), prompt_features: \(features), start: [1]}"
      let data = try write(lines(of: node, logps, width))
      for microbatch in [logps.count, 1] {
        let step = try run(
          data, model: model, objective: text(try #require(node["objective"])), batch: logps.count,
          microbatch: microbatch)[0]
        #expect(
          abs(step.loss - expected) <= 2e-5 * abs(expected) + 1e-5, "\(node["id"].words ?? "")")
        var gradient = 0.0
        for ((row, rest), slope) in zip(zip(logps, rest), slopes) {
          let mean = row.reduce(rest * log(rest)) { $0 + exp($1) * $1 }
          gradient += zip(row, slope).reduce(0) { $0 + $1.1 * ($1.0 - mean) }
        }
        #expect(
          abs(step.gradientNorm - abs(gradient)) <= 1e-4 * abs(gradient) + 1e-4,
          "\(node["id"].words ?? ""): \(step.gradientNorm), expected \(abs(gradient))")
      }
      checked.insert(name)
    }
    #expect(checked == ["best_of_n", "best_of_n_neg", "rwr", "rloo", "ppo"])
  }

  /// A case as JSON Lines.
  private func lines(of node: ConfigNode, _ logps: [[Double]], _ width: Int) -> [String] {
    logps.indices.map { row in
      if let old = node["inputs"]?["old_logps"].rows, let gains = node["inputs"]?["advantages"].rows
      {
        return
          #"{"prompt": "p\#(row)", "completion": "c0", "old_logps": \#(old[row][0]), "advantages": \#(gains[row][0])}"#
      }
      let rewards = node["inputs"]?["rewards"].rows ?? []
      let names = (0..<width).map { #""c\#($0)""# }.joined(separator: ", ")
      return #"{"prompt": "p\#(row)", "completions": [\#(names)], "rewards": \#(rewards[row])}"#
    }
  }

  /// XPO on a table, the reference's log-probs in the data: the reference's numbers for every case that a
  /// distribution has.
  @Test(
    "a table trains on samples of the reference, too",
    .enabled(if: FileManager.default.fileExists(atPath: fixture), "no reference files in ../shared")
  )
  func referenceSamples() throws {
    let path = Self.fixture.replacingOccurrences(of: "sft-rl.json", with: "extra-inputs.json")
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    guard case .list(let cases)? = try JSON.parse(bytes)["cases"]?.value else { return }
    var checked = 0
    for node in cases where node["objective"]?["name"].words == "xpo" {
      let names = ["policy_chosen_logps", "policy_rejected_logps", "policy_ref_sample_logps"]
      let columns = names.map { (node["inputs"]?[$0]).rows?.map { $0[0] } ?? [] }
      let references = ["ref_chosen_logps", "ref_rejected_logps"].map {
        (node["inputs"]?[$0]).rows?.map { $0[0] } ?? []
      }
      let expected = try #require((node["expected"]?["loss"]).numeric)
      let features = columns[0].indices.map { row -> [[Double]] in
        let logps = columns.map { $0[row] }
        return (logps + [log(1 - logps.reduce(0) { $0 + exp($1) })]).map { [$0] }
      }
      if node["inputs"]?["weight"] != nil
        || features.joined().contains(where: { $0[0].isNaN || $0[0].isInfinite })
      {
        continue
      }
      let model =
        "{kind: tabular, completions: [c, r, s, rest], prompts: \(features.indices.map { "p\($0)" }), prompt_features: \(features), start: [1]}"
      let lines = features.indices.map { row in
        #"{"prompt": "p\#(row)", "chosen": "c", "rejected": "r", "ref_sample": "s", "ref_chosen_logps": \#(references[0][row]), "ref_rejected_logps": \#(references[1][row])}"#
      }
      let step = try run(
        try write(lines), model: model, objective: text(try #require(node["objective"])),
        batch: features.count, microbatch: 1)[0]
      #expect(abs(step.loss - expected) <= 2e-5 * abs(expected) + 1e-5, "\(node["id"].words ?? "")")
      checked += 1
    }
    #expect(checked > 0)
  }

  private static let rows = (0..<12).map { row in
    """
    {"prompt": "How is \(row)?", "completions": [" Good \(row).", " Bad.", " It is \(row * row)."], \
    "rewards": [\(row % 3), 0.5, -\(row)]}
    """
  }
  private static let language =
    "{kind: causal_lm, architecture: {model_type: llama, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, tie_word_embeddings: false}}"

  @Test("a language model takes the same steps from JSON Lines and HDF5, whatever the microbatches")
  func steps() throws {
    let lines = try write(Self.rows)
    func steps(_ data: String, _ microbatch: Int) throws -> [StepResult] {
      try run(
        data, model: Self.language, objective: "{name: rloo}", batch: 4, microbatch: microbatch,
        steps: 4, rest: ", validation_fraction: 0.3")
    }
    let first = try steps(lines, 4)
    #expect(first.count == 4 && first[3].loss != first[0].loss)
    let stored = folder.path + "/rows.h5"
    _ = try Importer.write(
      source: lines, to: stored,
      info: PreferenceFileInfo(generator: "test", source: "", license: "", createdUTC: ""))
    for (data, microbatch) in [(stored, 4), (lines, 1), (stored, 3)] {
      let other = try steps(data, microbatch)
      #expect(other.map(\.loss) == first.map(\.loss))
      #expect(other.map(\.gradientNorm) == first.map(\.gradientNorm))
    }
  }

  @Test("rows that do not fit are refused by name")
  func refusals() throws {
    func message(_ lines: [String], _ objective: String) throws -> String {
      let data = try write(lines)
      do {
        _ = try run(data, model: Self.language, objective: objective, batch: 2, microbatch: 2)
        return "no error"
      } catch {
        return "\(error)"
      }
    }
    let short = Self.rows.map { $0.replacingOccurrences(of: ", 0.5", with: "") }
    #expect(
      try message(short, "{name: rloo}").hasSuffix(
        "column rewards has 2 numbers a pair, objective rloo takes 3 as in completions"))
    let uneven =
      Array(Self.rows.prefix(2)) + [
        #"{"prompt": "x", "completions": ["a", "b"], "rewards": [1, 2, 3]}"#
      ]
    #expect(try message(uneven, "{name: rloo}").contains("has no completion_3"))
    let large = Self.rows.map { $0.replacingOccurrences(of: ", 0.5", with: ", 500") }
    #expect(
      try message(large, "{name: rwr, beta: 1, weighting: exp}").contains("take weighting softmax"))
    #expect(
      try message([#"{"prompt": "x", "completion": "a", "old_logps": -1}"#], "{name: ppo}")
        .contains(
          "no label"))
  }
}

extension ConfigNode? {
  fileprivate var words: String? {
    if case .string(let text)? = self?.value { text } else { nil }
  }

  fileprivate var numeric: Double? {
    guard let node = self else { return nil }
    return try? Double.read(node)
  }

  /// A matrix; a list of numbers is one of a column.
  fileprivate var rows: [[Double]]? {
    guard case .list(let items)? = self?.value else { return nil }
    return items.map { item in
      if case .list(let row) = item.value { return row.map { ConfigNode?.some($0).numeric ?? 0 } }
      return [ConfigNode?.some(item).numeric ?? 0]
    }
  }
}
