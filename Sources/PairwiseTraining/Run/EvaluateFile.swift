internal import PairwiseData
public import PairwiseEvaluation
internal import PairwiseModels

/// Evaluates a saved model on a file of pairs, of ranked candidates, or of single completions with labels.
public enum EvaluateFile {
  /// What was found, by what the file holds.
  public enum Result: Sendable {
    case pairs(EvaluationReport)
    case completions(CompletionReport)
    case slates(SlateReport)
  }

  /// Scores the rows of a split (or all) and computes every figure with its interval.
  ///
  /// - Parameters:
  ///   - alpha: the column with P(chosen ≻ rejected); nil: soft labels if the data has them.
  ///   - groupColumn: the column of a text file to group by; nil: `group` or `data_subset`.
  ///   - sections: a benchmark whose subsets the groups are.
  ///   - needsPairs: what was asked for that only pairs have, as messages call it; nil: nothing.
  ///   - note: takes a sentence that the user should see.
  public static func run(
    _ scorer: PairScorer, data path: String, split: String? = nil, alpha: String? = nil,
    groupColumn: String? = nil, sections: SectionScheme? = nil,
    batchSize: Int = 1024, figures: DisplacementFigures = .init(), needsPairs: String? = nil,
    note: (String) -> Void = { _ in }, progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> Result {
    var columns = ColumnDemand.customary
    if let column = alpha.map({ PairColumn($0) }), !PairColumn.builtIn.contains(column) {
      columns.numbers.insert(column)
    }
    // Annotators have a column of their own, which models may read as well.
    let byAnnotator = groupColumn == PairColumn.annotator.rawValue
    let file = try DataFile.open(
      path, dropInvalid: false, keepEmpty: scorer.needs.messages, columns: columns,
      groupColumn: byAnnotator ? nil : groupColumn, cache: nil)
    let rows = try PairScorer.rows(of: split, file.source, path)
    try scorer.refuseStrangers(in: file.source, rows, file: path, place: file.place)
    if file.source.isUnpaired {
      if let needsPairs {
        throw DataError(
          .invalid, file: path, "\(needsPairs) needs pairs, the data has single completions")
      }
      return .completions(
        try scorer.evaluateCompletions(
          file.source, split: split, named: path, batchSize: batchSize, progress: progress))
    }
    if file.source.slateCount != nil {
      if let needsPairs {
        throw DataError(
          .invalid, file: path, "\(needsPairs) needs pairs, the data has ranked candidates")
      }
      return .slates(
        try scorer.evaluateSlates(
          file.source, split: split, named: path, batchSize: batchSize, progress: progress))
    }
    scorer.remark(on: scorer.strangers(in: file.source)).map(note)
    return .pairs(
      try scorer.evaluate(
        file.source, split: split, alpha: alpha, sections: sections,
        groups: byAnnotator ? .annotator : .group, named: path, batchSize: batchSize,
        figures: figures, progress: progress))
  }

  /// Adds to a report of pairs how the model fares when it is told nobody's name, or somebody else's.
  ///
  /// - Throws: as `run`, and if the model goes by no names.
  public static func addContexts(
    to report: inout EvaluationReport, _ scorer: PairScorer, data path: String,
    split: String? = nil, batchSize: Int = 1024
  ) throws {
    guard let model = scorer.model as? any AdaptiveRewardModel, !model.headNeeds.names.isEmpty
    else {
      throw DataError(
        .invalid, file: path, "--contexts needs a model that goes by annotators or groups")
    }
    func told(_ telling: ConditionedReader.Telling) throws -> PairStatistics? {
      var scorer = scorer
      scorer.telling = telling
      guard
        case .pairs(let report) = try run(scorer, data: path, split: split, batchSize: batchSize)
      else { return nil }
      return report.statistics
    }
    guard let without = try told(.nothing), let wrong = try told(.another) else { return }
    report.contexts = try ContextComparison(without: without, wrong: wrong)
  }

  /// Adds to a report of pairs how the groups fare with another model, which is not told who judges.
  ///
  /// - Throws: as `run`, and where there are no groups of 20 pairs.
  public static func compare(
    _ report: inout EvaluationReport, with generic: PairScorer, data path: String,
    split: String? = nil, groupColumn: String? = nil, batchSize: Int = 1024
  ) throws {
    let other = try run(
      generic, data: path, split: split, groupColumn: groupColumn,
      batchSize: batchSize)
    guard case .pairs(let plain) = other, let own = report.groups, let groups = plain.groups,
      let comparison = try GenericComparison(own, generic: groups)
    else {
      throw DataError(
        .invalid, file: path, "--generic needs groups of 20 pairs with a winner at least")
    }
    report.generic = comparison
  }
}
