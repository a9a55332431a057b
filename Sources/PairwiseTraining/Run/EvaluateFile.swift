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
    var columns = Columns()
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + batchSize)
      var needs = scorer.needs
      needs.allowsUnlabelled = false
      needs.columns = source.columns.intersection([.group, .weight, .labelProbability])
      let block = try source.read((start..<end).map { rows[$0] }, needs)
      columns.append(scorer.score(block), block)
      start = end
      progress(end, rows.count)
    }
    var options = EvaluationReport.Options()
    if scorer.temperature != 1 {
      options.temperature = Temperature(inverse: 1 / scorer.temperature)
    }
    return try EvaluationReport(try columns.scores(source.groupNames), options: options)
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

  /// What the evaluation needs of every pair, collected block by block.
  private struct Columns {
    var chosen: [Float] = []
    var rejected: [Float] = []
    var labels: [Float] = []
    var weights: [Float] = []
    var groups: [Int] = []
    var chosenLengths: [Int] = []
    var rejectedLengths: [Int] = []

    mutating func append(_ scored: ScoredPairs, _ block: PairBlock) {
      let ties = Set(block.ties)
      let soft = block.columns[.labelProbability]
      for pair in 0..<block.count {
        labels.append(ties.contains(pair) ? 0.5 : soft?[pair] ?? 1)
        if let texts = block.texts {
          chosenLengths.append(texts.chosen(pair).count)
          rejectedLengths.append(texts.rejected(pair).count)
        }
      }
      chosen += scored.chosen
      rejected += scored.rejected
      weights += block.columns[.weight] ?? []
      groups += (block.columns[.group] ?? []).map { Int($0) }
    }

    func scores(_ names: [String]) throws -> PairScores {
      try PairScores(
        chosen: chosen, rejected: rejected,
        labels: labels.contains { $0 != 1 } ? labels : nil,
        weights: weights.isEmpty ? nil : weights, groups: groups.isEmpty ? nil : groups,
        groupNames: names,
        lengths: chosenLengths.isEmpty
          ? nil : .init(chosen: chosenLengths, rejected: rejectedLengths))
    }
  }
}
