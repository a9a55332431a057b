internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels

/// Scores of many pairs together with what an evaluation asks about each: label, weight, group, lengths.
struct ScoredSet {
  private var scored = ScoredPairs(chosen: [], rejected: [])
  private var labels: [Float] = []
  private var weights: [Float] = []
  private var groups: [Int] = []
  private var chosenLengths: [Int] = []
  private var rejectedLengths: [Int] = []
  private var probabilities: [Float] = []
  private let groupNames: [String]
  /// The column of names that tells groups apart.
  private let groupColumn: PairColumn
  private var similarities: [PairSimilarity]?
  private var firstTokens: TokenShift.Extremes?

  /// Scores the given rows of a source, block by block.
  ///
  /// - Parameter alpha: the column with P(chosen ≻ rejected), if the source has it.
  init(
    _ scorer: PairScorer, _ source: any PairSource, _ rows: RowSet,
    alpha: PairColumn = .labelProbability, groups: PairColumn = .group, batchSize: Int,
    figures: DisplacementFigures = .init(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws(DataError) {
    var similarities: [PairSimilarity]? = figures.similarity ? [] : nil
    var shift = figures.topTokens > 0 ? scorer.tokenShift() : nil
    try self.init(
      source, rows, needs: scorer.needs, alpha: alpha, groups: groups, batchSize: batchSize,
      progress: progress
    ) {
      (block, _) throws(DataError) in
      if figures.similarity { similarities? += try scorer.similarities(of: block) }
      if var tally = shift {
        shift = nil
        try scorer.addFirstTokens(of: block, to: &tally)
        shift = tally
      }
      return try scorer.bound(to: source).score(block).judged
    }
    self.similarities = similarities
    firstTokens = shift.flatMap { scorer.extremes(of: $0, figures.topTokens) }
  }

  /// Rows of a set with scores that are known already.
  init(_ scores: ScoredPairs, _ pairs: PairSet) throws(DataError) {
    try self.init(pairs.source, pairs.rows, needs: pairs.reader.needs, batchSize: 1024) {
      (_, range) throws(DataError) in
      ScoredPairs(
        chosen: Array(scores.chosen[range]), rejected: Array(scores.rejected[range]))
    }
  }

  private init(
    _ source: any PairSource, _ rows: RowSet, needs: PairNeeds,
    alpha: PairColumn = .labelProbability, groups: PairColumn = .group, batchSize: Int,
    progress: (Int, Int) -> Void = { _, _ in },
    score: (PairBlock, Range<Int>) throws(DataError) -> ScoredPairs
  ) throws(DataError) {
    groupNames = groups == .annotator ? source.annotatorNames : source.groupNames
    groupColumn = groups
    var needs = needs
    needs.allowsUnlabelled = false
    needs.columns.formUnion(
      source.columns.intersection([groups, .weight, .labelProbability, alpha]))
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + batchSize)
      let block = try source.read((start..<end).map { rows[$0] }, needs)
      append(try score(block, start..<end), block)
      probabilities += block.columns[alpha] ?? []
      start = end
      progress(end, rows.count)
    }
  }

  private mutating func append(_ scored: ScoredPairs, _ block: PairBlock) {
    let ties = Set(block.ties)
    let soft = block.columns[.labelProbability]
    for pair in 0..<block.count {
      labels.append(ties.contains(pair) ? 0.5 : soft?[pair] ?? 1)
      if let texts = block.texts {
        chosenLengths.append(texts.chosen(pair).count)
        rejectedLengths.append(texts.rejected(pair).count)
      }
    }
    self.scored.append(scored)
    weights += block.columns[.weight] ?? []
    groups += (block.columns[groupColumn] ?? []).map { Int($0) }
  }

  /// For `EvaluationReport`; columns that say nothing are left out.
  func scores() throws(EvaluationError) -> PairScores {
    try PairScores(
      chosen: scored.chosen, rejected: scored.rejected,
      labels: labels.contains { $0 != 1 } ? labels : nil,
      weights: weights.isEmpty ? nil : weights, groups: groups.isEmpty ? nil : groups,
      groupNames: groupNames,
      lengths: chosenLengths.isEmpty
        ? nil : .init(chosen: chosenLengths, rejected: rejectedLengths))
  }

  /// Ranking accuracy, displacement and what goes with it, of policies.
  ///
  /// - Parameter beta: scale of the implicit reward.
  func policyReport(beta: Double) throws(EvaluationError) -> PolicyReport? {
    guard let logps = scored.logps else { return nil }
    func sides(_ values: [Float]) -> (chosen: [Float], rejected: [Float]) {
      (PairScorer.every(values, from: 0), PairScorer.every(values, from: 1))
    }
    let (chosen, rejected) = sides(logps.policy)
    // Without tokens there is nothing to divide by.
    let hasTokens = logps.lengths.allSatisfy { $0 >= 1 }
    var report = try PolicyReport(
      chosen: chosen, rejected: rejected, reference: logps.reference.map(sides),
      lengths: hasTokens ? sides(logps.lengths) : nil,
      probabilities: probabilities.isEmpty ? nil : probabilities, beta: beta,
      similarities: similarities)
    report.firstTokens = firstTokens
    return report
  }
}
