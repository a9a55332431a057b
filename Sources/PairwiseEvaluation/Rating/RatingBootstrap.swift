/// Intervals of ratings by drawing the matches anew, with replacement, and fitting again.
///
/// Replicate k of a seed is always the same draw. Cost: `resamples` fits, each begun at the strengths of all matches.
struct RatingBootstrap: Sendable {
  private let source: MatchGraph
  private let options: ItemRatings.Options
  private let anchor: Int?
  private let start: [Double]

  init(_ source: MatchGraph, _ options: ItemRatings.Options, anchor: Int?, start: [Double]) {
    (self.source, self.options, self.anchor, self.start) = (source, options, anchor, start)
  }

  /// Percentiles of each item's rating, and how many resamples had no finite fit.
  ///
  /// - Throws: for a number of resamples out of range, or if fewer than half of them could be fitted.
  func intervals(
    _ runner: TaskRunner
  ) throws(EvaluationError) -> (intervals: [Interval], leftOut: Int) {
    let bootstrap = Bootstrap(
      resamples: options.resamples, seed: options.seed, level: options.level)
    try bootstrap.check()
    let (memory, overflows) = start.count.multipliedReportingOverflow(by: options.resamples)
    guard !overflows, memory <= 1 << 28 else {
      throw .outOfRange(
        "bootstrap resamples", row: nil, found: "\(options.resamples)",
        expected: "\((1 << 28) / max(1, start.count)) at most for \(start.count) items")
    }
    let replicates = runner.map(options.resamples) { replicate($0) }.compactMap { $0 }
    let leftOut = options.resamples - replicates.count
    guard replicates.count >= 1, leftOut <= options.resamples / 2 else {
      throw .outOfRange(
        "bootstrap", row: nil,
        found: "\(leftOut) of \(options.resamples) resamples without finite ratings",
        expected: "half of them at most; a regularization above 0 gives all of them ratings")
    }
    let intervals = start.indices.map { item in
      options.rating(
        bootstrap.interval(of: replicates.map { $0[item] }, method: .bootstrapPercentile))
    }
    return (intervals, leftOut)
  }

  /// Strengths of one resample, relative to the anchor; nil if they have no finite fit.
  private func replicate(_ index: Int) -> [Double]? {
    var generator = BootstrapGenerator(seed: options.seed, replicate: index)
    let graph = source.resampled(&generator)
    if options.fit.regularization == 0, graph.components.count > 1 { return nil }
    guard let fit = try? StrengthFit(graph, options: options.fit, start: start), fit.isConverged
    else { return nil }
    let origin = anchor.map { fit.strengths[$0] } ?? 0
    return fit.strengths.map { $0 - origin }
  }
}
