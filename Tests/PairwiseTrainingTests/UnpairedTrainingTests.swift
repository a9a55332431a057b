import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseObjectives
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Training on single completions, each with a label.
@Suite("Training on single completions")
struct UnpairedTrainingTests {
  private let folder = TemporaryFolder()

  private static let rows = (0..<11).map { row in
    "{\"prompt\": \"How is \(row % 4)?\", \"completion\": \" It is \(row * row).\", \"label\": \(row % 3 == 0)}"
  }
  private static let language =
    "{kind: causal_lm, architecture: {model_type: llama, hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, tie_word_embeddings: false}}"

  private func write(_ lines: [String], _ name: String = "rows.jsonl") throws -> String {
    let path = folder.path + "/" + name
    try FileAccess.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: path)
    return path
  }

  private func run(
    _ data: String, model: String = UnpairedTrainingTests.language,
    objective: String = "{name: kto}",
    microbatch: Int = 4, validation: String = "", evaluated: (Double?) -> Void = { _ in },
    noted: (String) -> Void = { _ in }
  ) throws -> [StepResult] {
    let yaml = """
      run: {name: run\(microbatch)}
      model: \(model)
      data: {train: \(data)\(validation)}
      objective: \(objective)
      optimizer: {learning_rate: 0.01}
      trainer: {max_steps: 4, batch_size: 4, microbatch_size: \(microbatch), report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    var steps: [StepResult] = []
    var notes: [String] = []
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out"
    ) { event in
      if case .step(_, let result) = event { steps.append(result) }
      if case .note(let text) = event { notes.append(text) }
    }
    try run.run(existing: .overwrite)
    notes.forEach(noted)
    let log = try FileAccess.read(run.folder.metrics, limit: 1 << 20)
    for line in log.split(separator: 0x0A) {
      let node = try JSON.parse(Array(line))
      if node["eval_loss"] != nil { evaluated(node["eval_auc"].number) }
    }
    return steps
  }

  /// Every row's loss is λ/2 before the first update.
  @Test("gives the same steps from JSON Lines and HDF5, whatever the microbatches")
  func steps() throws {
    let lines = try write(Self.rows)
    let steps = try run(lines)
    #expect(steps.count == 4 && abs(steps[0].loss - 0.5) < 1e-6)
    #expect(
      steps[0].metrics["counts/chosen"].map { $0 + (steps[0].metrics["counts/rejected"] ?? 0) } == 4
    )
    let stored = folder.path + "/rows.h5"
    _ = try Importer.write(
      source: lines, to: stored,
      info: PreferenceFileInfo(generator: "test", source: "", license: "", createdUTC: ""))
    for (data, microbatch) in [(stored, 4), (lines, 1), (stored, 3)] {
      let other = try run(data, microbatch: microbatch)
      #expect(other.map(\.loss) == steps.map(\.loss))
      #expect(other.map(\.gradientNorm) == steps.map(\.gradientNorm))
      #expect(other.map(\.tokens) == steps.map(\.tokens))
    }
  }

  /// Of eleven rows four are desirable: λ_D·4 / (λ_U·7) should lie in 1 … 4/3.
  @Test(
    "says once when the classes are out of balance for KTO",
    arguments: [
      ("{name: kto}", true), ("{name: kto, desirable_weight: 1.75}", false),
      ("{name: kto, desirable_weight: 2.3333333}", false),
      ("{name: kto, desirable_weight: 2.34}", true),
      ("{name: kto, desirable_weight: 1.74}", true),
      ("{name: kto, undesirable_weight: 0.5}", false),
      ("{name: kto, undesirable_weight: 0}", true), ("{name: bco}", false),
      ("[{name: kto, weight: 1}, {name: bco, weight: 1}]", true),
    ])
  func balance(objective: String, isNoted: Bool) throws {
    var notes: [String] = []
    _ = try run(try write(Self.rows), objective: objective, noted: { notes.append($0) })
    #expect(notes.count == (isNoted ? 1 : 0))
    #expect(notes.allSatisfy { $0.hasPrefix("kto: ") && $0.contains("4 desirable and 7") })
    if objective == "{name: kto}" {
      #expect(
        notes == [
          "kto: with 4 desirable and 7 undesirable rows, desirable_weight * desirable / "
            + "(undesirable_weight * undesirable) is 0.571, its authors recommend 1 ... 4/3: "
            + "a desirable_weight of 1.75 ... 2.333"
        ])
    }
  }

  @Test("judges validation rows by label: how often a desirable one is ahead")
  func evaluation() throws {
    let data = try write(Self.rows)
    var areas: [Double?] = []
    let held = try write(Self.rows.reversed(), "held.jsonl")
    _ = try run(data, validation: ", validation: \(held)") { areas.append($0) }
    #expect(!areas.isEmpty && areas.allSatisfy { $0.map { (0...1).contains($0) } == true })
  }

  @Test("takes pairs as completions, and a table of completions as a policy")
  func tables() throws {
    let pairs = (0..<8).map { row in
      "{\"prompt\": \"p\", \"chosen\": \"\(row % 2 == 0 ? "a" : "b")\", \"rejected\": \"c\"}"
    }
    let steps = try run(
      try write(pairs), model: "{kind: tabular, completions: [a, b, c]}",
      objective: "{name: apo_zero_unpaired}")
    #expect(steps.count == 4 && abs(steps[0].loss - 0.5) < 1e-6 && steps[3].loss < steps[0].loss)
    let mismatched = try run(
      try write(pairs), model: "{kind: tabular, completions: [a, b, c]}", objective: "{name: kto}")
    #expect(mismatched.allSatisfy { $0.metrics["kl"] != nil })
  }

  @Test("is refused where pairs are compared")
  func refusals() throws {
    let data = try write(Self.rows)
    do {
      _ = try run(data, objective: "{name: dpo}")
      Issue.record("single completions were compared")
    } catch {
      #expect(
        "\(error)"
          == "\(data): objective dpo learns from pairs, the data has single completions with labels"
      )
    }
    do {
      _ = try run(try write([Self.rows[0]]))
      Issue.record("one row was mismatched with itself")
    } catch { #expect("\(error)".hasSuffix("objective kto needs at least 2 rows")) }
  }
}
