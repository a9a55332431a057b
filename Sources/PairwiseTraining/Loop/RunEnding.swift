internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels

/// What a run leaves when training is over: the final model with its calibration, and the evaluation.
struct RunEnding {
  let model: any RewardModel
  /// Fitted on the validation pairs; nil without them.
  let temperature: Double?
  let evaluation: ConfigNode?
  /// For the table at the end.
  let figures: [(name: String, value: Double, low: Double?, high: Double?)]

  /// Scores the validation pairs with the final model and fits the temperature.
  init(_ run: TrainRun, model: any RewardModel) throws {
    self.model = model
    guard let validation = run.data.validation,
      let result = try Evaluator.evaluate(
        model, validation, objective: run.config.objective,
        batchSize: run.config.trainer.evalBatchSize)
    else {
      (temperature, evaluation, figures) = (nil, nil, [])
      return
    }
    let scores = try PairScores(chosen: result.chosen, rejected: result.rejected)
    let report = try EvaluationReport(scores)
    evaluation = report.node
    temperature = run.config.trainer.calibrate ? report.temperature.value : nil
    let accuracy = report.accuracyInterval
    figures = [
      ("accuracy", report.statistics.accuracy ?? 0, accuracy?.low, accuracy?.high),
      (
        "log loss", report.statistics.logLoss ?? 0, report.logLossInterval.low,
        report.logLossInterval.high
      ),
      ("ECE", report.calibration.expectedError, nil, nil),
      ("ECE calibrated", report.calibrated.expectedError, nil, nil),
      ("Brier", report.statistics.brier ?? 0, report.brierInterval.low, report.brierInterval.high),
      ("temperature", report.temperature.value, nil, nil),
    ]
  }

  /// Writes `final/` and `evaluation.json`, each in full or not at all.
  func write(to folder: RunFolder) throws(DataError) {
    try Checkpoint.writeFolder("final", in: folder) { (path) throws(DataError) in
      try ModelDirectory.save(model, temperature: temperature, to: path)
    }
    if let evaluation {
      var writer = JSONWriter(.pretty)
      writer.write(evaluation)
      writer.endLine()
      try folder.write(writer.bytes, to: folder.evaluation)
    }
  }
}
