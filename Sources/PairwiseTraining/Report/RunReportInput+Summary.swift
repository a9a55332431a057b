internal import PairwiseConfig

extension RunReportInput {
  /// Says in sentences and key figures what came out.
  mutating func summarise(_ metrics: MetricReader, _ evaluation: ConfigNode?) {
    if let evaluation { summarise(evaluation) }
    guard let step = metrics.lastStep else { return }
    var sentence = "Trained for \(NumberText.count(Int(exactly: step) ?? 0)) steps"
    if let seconds = metrics.seconds { sentence += " in \(NumberText.duration(seconds))" }
    summary.append(sentence + ".")
    if let seconds = metrics.seconds {
      keyFigures.append(
        KeyFigure(
          label: "Training time", value: NumberText.duration(seconds),
          note: [
            "\(NumberText.count(Int(exactly: step) ?? 0)) steps",
            metrics.peakMemory.map { "at most \(NumberText.bytes($0)) of memory" },
          ].compactMap { $0 }.joined(separator: ", ")))
    }
    guard evaluation == nil, let last = series("eval_accuracy")?.points.last else { return }
    keyFigures.insert(
      Self.accuracyFigure(last.value, last.low.flatMap { low in last.high.map { (low, $0) } }),
      at: 0)
  }

  private mutating func summarise(_ evaluation: ConfigNode) {
    if let accuracy = overallAccuracy {
      let ends = evaluation["accuracy_ci"]?.numberPair
      keyFigures.append(Self.accuracyFigure(accuracy, ends))
      let rows = evaluation["n_\(unit)"]?.wholeNumber.map { "\(NumberText.count($0)) " } ?? ""
      let judges = unit == "pairs" ? "ranks" : "judges"
      var sentence =
        "This model \(judges) \(NumberText.percent(accuracy)) of \(rows)held-out \(unit) right"
      if let ends { sentence += Self.verdict(ends) }
      summary.append(sentence + ".")
    }
    if let area = evaluation["auc"]?.finiteNumber {
      keyFigures.append(
        KeyFigure(
          label: "Area under the curve", value: NumberText.fixed(area, 3),
          note: Self.interval(evaluation["auc_ci"]) { NumberText.fixed($0, 3) }))
      summary.append(
        "A desirable completion has the larger reward than an undesirable one in "
          + "\(NumberText.percent(area)) of all cases.")
    }
    if let loss = evaluation["log_loss"]?.finiteNumber {
      keyFigures.append(
        KeyFigure(
          label: "Log loss", value: NumberText.fixed(loss, 3),
          note: Self.interval(evaluation["log_loss_ci"]) { NumberText.fixed($0, 3) }
            + "; a coin has 0.693"))
    }
    if let error = evaluation["ece"]?.finiteNumber {
      let after = reliability?.errorAfter.map { "\(NumberText.fixed($0, 3)) after calibration" }
      keyFigures.append(
        KeyFigure(
          label: "Calibration error", value: NumberText.fixed(error, 3), note: after ?? "ECE"))
    }
    if let margin = marginMean {
      keyFigures.append(
        KeyFigure(
          label: "Mean margin", value: NumberText.significant(margin),
          note: Self.interval(evaluation["margin_mean_ci"]) { NumberText.significant($0) }))
    }
  }

  private static func accuracyFigure(
    _ accuracy: Double, _ ends: (low: Double, high: Double)?
  ) -> KeyFigure {
    let note = ends.map { ends in
      "95\u{A0}% interval "
        + Self.range(NumberText.fixed(ends.low * 100, 1), NumberText.percent(ends.high))
    }
    return KeyFigure(
      label: "Held-out accuracy", value: NumberText.percent(accuracy), note: note ?? "")
  }

  /// What the interval allows to be said about being better than a coin.
  private static func verdict(_ ends: (low: Double, high: Double)) -> String {
    let range = range(NumberText.fixed(ends.low * 100, 1), NumberText.percent(ends.high))
    let verdict =
      ends.low > 0.5
      ? "better than a coin"
      : ends.high < 0.5 ? "worse than a coin" : "too few to tell it from a coin"
    return " (95\u{A0}% interval \(range)): \(verdict)"
  }

  /// One line, never broken.
  private static func range(_ low: String, _ high: String) -> String {
    "\(low)\u{A0}to\u{A0}\(high)"
  }

  private static func interval(_ node: ConfigNode?, _ format: (Double) -> String) -> String {
    guard let ends = node?.numberPair else { return "" }
    return "95\u{A0}% interval " + range(format(ends.low), format(ends.high))
  }
}
