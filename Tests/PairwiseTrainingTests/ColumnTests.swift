import PairwiseAutodiff
import PairwiseConfig
import PairwiseData
import PairwiseModels
import PairwiseObjectives
import PairwiseTensor
import PairwiseTestSupport
import PairwiseTraining
import Testing

/// Reads columns that no other objective knows: a number a pair, and K numbers a pair.
private struct ColumnObjective: Objective {
  static let name = "column_objective"
  static let summary = "test"
  static let formula = "test"
  var extent = InputSpec.Extent.symbol("K")

  init(extent: InputSpec.Extent = .symbol("K")) { self.extent = extent }
  init(from reader: inout SectionReader) {}

  var inputs: [InputSpec] {
    [
      .computed(.chosenScores), .computed(.rejectedScores),
      .column("shift", .atLeast(0)),
      InputSpec(
        "parts", shape: [.symbol("B"), extent], from: .data, isDifferentiable: false),
      .column("absent", optional: true),
    ]
  }

  func losses(_ x: ObjectiveInputs) -> Variable {
    precondition(x["shift"].shape == [x.scoreMargin.shape[0]])
    precondition(x["parts"].shape.rank == 2 && x["parts"].shape[0] == x.scoreMargin.shape[0])
    precondition(x.optional("absent") == nil)
    return (x["shift"] - x.scoreMargin).softplus()
  }

  func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.mean("shift", x["shift"].value)
    sums.mean("parts", x["parts"].value)
  }
}

@Suite("Columns of the data as inputs of objectives")
struct ColumnTests {
  private let folder = TemporaryFolder()

  private func lines(_ count: Int, parts: String? = nil, odd: [Int: String] = [:]) throws
    -> String
  {
    let path = folder.path + "/rows.jsonl"
    var text = ""
    for row in 0..<count {
      let parts = parts ?? "[\(row), \(row + 1)]"
      text += "{\"chosen\": [1, \(row)], \"rejected\": [\(row % 3), 0], "
      text += (odd[row] ?? "\"shift\": \(row % 4), \"parts\": \(parts)") + "}\n"
    }
    try FileAccess.write(Array(text.utf8), to: path)
    return path
  }

  private func run(_ data: String, _ objective: any Objective, microbatch: Int = 5) throws
    -> [StepResult]
  {
    let yaml = """
      run: {name: run\(microbatch)}
      model: {kind: features, hidden_sizes: [3]}
      data: {train: \(data)}
      objective: {name: bradley_terry}
      trainer: {num_train_epochs: 1, batch_size: 5, microbatch_size: \(microbatch), report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
    var (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
    config.objective = objective
    var steps: [StepResult] = []
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", output: folder.path + "/out"
    ) { event in
      if case .step(_, let result) = event { steps.append(result) }
    }
    try run.run(existing: .overwrite)
    return steps
  }

  private func refusal(_ data: String, _ objective: any Objective) -> String? {
    do {
      _ = try run(data, objective)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test("reach it in the right rows and shapes, whatever the microbatches")
  func reach() throws {
    let data = try lines(20)
    let steps = try run(data, ColumnObjective())
    #expect(steps.count == 4)
    // Every row once: means of 0…3, and of the numbers from 0 to 20.
    #expect(steps.reduce(0) { $0 + ($1.metrics["shift"] ?? 0) } == 4 * 1.5)
    #expect(steps.reduce(0) { $0 + ($1.metrics["parts"] ?? 0) } == 4 * 10)
    #expect(try run(data, ColumnObjective(), microbatch: 2).map(\.loss) == steps.map(\.loss))
    // One number a pair is a matrix too, where a matrix is read.
    #expect(try run(try lines(20, parts: "3"), ColumnObjective()).count == 4)
  }

  @Test("are refused before any work, with file, column and objective")
  func refusals() throws {
    let objective = ColumnObjective()
    var data = try lines(20, odd: [2: "\"parts\": 1"])
    #expect(
      refusal(data, objective)
        == "\(data): line 3: row has no shift, which objective column_objective needs")
    data = try lines(20, odd: [7: "\"shift\": -1, \"parts\": [1, 2]"])
    #expect(
      refusal(data, objective)
        == "\(data): row 7: shift: objective column_objective needs a number >= 0.0, found -1.0")
    data = try lines(20)
    #expect(
      refusal(data, ColumnObjective(extent: .fixed(3)))
        == "\(data): column parts has 2 numbers a pair, objective column_objective takes 3")
  }

  @Test("are missed in HDF5 by file, column, row and objective")
  func stored() throws {
    let path = folder.path + "/rows.h5"
    let writer = try PreferenceFileWriter(
      creating: path,
      info: PreferenceFileInfo(generator: "test", source: "", license: "", createdUTC: ""))
    for row in 0..<6 {
      var record = PreferenceRecord(origin: row)
      (record.chosenFeatures, record.rejectedFeatures) = ([1], [2])
      record.numbers["shift"] = row == 4 ? nil : [1]
      try writer.append(record)
    }
    try writer.finish()
    #expect(
      refusal(path, ColumnObjective())
        == "\(path): objective column_objective needs the column parts, the data has none")
    var pairs = try PreferenceFile(path: path).records(Array(0..<6))
    for row in pairs.indices { pairs[row].numbers["parts"] = [1] }
    let source = try InMemoryPairs(pairs)
    let kind = FeatureModelOptions()
    var model = kind.build(DataFacts(source), seed: 3)
    do {
      try model.fit(to: source, objective: ColumnObjective())
      Issue.record("a missing number was taken")
    } catch let error as RunError {
      let expected =
        "pairs: row 4: shift: objective column_objective needs a number >= 0.0, found none"
      #expect("\(error)" == expected)
    }
  }
}
