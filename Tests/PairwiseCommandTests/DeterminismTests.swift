import PairwiseData
import Testing

/// One model whose training must not depend on how the work is cut up.
struct DeterministicModel: CustomTestStringConvertible {
  var testDescription: String
  var isText = false
  var settings: [String: String]

  static let all = [
    DeterministicModel(
      testDescription: "features, linear", settings: ["model.hidden_sizes": "[]"]),
    DeterministicModel(
      testDescription: "features, relu", settings: ["model.hidden_sizes": "[33, 9]"]),
    DeterministicModel(
      testDescription: "features, tanh",
      settings: ["model.hidden_sizes": "[24]", "model.activation": "tanh"]),
    DeterministicModel(
      testDescription: "features, dropout",
      settings: ["model.hidden_sizes": "[24]", "model.dropout": "0.1"]),
    DeterministicModel(
      testDescription: "text_hash, linear", isText: true,
      settings: ["model.hidden_sizes": "[]"]),
    DeterministicModel(
      testDescription: "text_hash, dropout", isText: true,
      settings: ["model.hidden_sizes": "[8]", "model.dropout": "0.1"]),
  ]
}

@Suite(.enabled(if: Program.isBuilt), .serialized)
struct DeterminismTests {
  private static let cuts: [(threads: Int, microbatch: String)] = [
    (1, "null"), (2, "null"), (2, "3"), (1, "1"),
  ]

  @Test(arguments: DeterministicModel.all)
  func weightsDoNotDependOnThreadsOrMicrobatches(_ model: DeterministicModel) throws {
    let folder = TemporaryDirectory()
    let data = Program.root + "/Examples/pairs.jsonl"
    if !model.isText { try folder.synthesize() }
    var weights: [[UInt8]] = []
    for (index, cut) in DeterminismTests.cuts.enumerated() {
      var recipe = Recipe(data: model.isText ? data : "pairs.h5", model.settings)
      if model.isText { recipe["model.kind"] = "text_hash" }
      recipe["run.name"] = "run\(index)"
      recipe["run.threads"] = "\(cut.threads)"
      recipe["trainer.microbatch_size"] = cut.microbatch
      recipe["trainer.batch_size"] = "32"
      recipe["trainer.max_steps"] = "25"
      let outcome = try folder.train(recipe)
      try #require(outcome.code == 0, "\(outcome)")
      weights.append(try folder.bytes("runs/run\(index)/final/model.safetensors"))
    }
    for (index, other) in weights.enumerated() {
      #expect(other == weights[0], "\(DeterminismTests.cuts[index])")
    }
  }

  @Test(arguments: [false, true])
  func scoresDependOnTheirPairAlone(isText: Bool) throws {
    let folder = TemporaryDirectory()
    let lines: [String]
    if isText {
      let bytes = try FileAccess.read(Program.root + "/Examples/pairs.jsonl", limit: 1 << 24)
      lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    } else {
      lines = FeatureLines.csv(rows: 150, width: 12, seed: 8)
    }
    let name = isText ? "pairs.jsonl" : "pairs.csv"
    let head = isText ? [] : [FeatureLines.head(width: 12)]
    try folder.write(name, (head + lines).joined(separator: "\n") + "\n")
    var recipe = Recipe(data: name, ["model.hidden_sizes": "[16]"])
    if isText { recipe["model.kind"] = "text_hash" }
    let trained = try folder.train(recipe)
    try #require(trained.code == 0, "\(trained)")

    let whole = try scores(folder, name, batchSize: 64)
    for size in [1, 7] { #expect(try scores(folder, name, batchSize: size) == whole) }

    var random = SplitMix(seed: 4)
    let order = lines.indices.shuffled(using: &random)
    let mixed = "mixed." + (isText ? "jsonl" : "csv")
    try folder.write(
      mixed, (head + order.map { lines[$0] }).joined(separator: "\n") + "\n")
    let shuffled = try scores(folder, mixed, batchSize: 64)
    for (place, row) in order.enumerated() {
      #expect(withoutIndex(shuffled[place]) == withoutIndex(whole[row]))
    }
  }

  private func scores(
    _ folder: TemporaryDirectory, _ input: String, batchSize: Int
  ) throws -> [String] {
    let outcome = try Program.run(
      [
        "score", "--model", "runs/run/final", "--input", input, "--output", "scores.jsonl",
        "--batch-size", "\(batchSize)",
      ], in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    return try folder.text("scores.jsonl").split(separator: "\n").map(String.init)
  }

  private func withoutIndex(_ line: String) -> Substring {
    line.drop { $0 != "," }
  }
}
