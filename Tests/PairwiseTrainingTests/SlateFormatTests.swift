import PairwiseConfig
import PairwiseData
import PairwiseEvaluation
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Slates of different sizes, with ties and unknown places, train the same from JSONL and from HDF5.
@Suite("Slates of JSONL and HDF5")
struct SlateFormatTests {
  private let folder = TemporaryFolder()

  static let runs: [(model: String, objective: String, ties: String)] = [
    ("kind: text_hash, bucket_bits: 8, hidden_sizes: [4]", "{name: plackett_luce}", "break_random"),
    ("kind: text_hash, bucket_bits: 8", "{name: pairs_from_ranking}", "drop"),
    ("kind: features, hidden_sizes: [4]", "{name: plackett_luce, k: 2}", "break_random"),
    ("kind: features, hidden_sizes: [4]", "{name: pairs_from_ranking}", "drop"),
    (
      "kind: causal_lm, architecture: {model_type: llama, hidden_size: 8, num_hidden_layers: 1, "
        + "num_attention_heads: 2}", "{name: plackett_luce, per_stage_mean: true}", "break_random"
    ),
  ]

  private func rows(_ model: String) -> [String] {
    (0..<20).map { row in
      let count = 2 + row % 3
      let all = (0..<count).map { candidate in
        model.contains("features")
          ? "[\(candidate), \(row % 5), \((row + candidate) % 3)]"
          : "\"it is \((row * 7 + candidate * 5) % 13) \(candidate)\""
      }
      let ranks = (0..<count).map { place in
        row % 5 == 4 && place > 0 ? "null" : "\(row % 7 == 3 && place == 1 ? 1 : place + 1)"
      }
      let prompt = model.contains("features") ? "" : "\"prompt\": \"p\(row)\", "
      return "{\(prompt)\"candidates\": [\(all.joined(separator: ", "))], "
        + "\"ranks\": [\(ranks.joined(separator: ", "))], \"weight\": \(1 + row % 2)}"
    }
  }

  private func run(
    _ index: Int, data: String, microbatch: Int = 5, output: String
  ) throws -> (losses: [Double], figures: [String: Double], folder: String) {
    let (model, objective, ties) = Self.runs[index]
    let tokens = model.contains("causal_lm") ? ", max_length: 40" : ""
    let yaml = """
      run: {name: run, seed: 3}
      model: {\(model)}
      data: {train: \(data), validation: \(data), ties: \(ties)\(tokens)}
      objective: \(objective)
      optimizer: {learning_rate: 0.01}
      trainer: {max_steps: 6, batch_size: 5, microbatch_size: \(microbatch), report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    var losses: [Double] = []
    var figures: [String: Double] = [:]
    let out = folder.path + "/" + output
    try TrainRun(config, resolved: resolved, configFolder: ".", output: out) {
      if case .step(_, let result) = $0 { losses.append(result.loss) }
      if case .finished(let summary) = $0 {
        for figure in summary.figures { figures[figure.name] = figure.value }
      }
    }.run(existing: .overwrite)
    return (losses, figures, out + "/run/final")
  }

  @Test("train to the same bits from both, whatever the microbatches", arguments: runs.indices)
  func sameBits(_ index: Int) throws {
    let jsonl = folder.path + "/rows.jsonl"
    let hdf5 = folder.path + "/rows.h5"
    let text = rows(Self.runs[index].model).joined(separator: "\n") + "\n"
    try FileAccess.write(Array(text.utf8), to: jsonl)
    _ = try Importer.write(source: jsonl, to: hdf5, info: .made(by: "test", from: jsonl))
    let first = try run(index, data: jsonl, output: "a")
    #expect(first.losses.count == 6 && first.losses.allSatisfy { $0.isFinite })
    let others = [
      try run(index, data: hdf5, output: "b"),
      try run(index, data: jsonl, microbatch: 2, output: "c"),
    ]
    let model = try FileAccess.read(first.folder + "/model.safetensors", limit: 1 << 24)
    for other in others {
      #expect(other.losses == first.losses && other.figures == first.figures)
      #expect(
        try FileAccess.read(other.folder + "/model.safetensors", limit: 1 << 24) == model)
    }
    // What the run says at its end, the saved model says of the same rows.
    let scorer = try PairScorer(model: first.folder)
    guard Self.runs[index].ties == "break_random",
      case .slates(let report) = try EvaluateFile.run(scorer, data: hdf5)
    else { return }
    #expect(report.count == 20 && report.pairAccuracy == first.figures["accuracy"])
    #expect(report.tau == first.figures["Kendall's tau"])
    guard case .slates(let same) = try EvaluateFile.run(scorer, data: jsonl, batchSize: 3) else {
      Issue.record("expected slates")
      return
    }
    #expect(same.node == report.node)
  }

  @Test("a tie is drawn once for a seed, and as often one way as the other")
  func draws() throws {
    let model = Self.runs[0].model
    let rows = (0..<20).map { row in
      #"{"prompt": "p\#(row)", "candidates": ["a \#(row)", "b \#(row)"], "ranks": [1, 1]}"#
    }
    let path = folder.path + "/tied.jsonl"
    try FileAccess.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: path)
    let found = try run(0, data: path, output: "d")
    #expect(found.losses == (try run(0, data: path, output: "e")).losses)
    #expect(model.contains("text_hash"))
    // Of ties there is no right order: nothing to be accurate about.
    #expect(found.figures["accuracy"] == nil && found.figures["best of the slate"] == 1)
  }

  @Test("pairs have no random order")
  func refusal() throws {
    let path = folder.path + "/pairs.jsonl"
    try FileAccess.write(
      Array((#"{"prompt": "p", "chosen": "a", "rejected": "b"}"# + "\n").utf8), to: path)
    let yaml = """
      run: {name: run}
      model: {kind: text_hash}
      data: {train: \(path), ties: break_random}
      objective: {name: bradley_terry}
      trainer: {max_steps: 1, batch_size: 1}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    let error = #expect(throws: RunError.self) {
      try TrainRun(config, resolved: resolved, configFolder: ".", output: folder.path + "/x") { _ in
      }
      .run(existing: .overwrite)
    }
    #expect("\(error as Any)".contains("break_random is for ranked candidates"))
  }
}
