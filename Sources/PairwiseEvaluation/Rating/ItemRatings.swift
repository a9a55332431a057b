internal import RealModule

/// Items in order of their strength, with intervals: what `pairwise rate` shows.
///
/// ```swift
/// let matches = try MatchTable(
///   items: ["small", "large"], first: [0, 0, 1], second: [1, 1, 0], outcomes: [1, -1, 1])
/// let ratings = try ItemRatings(matches)
/// for item in ratings.items { print(item.rank, item.name, item.rating, item.interval) }
/// ```
public struct ItemRatings: Sendable {
  public struct Options: Sendable, Equatable {
    public var ties = MatchTable.TieRule.half
    public var fit = StrengthFit.Options()
    /// An item whose rating is `base`, and that the others' standard errors refer to; nil: strengths sum to 0
    /// and the mean rating is `base`.
    public var anchor: String?
    /// The rating of strength 0.
    public var base = 1000.0
    /// Level of the intervals; with `resamples` above 0 they are bootstrapped over matches.
    public var level = 0.95
    public var resamples = 0
    public var seed: UInt64 = 0

    public init() {}
  }

  public struct Item: Sendable, Equatable {
    public var name: String
    /// From 1; items of equal strength share the first of their ranks.
    public var rank: Int
    /// θ, relative to the anchor or to the mean.
    public var strength: Double
    /// Of `strength`; 0 for the anchor.
    public var standardError: Double
    /// `base` + 400 / ln 10 · θ, the scale of Elo.
    public var rating: Double
    public var interval: Interval
    /// Sums of weights.
    public var wins: Double
    public var losses: Double
    public var ties: Double

    public var games: Double { wins + losses + ties }
    /// (wins + ½ ties) / games; 0 without games.
    public var winRate: Double { games > 0 ? (wins + ties / 2) / games : 0 }
  }

  /// Strongest first; of equals in the order of their names' list.
  public let items: [Item]
  public let fit: StrengthFit
  public let covariance: StrengthCovariance
  public let matches: Int
  public let options: Options
  /// Resamples of which the strengths had no finite fit and that were left out.
  public let resamplesLeftOut: Int

  /// Rating points for a strength of 1.
  public static let scale = 400 / Double.log(10)

  /// Fits strengths to matches.
  ///
  /// - Parameter runner: where pieces of the work may run side by side; results do not depend on it.
  /// - Throws: for settings out of range, an anchor that is no item, items that comparisons do not tie together
  ///   without a regularization (`.disconnected`), or if fewer than half of the resamples could be fitted.
  public init(
    _ matches: MatchTable, options: Options = Options(), runner: TaskRunner = .serial
  ) throws(EvaluationError) {
    try EvaluationError.check(level: options.level)
    let anchor = try Self.index(of: options.anchor, in: matches.items)
    let source = try MatchGraph(matches, ties: options.ties)
    if options.fit.regularization == 0 { try source.graph.requireConnected(matches.items) }
    let fit = try StrengthFit(source.graph, options: options.fit)
    let covariance = StrengthCovariance(
      source.graph, at: fit, regularization: options.fit.regularization, runner: runner)
    // Counted twice, everything looks twice as certain as it is.
    let inflation = options.ties == .double ? 2.0 : 1
    let errors = (anchor.map { covariance.anchored(on: $0) } ?? covariance.variances)
      .map { ($0 * inflation).squareRoot() }
    let origin = anchor.map { fit.strengths[$0] } ?? 0
    let strengths = fit.strengths.map { $0 - origin }
    var intervals = zip(strengths, errors).map { options.normal($0, $1) }
    var leftOut = 0
    if options.resamples > 0 {
      let bootstrap = RatingBootstrap(source, options, anchor: anchor, start: fit.strengths)
      (intervals, leftOut) = try bootstrap.intervals(runner)
    }
    let counts = Self.counts(matches)
    let order = strengths.indices.sorted { (-strengths[$0], $0) < (-strengths[$1], $1) }
    var items: [Item] = []
    for (place, index) in order.enumerated() {
      let isTied = items.last?.strength == strengths[index]
      items.append(
        Item(
          name: matches.items[index], rank: isTied ? items[place - 1].rank : place + 1,
          strength: strengths[index], standardError: errors[index],
          rating: options.base + Self.scale * strengths[index], interval: intervals[index],
          wins: counts[index].wins, losses: counts[index].losses, ties: counts[index].ties))
    }
    self.items = items
    (self.fit, self.covariance) = (fit, covariance)
    (self.matches, self.options, resamplesLeftOut) = (matches.count, options, leftOut)
  }

  private static func index(
    of anchor: String?, in items: [String]
  ) throws(EvaluationError) -> Int? {
    guard let anchor else { return nil }
    guard let index = items.firstIndex(of: anchor) else {
      throw .outOfRange(
        "anchor", row: nil, found: "'\(anchor)'", expected: "an item of the matches")
    }
    return index
  }

  private static func counts(
    _ matches: MatchTable
  ) -> [(wins: Double, losses: Double, ties: Double)] {
    var counts = [(wins: Double, losses: Double, ties: Double)](
      repeating: (0, 0, 0), count: matches.items.count)
    for row in 0..<matches.count {
      let weight = matches.weights?[row] ?? 1
      let (first, second) = (Int(matches.first[row]), Int(matches.second[row]))
      switch matches.outcomes[row] {
      case 0:
        counts[first].ties += weight
        counts[second].ties += weight
      case let outcome:
        counts[outcome > 0 ? first : second].wins += weight
        counts[outcome > 0 ? second : first].losses += weight
      }
    }
    return counts
  }
}

extension ItemRatings.Options {
  /// Strength ± z standard errors, as ratings.
  func normal(_ strength: Double, _ error: Double) -> Interval {
    let z = -Normal.quantile((1 - level) / 2)
    return rating(
      Interval(low: strength - z * error, high: strength + z * error, level: level, method: .normal)
    )
  }

  /// An interval of a strength as one of a rating.
  func rating(_ interval: Interval) -> Interval {
    var result = interval
    result.low = base + ItemRatings.scale * interval.low
    result.high = base + ItemRatings.scale * interval.high
    return result
  }
}
