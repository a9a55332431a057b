import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseTensor
import Testing

/// A dense reference run and a storage form of its data.
struct DenseRun: CustomTestStringConvertible {
  var name: String
  var data: String

  var testDescription: String { "\(name) on \(data)" }

  static let all = [
    DenseRun(name: "linear16", data: "features16.h5"),
    DenseRun(name: "linear16", data: "features16_chunked_gzip.h5"),
    DenseRun(name: "mlp16", data: "features16.h5"),
    DenseRun(name: "mlp16", data: "features16_chunked_gzip.h5"),
    DenseRun(name: "linear384", data: "features384.h5"),
    DenseRun(name: "mlp384", data: "features384.h5"),
  ]
}

/// Training and scoring against PyTorch's numbers. Each file states its tolerances and where they come
/// from.
@Suite(.enabled(if: Program.isBuilt && Program.shared != nil))
struct DenseFixtureTests {
  @Test(arguments: DenseRun.all)
  func trainsAndScoresAsTorch(_ run: DenseRun) throws {
    let dense = try #require(Program.shared) + "/fixtures/dense/"
    let folder = TemporaryDirectory()
    let expected = try JSONObject(
      String(
        decoding: try FileAccess.read(dense + run.name + ".json", limit: 1 << 24), as: UTF8.self))
    let outcome = try folder.train(try recipe(run, expected, dense))
    try #require(outcome.code == 0, "\(outcome)")
    try checkSteps(folder, expected)
    try checkWeights(folder, expected)
    try checkScores(folder, expected, data: dense + run.data)
  }

  private func recipe(_ run: DenseRun, _ expected: JSONObject, _ dense: String) throws -> Recipe {
    let config = JSONObject(try #require(expected["config"]))
    func value(_ key: String) throws -> Double { try #require(config.number(key)) }
    return Recipe(
      data: dense + run.data,
      [
        "model.hidden_sizes": run.name.hasPrefix("mlp") ? "[64]" : "[]",
        "model.path": "\(dense)\(run.name)_init.safetensors",
        "optimizer.learning_rate": "\(try value("learning_rate"))",
        "optimizer.weight_decay": "\(try value("weight_decay"))",
        "optimizer.max_grad_norm": "0", "optimizer.decay_biases": "true",
        "schedule.name": "constant",
        "trainer.batch_size": "\(Int(try value("batch_size")))",
        "trainer.max_steps": "\(Int(try value("steps")))",
        "trainer.shuffle": "false", "trainer.last_batch": "wrap",
      ])
  }

  private func checkSteps(_ folder: TemporaryDirectory, _ expected: JSONObject) throws {
    let tolerance = JSONObject(try #require(expected["tolerance"]))
    let lines = try folder.objects("runs/run/metrics.jsonl")
    let steps = expected.list("steps").map { JSONObject($0) }
    try #require(lines.count == steps.count)
    for (line, step) in zip(lines, steps) {
      for key in ["loss", "grad_norm", "accuracy", "margin"] {
        let (got, want) = (try #require(line.number(key)), try #require(step.number(key)))
        #expect(
          abs(got - want) <= (try #require(tolerance.number(key))),
          "step \(step.number("step") ?? 0): \(key) is \(got), expected \(want)")
      }
    }
  }

  private func checkWeights(_ folder: TemporaryDirectory, _ expected: JSONObject) throws {
    let tolerance = JSONObject(try #require(expected["tolerance"]))
    let file = try SafeTensorsFile(folder.file("runs/run/final/model.safetensors"))
    let final = JSONObject(try #require(expected["final"]))
    #expect(Set(file.names) == Set(final.keys))
    for name in final.keys {
      let values = try file.tensor(name).array.map { Double($0) }
      let want = JSONObject(try #require(final[name]))
      let sum = values.reduce(0, +)
      let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for (key, got) in [("sum", sum), ("l2", length)] {
        let (wanted, allowed) = (
          try #require(want.number(key)), try #require(tolerance.number("final.\(key)"))
        )
        #expect(abs(got - wanted) <= allowed, "\(name) \(key): \(got), expected \(wanted)")
      }
    }
  }

  private func checkScores(
    _ folder: TemporaryDirectory, _ expected: JSONObject, data: String
  ) throws {
    let allowed = try #require(expected["tolerance"]?["scores"]?.number)
    let outcome = try Program.run(
      ["score", "--model", "runs/run/final", "--input", data, "--output", "scores.jsonl"],
      in: folder)
    try #require(outcome.code == 0, "\(outcome)")
    let lines = try folder.objects("scores.jsonl")
    let want = JSONObject(try #require(expected["final_scores"]))
    for side in ["chosen", "rejected"] {
      let numbers = want.list(side).compactMap(\.number)
      try #require(numbers.count == lines.count)
      for (line, number) in zip(lines, numbers) {
        let got = try #require(line.number("score_\(side)"))
        #expect(abs(got - number) <= allowed, "\(side): \(got), expected \(number)")
      }
    }
  }
}
