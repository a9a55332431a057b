public import PairwiseData
public import PairwiseEvaluation

extension PairScorer {
  /// Scores pairs of a source, labelled or not.
  ///
  /// - Parameters:
  ///   - rows: which of them, in this order; nil: all.
  ///   - progress: called with the pairs done.
  /// - Throws: `DataError` if they cannot be read, or lack what the model scores.
  public func score(
    _ pairs: any PairSource, rows: RowSet? = nil, batchSize: Int = 1024,
    progress: (Int) -> Void = { _ in }
  ) throws(DataError) -> ScoredPairs {
    if let problem = problem(with: pairs) { throw DataError(.invalid, file: "pairs", problem) }
    let rows = rows ?? .range(0..<pairs.count)
    var result = ScoredPairs(chosen: [], rejected: [])
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + batchSize)
      let block = try pairs.read((start..<end).map { rows[$0] }, needs)
      result.append(try bound(to: pairs).score(block))
      start = end
      progress(end)
    }
    return result
  }

  /// Scores labelled pairs and computes every figure with its interval.
  ///
  /// Calibration after temperature uses the temperature saved with the model.
  ///
  /// - Parameters:
  ///   - split: only the pairs of this split; nil for all.
  ///   - alpha: the column with P(chosen ≻ rejected), for what a policy could rank right at best; nil: soft
  ///     labels if the data has them.
  ///   - sections: a benchmark whose subsets the groups are.
  ///   - groups: the column of names that tells groups apart: group or annotator.
  ///   - name: what messages call the pairs.
  ///   - figures: what to compute of a policy besides.
  ///   - progress: called with the pairs done and the number of all.
  /// - Throws: `DataError` if the pairs cannot be read or scored, or there is no such split or column.
  public func evaluate(
    _ pairs: any PairSource, split: String? = nil, alpha: String? = nil,
    sections: SectionScheme? = nil, groups: PairColumn = .group, named name: String = "pairs",
    batchSize: Int = 1024, figures: DisplacementFigures = .init(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> EvaluationReport {
    if figures.similarity, let similarityProblem {
      throw DataError(.invalid, file: "model", similarityProblem)
    }
    if let problem = problem(with: pairs) {
      throw DataError(.invalid, file: name, problem)
    }
    if let alpha, !pairs.columns.contains(PairColumn(alpha)) {
      throw DataError(.invalid, file: name, "no column '\(alpha)' for alpha")
    }
    let rows = try Self.rows(of: split, pairs, name)
    let scored = try ScoredSet(
      self, pairs, rows, alpha: PairColumn(alpha ?? PairColumn.labelProbability.rawValue),
      groups: groups, batchSize: batchSize, figures: figures, progress: progress)
    var options = EvaluationReport.Options()
    if temperature != 1 { options.temperature = Temperature(inverse: 1 / temperature) }
    options.sections = sections
    var report = try EvaluationReport(try scored.scores(), options: options)
    report.policy = try scored.policyReport(beta: beta)
    return report
  }

  /// Scores single completions with labels and computes how well the scores tell them apart.
  ///
  /// - Parameters: as of `evaluate`.
  /// - Throws: `DataError` if the rows cannot be read or scored, or there is no such split.
  public func evaluateCompletions(
    _ rows: any PairSource, split: String? = nil, named name: String = "rows",
    batchSize: Int = 1024, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> CompletionReport {
    guard rows.isUnpaired else {
      throw DataError(.invalid, file: name, "expected single completions, the data has pairs")
    }
    if let problem = problem(withRows: rows) { throw DataError(.invalid, file: name, problem) }
    let chosen = try Self.rows(of: split, rows, name)
    var needs = self.needs
    needs.columns.insert(.label)
    needs.allowsUnlabelled = false
    var sides: (desirable: [Double], undesirable: [Double]) = ([], [])
    var start = 0
    while start < chosen.count {
      let end = min(chosen.count, start + batchSize)
      let block = try rows.read((start..<end).map { chosen[$0] }, needs)
      let scores = try bound(to: rows).scoreCompletions(block).scores
      for (score, label) in zip(scores, block.columns[.label] ?? []) {
        if label == 1 {
          sides.desirable.append(Double(score))
        } else {
          sides.undesirable.append(Double(score))
        }
      }
      start = end
      progress(end, chosen.count)
    }
    return try CompletionReport(
      desirable: sides.desirable, undesirable: sides.undesirable,
      temperature: temperature == 1 ? nil : Temperature(inverse: 1 / temperature))
  }

  static func rows(of split: String?, _ pairs: any PairSource, _ name: String)
    throws(DataError) -> RowSet
  {
    guard let split else { return .range(0..<pairs.count) }
    guard let rows = pairs.splits[split] else {
      let known = pairs.splits.keys.sorted().joined(separator: ", ")
      throw DataError(.invalid, file: name, "no split '\(split)'; there are \(known)")
    }
    return rows
  }
}
