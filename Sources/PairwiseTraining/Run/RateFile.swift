internal import PairwiseConfig
public import PairwiseData
public import PairwiseEvaluation
internal import PairwiseTensor

/// Rates items by the matches of a file.
public enum RateFile {
  /// Reads matches (`MatchRecords.read`) and fits strengths, on the threads of the worker pool.
  ///
  /// - Throws: `DataError` for what is wrong with the file, `EvaluationError` for options out of range or items that
  ///   the matches do not tie together.
  public static func run(
    _ path: String, options: ItemRatings.Options = .init()
  ) throws -> ItemRatings {
    let records = try MatchRecords.read(path)
    let matches = try MatchTable(
      items: records.items, first: records.first, second: records.second,
      outcomes: records.outcomes, weights: records.weights)
    return try ItemRatings(
      matches, options: options, runner: TaskRunner { WorkerPool.shared.run($0, $1) })
  }

  /// Writes ratings: as CSV where the name ends in `.csv`, else as JSON.
  public static func write(_ ratings: ItemRatings, to path: String) throws(DataError) {
    if path.lowercased().hasSuffix(".csv") {
      return try FileAccess.replace(path, with: Array(ratings.csv.utf8))
    }
    var writer = JSONWriter(.pretty)
    writer.write(ratings.node)
    writer.endLine()
    try FileAccess.replace(path, with: writer.bytes)
  }
}
