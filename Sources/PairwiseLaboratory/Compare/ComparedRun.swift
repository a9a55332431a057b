public import PairwiseConfig

/// One finished run of a comparison: a line of `results.jsonl`.
public struct ComparedRun: Sendable, Equatable {
  /// A value measured along the way.
  public struct Curve: Sendable, Equatable {
    public var name: String
    /// Updates done, ascending, and the value then; equally many.
    public var steps: [Int]
    public var values: [Double]

    public init(name: String, steps: [Int], values: [Double]) {
      (self.name, self.steps, self.values) = (name, steps, values)
    }
  }

  /// One key of the grid and its value in this run.
  public struct Setting: Sendable, Equatable {
    /// As in the config, such as `problem.flip_rate` or `objective.beta`.
    public var key: String
    public var value: ConfigNode

    public init(key: String, value: ConfigNode) { (self.key, self.value) = (key, value) }
  }

  /// Identifies everything the result depends on: config, problem and seed.
  public var id = ""
  /// The objective's label in the comparison.
  public var objective: String
  /// Where in the grid it stands, in the order of the config; empty without a grid.
  public var settings: [Setting]
  /// 0 …: runs of the same settings and seed trained on the same data in the same order.
  public var seed: Int
  public var steps: Int
  /// Finite values by name, in the order of the problem's measures.
  public var measures: [(name: String, value: Double)]
  public var curves: [Curve]
  public var seconds: Double
  /// Why it has no measures: training stopped for numbers that are none.
  public var failure: String?
  /// What was left of the evaluation on held-out pairs, for the report; nil where there are none.
  public var heldOut: ConfigNode?

  public init(
    objective: String, settings: [Setting], seed: Int, steps: Int,
    measures: [(name: String, value: Double)], curves: [Curve] = [], seconds: Double = 0,
    failure: String? = nil
  ) {
    (self.objective, self.settings, self.seed, self.steps) = (objective, settings, seed, steps)
    (self.measures, self.curves, self.seconds) = (measures, curves, seconds)
    self.failure = failure
  }

  public subscript(measure name: String) -> Double? {
    measures.first { $0.name == name }?.value
  }

  public static func == (a: Self, b: Self) -> Bool {
    // Where a value stood in its file makes no difference.
    a.node.withoutPlaces == b.node.withoutPlaces
  }
}
