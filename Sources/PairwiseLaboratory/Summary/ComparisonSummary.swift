public import PairwiseEvaluation

/// What the runs of a comparison say: means with intervals, differences from the baseline and whether they are
/// real, ranks, and the best at each condition.
///
/// - A mean's interval is Student's, over seeds.
/// - Differences are taken seed by seed at the same settings, tested as `PairedDifference` says, and called
///   real where the p-value after Holm's correction, over all differences of one measure, is at most
///   1 − level.
/// - Where the grid has settings that one may choose, such as `objective.beta`, objectives are compared at each
///   condition with the setting that is best on the other seeds: `tuned` differences.
/// - A run that stopped for numbers that are none counts in differences and ranks as the worst of its point.
public struct ComparisonSummary: Sendable, Equatable {
  /// A measure of an objective at a point of the grid.
  public struct Cell: Sendable, Equatable {
    /// Indices of the facts' objectives, the grid's points and the facts' measures.
    public var objective: Int
    public var point: Int
    public var measure: Int
    /// Of the runs that gave a number; nil without any.
    public var mean: Double?
    /// Of `mean`; nil for a single run.
    public var interval: Interval?
    /// With divisor n − 1.
    public var deviation: Double?
    public var count: Int
    public var failures: Int
  }

  /// Where a difference is taken.
  public enum Place: Sendable, Equatable, Hashable {
    /// At a point of the grid, with the same settings for both.
    case point(Int)
    /// At a condition, each at the choice that is best on other seeds.
    case condition(Int)
    /// The mean over all conditions, seed by seed.
    case everywhere
  }

  public enum Verdict: String, Sendable {
    case better, worse
    /// Real, in a measure that is neither better high nor low.
    case differs
    /// Not told apart by these runs, which does not prove them equal.
    case undecided
    /// Fewer than two runs to compare.
    case untested
  }

  /// An objective against the baseline.
  public struct Difference: Sendable, Equatable {
    public var objective: Int
    public var place: Place
    public var measure: Int
    /// Means of both over the seeds compared, failed runs counted as the worst.
    public var mean: Double
    public var baseline: Double
    public var paired: PairedDifference
    /// p after Holm's correction, and after Benjamini and Hochberg's; nil for a single run.
    public var adjusted: Double?
    public var falseDiscovery: Double?
    public var verdict: Verdict
  }

  /// Who is best at a condition, or by rank over all.
  public struct Best: Sendable, Equatable {
    public var objective: Int
    /// Objectives not told apart from it, in the order of the facts.
    public var level: [Int]
  }

  public let facts: ComparisonFacts
  public let grid: ComparisonGrid
  /// Ascending.
  public let seeds: [Int]
  public let cells: [Cell]
  public let differences: [Difference]
  /// Of the primary measure, in the order of the facts' objectives; nil where it is neither better high nor
  /// low, or runs are missing.
  public let ranks: RankTable?
  /// By mean rank; nil without ranks.
  public let best: Best?
  /// Of each condition, by the mean of the primary measure; nil without one.
  public let winners: [Best?]
  /// The choice that is best on average over the conditions' runs, by objective; nil without choices or runs.
  public let bestChoices: [Int?]
  /// Failed runs, `[objective][point]`.
  public let failures: [[Int]]
  /// The runs this is about, for curves.
  public let runs: [ComparedRun]

  /// - Parameter runs: of objectives in the facts; others are left out.
  /// - Throws: `EvaluationError` when there is no run, or facts do not hold together.
  public init(_ runs: [ComparedRun], _ facts: ComparisonFacts) throws(EvaluationError) {
    if let problem = facts.problem {
      throw .outOfRange(
        "comparison, \(problem.what)", row: nil, found: problem.found, expected: problem.expected)
    }
    let labels = Set(facts.objectives.map(\.label))
    let known = runs.filter { labels.contains($0.objective) }
    guard !known.isEmpty else {
      throw .outOfRange("comparison", row: nil, found: "no runs", expected: "at least one")
    }
    let grid = ComparisonGrid(known, facts)
    let values = ComparisonValues(known, facts, grid)
    let builder = ComparisonBuilder(facts: facts, grid: grid, values: values)
    self.facts = facts
    self.grid = grid
    self.runs = known
    seeds = values.seeds
    failures = values.failures
    cells = try builder.cells()
    differences = try builder.differences()
    ranks = try builder.ranks()
    best = try ranks.map { (ranks) throws(EvaluationError) in try builder.best(ranks) }
    winners = try builder.winners()
    bestChoices = builder.bestChoices()
  }
}

extension ComparisonSummary {
  /// Index of the primary measure.
  public var primary: Int { facts.measures.firstIndex { $0.name == facts.primary } ?? 0 }

  /// Index of the baseline.
  public var baseline: Int { facts.objectives.firstIndex { $0.label == facts.baseline } ?? 0 }

  public func cell(_ objective: Int, _ point: Int, _ measure: Int) -> Cell? {
    cells.first { $0.objective == objective && $0.point == point && $0.measure == measure }
  }

  public func difference(_ objective: Int, _ place: Place, _ measure: Int) -> Difference? {
    differences.first { $0.objective == objective && $0.place == place && $0.measure == measure }
  }

  /// Where objectives are compared: conditions, each objective tuned, if there are choices, else points.
  public var places: [Place] {
    grid.choices.count > 1
      ? grid.conditions.indices.map { .condition($0) } : grid.points.indices.map { .point($0) }
  }

  /// A place in words; empty where there is only one.
  public func text(_ place: Place) -> String {
    switch place {
    case .point(let point): grid.text(point)
    case .condition(let condition): grid.conditions[condition].text
    case .everywhere: "all conditions"
    }
  }
}
