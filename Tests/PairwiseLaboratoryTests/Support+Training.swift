import PairwiseConfig
import PairwiseData
import PairwiseLaboratory
import PairwiseModels
import PairwiseNN
import PairwiseTensor
import PairwiseTraining
import Testing

/// How a trial is trained in a test.
struct Recipe {
  var steps = 200
  /// Pairs of an update; more than there are: all of them.
  var batch = 1_000_000
  var rate = 0.05
  var optimizer = "adamw"
  var schedule = "constant"
  var seed = 0
}

extension Trial {
  /// The measures of the trial's model after training with the objective of a config, such as "{name: dpo}".
  func trained(_ objective: String, _ recipe: Recipe = Recipe()) throws -> [String: Double] {
    try measure(try model(after: objective, recipe))
  }

  func model(after objective: String, _ recipe: Recipe) throws -> any Model {
    let rows = pairs.splits["train"]?.count ?? pairs.count
    let yaml = """
      run: {name: trial, seed: \(recipe.seed)}
      model: {kind: features}
      data: {train: trial}
      objective: \(objective)
      optimizer: {name: \(recipe.optimizer), learning_rate: \(recipe.rate), max_grad_norm: 0}
      schedule: {name: \(recipe.schedule)}
      trainer: {max_steps: \(recipe.steps), batch_size: \(min(recipe.batch, rows)), report: false}
      """
    let document = try ConfigFile.parse(Array(yaml.utf8), file: "trial.yaml")
    var (config, resolved) = try ConfigReader.read(
      RunConfig.self, from: document, file: "trial.yaml")
    config.model = ModelSection(options: model)
    let run = try TrainRun(
      config, resolved: resolved, configFolder: ".", known: DataFile("trial", holding: pairs))
    return try run.prepared(sharing: ReferenceShelf()).runInMemory().model
  }
}

/// A problem with parameters as a config gives them: a table without `name`.
func problem(_ name: String, _ parameters: String = "") throws -> any ComparableProblem {
  let text = "{\"name\": \"\(name)\"\(parameters.isEmpty ? "" : ", ")\(parameters)}"
  let found = try ConfigReader.readVariant(
    ProblemRegistry.options(), discriminator: "name", from: JSON.parse(text), path: "problem",
    file: "a.json"
  ).value
  return try #require(found as? any ComparableProblem)
}

/// The mean of each measure over some draws.
func means(_ trials: [[String: Double]]) -> [String: Double] {
  var result: [String: Double] = [:]
  for (name, _) in trials[0] {
    result[name] = trials.reduce(0) { $0 + ($1[name] ?? .nan) } / Double(trials.count)
  }
  return result
}

/// Means over seeds of every measure of a study's variant, with further parameters as JSON.
func means(
  ofStudy name: String, _ variant: String, _ parameters: String = "", seeds: Range<Int> = 0..<5
) throws -> [String: Double] {
  try means(
    seeds.map { seed in
      let more = parameters.isEmpty ? "" : ", \(parameters)"
      let found = try ConfigReader.readVariant(
        ProblemRegistry.options(), discriminator: "name",
        from: JSON.parse("{\"name\": \"\(name)\", \"seed\": \(seed)\(more)}"), path: "problem",
        file: "a.json"
      ).value
      return try #require(found as? any StudiedProblem).study(variant).values
    })
}

/// Trains a config in a folder; the steps and the final model's parameters.
func trained(
  _ yaml: String, named name: String, in folder: String, resume: Bool
) throws -> (steps: [StepResult], values: Tensor) {
  let document = try ConfigFile.parse(Array(yaml.utf8), file: "a.yaml")
  let (config, resolved) = try ConfigReader.read(RunConfig.self, from: document, file: "a.yaml")
  var steps: [StepResult] = []
  let run = try TrainRun(
    config, resolved: resolved, configFolder: ".", output: folder + "/out"
  ) { event in
    if case .step(_, let result) = event { steps.append(result) }
  }
  try run.run(existing: resume ? .resume : .overwrite)
  let model = try ModelDirectory.load(folder + "/out/\(name)/final").model
  return (steps, model.store.values)
}
