internal import PairwiseData
public import PairwiseEvaluation

/// Evaluates a saved model on a file of pairs.
public enum EvaluateFile {
  /// Scores the pairs of a split (or all) and computes every figure with its interval.
  public static func run(
    _ scorer: PairScorer, data path: String, split: String? = nil, batchSize: Int = 1024,
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationReport {
    try scorer.evaluate(
      DataFile.open(path, dropInvalid: false, keepEmpty: scorer.needs.messages, cache: nil).source,
      split: split, named: path,
      batchSize: batchSize, progress: progress)
  }
}
