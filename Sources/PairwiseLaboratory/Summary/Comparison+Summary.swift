internal import PairwiseTraining

extension Comparison {
  /// Writes `summary.json`, `summary.csv` and `report.html` beside the results.
  @discardableResult
  public func summarise(_ runs: [ComparedRun]) throws -> ComparisonSummary {
    let summary = try ComparisonSummary(runs, ComparisonFacts(plan))
    try summary.write(to: folder)
    try ComparisonReport(folder: folder).write(to: folder)
    return summary
  }
}
