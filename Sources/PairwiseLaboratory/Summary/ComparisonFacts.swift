public import PairwiseConfig
public import PairwiseTraining

/// What a comparison is about: all that its summary needs beside the runs.
public struct ComparisonFacts: Sendable, Equatable {
  /// One objective that takes part.
  public struct Objective: Sendable, Equatable {
    /// Its label in the runs, unique.
    public var label: String
    /// The objective's name in the registry.
    public var name: String
    /// Its parameters as the config gives them, such as `label_smoothing 0.1`; may be empty.
    public var parameters: String

    public init(label: String, name: String, parameters: String = "") {
      (self.label, self.name, self.parameters) = (label, name, parameters)
    }
  }

  /// One key of the grid.
  public struct GridKey: Sendable, Equatable {
    /// As in the config, such as `problem.flip_rate` or `objective.beta`.
    public var key: String
    public var values: [ConfigNode]

    public init(key: String, values: [ConfigNode]) { (self.key, self.values) = (key, values) }

    /// Whether it changes the world that objectives are compared in, rather than being one's own choice.
    public var isCondition: Bool { key.hasPrefix("problem.") || key.hasPrefix("data.") }
  }

  public var name: String
  /// What the runs learn, in a sentence.
  public var subject: String
  /// In the order of the config.
  public var objectives: [Objective]
  /// The label that others are compared with.
  public var baseline: String
  /// In the problem's order.
  public var measures: [Measure]
  /// The name of the measure the comparison is about.
  public var primary: String
  public var grid: [GridKey]
  /// Coverage of intervals, and 1 − the rate of errors among what is called real.
  public var level: Double
  /// Keys of the runs' configs that objectives do not agree on, by objective.
  public var differences: [ConfigDifference.Row] = []

  public init(
    name: String, subject: String, objectives: [Objective], baseline: String,
    measures: [Measure], primary: String, grid: [GridKey] = [], level: Double = 0.95
  ) {
    (self.name, self.subject, self.objectives) = (name, subject, objectives)
    (self.baseline, self.measures, self.primary) = (baseline, measures, primary)
    (self.grid, self.level) = (grid, level)
  }

  /// Why these facts hold no comparison; nil if they do.
  var problem: (what: String, found: String, expected: String)? {
    let labels = objectives.map(\.label)
    if labels.isEmpty { return ("objectives", "none", "at least one") }
    if Set(labels).count != labels.count {
      return ("objectives", "a label twice", "labels that differ")
    }
    if !labels.contains(baseline) {
      return ("baseline", Wording.quoted(baseline), "the label of an objective")
    }
    if Set(measures.map(\.name)).count != measures.count {
      return ("measures", "a name twice", "names that differ")
    }
    if !measures.contains(where: { $0.name == primary }) {
      return ("primary", Wording.quoted(primary), "the name of a measure")
    }
    return level > 0 && level < 1 ? nil : ("level", "\(level)", "a number between 0 and 1")
  }
}
