internal import PairwiseConfig
internal import PairwiseData
public import PairwiseEvaluation

/// Evaluates a saved model on a file of pairs.
public enum EvaluateFile {
  /// Scores the pairs of a split (or all) and computes every figure with its interval.
  ///
  /// Calibration after temperature uses the temperature saved with the model.
  public static func run(
    _ scorer: PairScorer, data path: String, split: String? = nil, batchSize: Int = 1024,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationReport {
    let source = try DataFile.open(path, dropInvalid: false, cache: nil).source
    if let problem = scorer.problem(with: source) {
      throw DataError(.invalid, file: path, problem)
    }
    let rows = try rows(of: split, source, path)
    let scored = try ScoredSet(scorer, source, rows, batchSize: batchSize, progress: progress)
    var options = EvaluationReport.Options()
    if scorer.temperature != 1 {
      options.temperature = Temperature(inverse: 1 / scorer.temperature)
    }
    return try EvaluationReport(try scored.scores(), options: options)
  }

  private static func rows(of split: String?, _ source: any PairSource, _ path: String)
    throws(DataError) -> RowSet
  {
    guard let split else { return .range(0..<source.count) }
    guard let rows = source.splits[split] else {
      let known = source.splits.keys.sorted().joined(separator: ", ")
      throw DataError(.invalid, file: path, "no split '\(split)'; there are \(known)")
    }
    return rows
  }
}
