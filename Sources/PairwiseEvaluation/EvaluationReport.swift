/// Everything an evaluation of scored pairs has to say, with intervals.
public struct EvaluationReport: Sendable {
  /// What an evaluation may be asked to do differently.
  public struct Options: Sendable, Equatable {
    /// Level of every interval; resamples and seed of the bootstrapped ones.
    public var bootstrap = Bootstrap()
    public var calibrationBins = 10
    public var binning = Calibration.Binning.equalWidth(.unit)
    /// Groups below this many pairs count for neither worst group nor gap.
    public var minimumGroup = 20
    /// The model's own temperature. Without one it is fitted to the very pairs it is tried on, which
    /// flatters it a little; the report says so.
    public var temperature: Temperature?
    /// A benchmark whose subsets the groups are.
    public var sections: SectionScheme?

    public init() {}
  }

  public var statistics: PairStatistics
  /// Wilson's; nil when no pair has a winner.
  public var accuracyInterval: Interval?
  public var logLossInterval: Interval
  public var brierInterval: Interval
  public var marginInterval: Interval
  /// The scores came with weights.
  public var isWeighted: Bool
  /// Of the weighted accuracy; nil without weights, and above 20,000 pairs.
  public var weightedAccuracyInterval: Interval?
  /// Quantiles of the margins at `quantileFractions`.
  public var marginQuantiles: [Double]
  public var marginHistogram: Histogram
  public var calibration: Calibration
  public var temperature: Temperature
  /// True when the temperature was fitted to these very pairs.
  public var temperatureIsFittedHere: Bool
  public var calibrated: Calibration
  public var groups: GroupReport?
  public var lengths: LengthSplit?
  /// Scores of a benchmark's sections, where one was asked for.
  public var sections: SectionReport?
  /// Beside a model that is not told who judges, where there is one.
  public var generic: GenericComparison?
  /// Of models that go by names, when they are told none or another.
  public var contexts: ContextComparison?
  /// Of policies alone.
  public var policy: PolicyReport?

  /// The fractions `marginQuantiles` are taken at.
  public static let quantileFractions = [0.05, 0.25, 0.5, 0.75, 0.95]

  /// - Throws: `EvaluationError` for options out of range, or groups that are not a benchmark's subsets.
  public init(_ scores: PairScores, options: Options = Options()) throws(EvaluationError) {
    let level = options.bootstrap.level
    statistics = PairStatistics(scores)
    accuracyInterval = try statistics.accuracyInterval(level: level)
    let outcomes = (0..<scores.count).map { scores.outcome($0) }
    logLossInterval = try .mean(of: outcomes.map(\.logLoss), using: options.bootstrap)
    brierInterval = try .mean(of: outcomes.map(\.brier), using: options.bootstrap)
    let margins = scores.margins
    marginInterval = try .mean(of: margins, using: options.bootstrap)
    isWeighted = scores.weights != nil
    weightedAccuracyInterval = try Self.weightedInterval(scores, outcomes, options.bootstrap)
    let sorted = margins.sorted()
    marginQuantiles = Self.quantileFractions.map { Quantiles.quantile(ofSorted: sorted, at: $0) }
    marginHistogram = try Histogram(of: margins)
    calibration = try Calibration(
      scores, bins: options.calibrationBins, binning: options.binning)
    temperatureIsFittedHere = options.temperature == nil
    temperature = options.temperature ?? Temperature(fitting: scores)
    calibrated = try Calibration(
      scores, at: temperature, bins: options.calibrationBins, binning: options.binning)
    groups = try GroupReport(scores, minimumCount: options.minimumGroup, level: level)
    lengths = try LengthSplit(scores, level: level)
    if let scheme = options.sections { sections = try SectionReport(scores, scheme: scheme) }
  }

  private static func weightedInterval(
    _ scores: PairScores, _ outcomes: [PairOutcome], _ bootstrap: Bootstrap
  ) throws(EvaluationError) -> Interval? {
    guard let weights = scores.weights, outcomes.count <= Interval.bootstrapLimit else {
      return nil
    }
    var values: [Double] = []
    var kept: [Double] = []
    for (outcome, weight) in zip(outcomes, weights) where outcome.isDecided {
      values.append(outcome.isCorrect ? 1 : 0)
      kept.append(weight)
    }
    guard kept.contains(where: { $0 > 0 }) else { return nil }
    return try bootstrap.weightedMean(of: values, weights: kept)
  }
}
