public import PairwiseConfig

/// What `pairwise compare` is told: objectives, what they are compared on, and a grid of settings.
///
/// Everything below `problem`, `data`, `model`, `objectives`, `optimizer`, `schedule` and `trainer` is read once
/// for every point of the grid, as `ComparePlan` puts it together.
public struct CompareConfig: ConfigSection, Sendable {
  public var name: String
  public var output: String
  public var problem: ConfigNode?
  public var data: ConfigNode?
  public var model: ConfigNode?
  public var objectives: [ConfigNode]
  public var variants: [String]
  public var grid: ConfigNode?
  public var optimizer: ConfigNode?
  public var schedule: ConfigNode?
  public var trainer: ConfigNode?
  public var seeds: Int
  public var firstSeed: Int
  public var baseline: String?
  public var measures: [String]
  public var level: Double
  public var curvePoints: Int
  public var parallel: Int
  public var claim: ConfigNode?

  public init(from reader: inout SectionReader) {
    name = reader.required(
      "name", fallback: "comparison", .nonEmpty,
      "Name of the comparison: the folder it leaves under `output`.")
    output = reader.value(
      "output", default: "Checkpoints", .nonEmpty, "Folder that holds the results.")
    problem = reader.optional(
      "problem", ConfigNode.self,
      "The toy problem: its name and parameters (`pairwise problem list`). Either this or data.")
    data = reader.optional(
      "data", ConfigNode.self, "The pairs, as `data` of a training config; with a validation part.")
    model = reader.optional(
      "model", ConfigNode.self,
      "What is trained, as in a training config; null: the model that the problem brings.")
    objectives = reader.value(
      "objectives", default: [], .each(.any, count: 0...64),
      "The objectives, each as in a training config; with `label` for a name of its own and `set` for other "
        + "keys it changes, such as set: {optimizer.learning_rate: 0.01}. A value `$key` stands for the value of "
        + "a key of the grid.")
    variants = reader.value(
      "variants", default: [], .each(.nonEmpty, count: 0...64),
      "In place of objectives, on a problem that has variants: which of them; an empty list takes all."
    )
    grid = reader.optional(
      "grid", ConfigNode.self,
      "Keys and their values, such as problem.flip_rate: [0, 0.2] or objective.beta: [0.1, 1]; every "
        + "combination is run.")
    optimizer = reader.optional("optimizer", ConfigNode.self, "As in a training config.")
    schedule = reader.optional("schedule", ConfigNode.self, "As in a training config.")
    trainer = reader.optional(
      "trainer", ConfigNode.self, "As in a training config, but for keys about files.")
    seeds = reader.value(
      "seeds", default: 10, .closed(1...10_000),
      "Runs of every setting, each with data, start and order of its own; the same for all objectives."
    )
    firstSeed = reader.value("seed", default: 0, .atLeast(0), "The first of the seeds.")
    baseline = reader.optional(
      "baseline", String.self, .nonEmpty,
      "Label of the objective or variant that the others are compared with; null: the first.")
    measures = reader.value(
      "measures", default: [], .each(.nonEmpty, count: 0...64),
      "What is compared, the decisive one first; an empty list takes all that there are.")
    level = reader.value(
      "level", default: 0.95, .range(0.5..<1), "Coverage of the intervals; tests use 1 − level.")
    curvePoints = reader.value(
      "curve_points", default: 20, .closed(0...1000),
      "At how many steps of a run its measures are taken, for learning curves.")
    parallel = reader.value(
      "parallel", default: 0, .closed(0...1024),
      "Runs at once, each on one core; 0: one a core, or one after the other on all cores where memory is "
        + "short. Results do not depend on it.")
    claim = reader.optional(
      "claim", ConfigNode.self,
      "What a paper says of these objectives, for `pairwise claims`: paper, link, statement, limits and expect."
    )
    check(&reader)
  }

  private func check(_ reader: inout SectionReader) {
    reader.checkFolderName("name", name)
    switch (problem == nil, data == nil) {
    case (true, true): reader.report("problem", "expected a problem, or data")
    case (false, false): reader.report("data", "cannot be combined with a problem")
    default: break
    }
    if data != nil && model == nil {
      reader.report("model", "expected a model to be trained on the data")
    }
  }
}
