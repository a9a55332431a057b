internal import PairwiseData
public import PairwiseEvaluation

/// Evaluates a saved model on a file of pairs.
public enum EvaluateFile {
  /// Scores the pairs of a split (or all) and computes every figure with its interval.
  ///
  /// - Parameter alpha: the column with P(chosen ≻ rejected); nil: soft labels if the data has them.
  public static func run(
    _ scorer: PairScorer, data path: String, split: String? = nil, alpha: String? = nil,
    batchSize: Int = 1024, figures: DisplacementFigures = .init(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationReport {
    var columns = ColumnDemand.customary
    if let column = alpha.map({ PairColumn($0) }), !PairColumn.builtIn.contains(column) {
      columns.numbers.insert(column)
    }
    let file = try DataFile.open(
      path, dropInvalid: false, keepEmpty: scorer.needs.messages, columns: columns, cache: nil)
    return try scorer.evaluate(
      file.source, split: split, alpha: alpha, named: path, batchSize: batchSize,
      figures: figures, progress: progress)
  }
}
