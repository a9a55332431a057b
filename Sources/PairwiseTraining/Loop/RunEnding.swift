internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseObjectives
internal import PairwiseTensor

/// What a run leaves when training is over: the final model with its calibration, and the evaluation.
struct RunEnding {
  let model: any Model
  /// Of whose pairs the model reads some.
  private let train: PairSet
  /// Fitted on the validation pairs; nil without them.
  let temperature: Double?
  /// Scale of a policy's implicit reward; nil of reward models.
  let beta: Double?
  let evaluation: ConfigNode?
  /// For the table at the end.
  let figures: [(name: String, value: Double, low: Double?, high: Double?)]

  /// Judges the final model on the validation pairs and fits the temperature.
  ///
  /// - Parameters:
  ///   - evaluated: what this very model made of the validation pairs, if that is known.
  ///   - state: what the objective carries from batch to batch.
  ///   - reference: the reference, where it runs beside the policy.
  init(
    _ run: TrainRun, model: any Model, evaluated: Evaluated?, state: [InputName: Tensor],
    reference: LiveReference?
  ) throws {
    (self.model, train) = (model, run.data.train)
    beta = run.config.objective.rewardScale
    guard let validation = run.data.validation else {
      (temperature, evaluation, figures) = (nil, nil, [])
      return
    }
    let result =
      try evaluated
      ?? Evaluator.evaluate(
        model, validation, objective: run.config.objective, state: state, reference: reference,
        batchSize: run.config.trainer.evalBatchSize)
    if validation.plan.isUnpaired {
      let report = try CompletionReport(
        desirable: result.chosen.map { Double($0) }, undesirable: result.rejected.map { Double($0) }
      )
      (temperature, evaluation) = (nil, report.node)
      figures = RunEnding.figures(report)
      return
    }
    if validation.plan.slate != nil {
      let report = try SlateReport(result.slates)
      (temperature, evaluation) = (nil, report.node)
      figures = report.figures + [("loss", result.loss, nil, nil)]
      return
    }
    // Nothing is compared where only chosen completions are read.
    guard result.accuracyInterval != nil || (model is any RewardModel && validation.count > 0)
    else {
      (temperature, evaluation, figures) = (nil, nil, [("loss", result.loss, nil, nil)])
      return
    }
    func set(_ rewards: SideRewards) throws -> PairScores {
      try ScoredSet(
        ScoredPairs(chosen: rewards.chosen, rejected: rewards.rejected), validation
      ).scores()
    }
    let own = SideRewards(chosen: result.chosen, rejected: result.rejected)
    let scores = try set(own)
    let report = try EvaluationReport(scores)
    evaluation = try RunEnding.node(report, scores, validation)
    figures = RunEnding.figures(report)
    // Kept for what `score` gives, which knows no objective.
    let kept =
      own == result.scores ? report.temperature : Temperature(fitting: try set(result.scores))
    // Where every pair comes out right no finite scale is best; scores are left as they are.
    temperature =
      run.config.trainer.calibrate && kept.outcome != .separable ? kept.value : nil
  }

  private static func figures(_ report: CompletionReport)
    -> [(name: String, value: Double, low: Double?, high: Double?)]
  {
    let area = report.area.map {
      ("AUC", $0.value, report.areaInterval?.low, report.areaInterval?.high)
    }
    return [area].compactMap(\.self) + figures(report.report)
  }

  private static func figures(_ report: EvaluationReport)
    -> [(name: String, value: Double, low: Double?, high: Double?)]
  {
    var figures: [(name: String, value: Double, low: Double?, high: Double?)] = []
    func add(_ name: String, _ value: Double?, _ interval: Interval? = nil) {
      if let value { figures.append((name, value, interval?.low, interval?.high)) }
    }
    add("accuracy", report.statistics.accuracy, report.accuracyInterval)
    add("log loss", report.statistics.logLoss, report.logLossInterval)
    add("Brier", report.statistics.brier, report.brierInterval)
    add("ECE", report.calibration.expectedError)
    add("ECE calibrated", report.calibrated.expectedError)
    // At an end of its range it says nothing that the figures above do not say.
    if report.temperature.outcome == .optimum { add("temperature", report.temperature.value) }
    return figures
  }

  /// The evaluation with the pairs that were ranked furthest wrong, where there are texts to show.
  private static func node(
    _ report: EvaluationReport, _ scores: PairScores, _ validation: PairSet
  ) throws(DataError) -> ConfigNode {
    let worst = scores.worstRows(12)
    guard validation.source.hasTexts, !worst.isEmpty, case .table(var entries) = report.node.value
    else { return report.node }
    let block = try validation.source.read(
      worst.map { validation.rows[$0] }, PairNeeds(texts: true))
    guard let texts = block.texts else { return report.node }
    let margins = scores.margins
    let pairs = worst.enumerated().map { index, row in
      RunReportInput.WorstPair(
        prompt: String(decoding: texts.prompt(index), as: UTF8.self),
        chosen: String(decoding: texts.chosen(index), as: UTF8.self),
        rejected: String(decoding: texts.rejected(index), as: UTF8.self), margin: margins[row]
      ).node
    }
    entries.append(.init(key: "worst_pairs", value: ConfigNode(.list(pairs))))
    return ConfigNode(.table(entries))
  }

  /// Writes `final/` and `evaluation.json`, each in full or not at all.
  func write(to folder: RunFolder) throws(DataError) {
    try Checkpoint.writeFolder("final", in: folder) { (path) throws(DataError) in
      try model.own.saveFinal(to: path, SavedNotes(temperature: temperature, beta: beta))
      try ServingContext.write(train, to: path)
    }
    if let evaluation {
      var writer = JSONWriter(.pretty)
      writer.write(evaluation)
      writer.endLine()
      try folder.write(writer.bytes, to: folder.evaluation)
    }
  }
}
