internal import RealModule

extension RunReport {
  /// Curves over the steps: loss and accuracy with their evaluations, then how training went.
  var trainingCharts: Markup {
    let (large, others) = trainingFigures
    guard others.count == 3 else { return ReportPart.grid(large + others) }
    return ReportPart.grid(large) + ReportPart.grid(others, style: "thirds")
  }

  /// Three others are narrow, to stand side by side.
  var trainingFigures: (large: [Figure], others: [Figure]) {
    let large = [
      curves(id: "loss", title: "Loss", training: "loss", evaluation: "eval_loss") {
        $0.reference = input.undecidedLoss.map { loss in
          (loss, abs(loss - Double.log(2)) < 1e-12 ? "ln 2: a coin" : "undecided")
        }
        $0.best = best("eval_loss") { $0 < $1 }
      },
      curves(
        id: "accuracy", title: "Accuracy", training: "accuracy", evaluation: "eval_accuracy"
      ) {
        $0.isPercent = true
        $0.reference = (0.5, "a coin")
        $0.best = best("eval_accuracy") { $0 > $1 }
      },
    ].compactMap { $0 }
    var others = [
      curves(id: "margin", title: "Margin", training: "margin", evaluation: "eval_margin"),
      curves(id: "grad-norm", title: "Gradient norm", training: "grad_norm"),
      curves(id: "learning-rate", title: "Learning rate", training: "learning_rate"),
    ].compactMap { $0 }
    for index in others.indices { others[index].isSmall = others.count == 3 }
    return (large.compactMap(\.figure), others.compactMap(\.figure))
  }

  /// Nil when neither curve has a point.
  private func curves(
    id: String, title: String, training: String, evaluation: String? = nil,
    adjust: (inout LineChart) -> Void = { _ in }
  ) -> LineChart? {
    var lines: [LineChart.Line] = []
    if let series = input.series(training) {
      let kind: LineChart.Line.Kind = training == "learning_rate" ? .exact : .noisy
      lines.append(.init("training", kind, series, colour: 1))
    }
    let measured = evaluation.flatMap { input.series($0) }
    if let measured { lines.append(.init("held out", .measured, measured, colour: 2)) }
    var chart = LineChart(id: id, title: title, lines: lines)
    adjust(&chart)
    if let measured {
      chart.table = table(of: measured, title: title, isPercent: chart.isPercent)
    }
    return chart.lines.isEmpty ? nil : chart
  }

  /// Index of the first best point of an evaluation, as the chart counts them.
  private func best(_ name: String, _ isBetter: (Double, Double) -> Bool) -> Int? {
    guard let points = input.series(name)?.drawable, points.count > 1 else { return nil }
    return points.indices.dropFirst().reduce(0) { best, index in
      isBetter(points[index].value, points[best].value) ? index : best
    }
  }

  private func table(of series: MetricSeries, title: String, isPercent: Bool) -> Markup {
    let format = { (value: Double) in
      isPercent ? NumberText.percent(value, 2) : NumberText.significant(value, 4)
    }
    return """
      <table><caption>\(title) on held-out \(input.unit)</caption><thead><tr><th scope="col">Step</th>\
      <th scope="col">Value</th><th scope="col">95\u{A0}% interval</th></tr></thead>\
      <tbody>\(Smoothing.thinned(series.drawable, to: 200).map { point -> Markup in
        let interval = point.low.flatMap { low in
          point.high.map { "\(format(low)) – \(format($0))" }
        }
        return """
          <tr><td>\(NumberText.fixed(point.step, 0))</td><td>\(format(point.value))</td>\
          <td>\(interval ?? "–")</td></tr>
          """
      })</tbody></table>
      """
  }

  /// What the finished model does on pairs kept apart.
  var evaluationCharts: Markup { ReportPart.columns(evaluationFigures) }

  /// By column.
  var evaluationFigures: [[Figure]] {
    let groups = IntervalChart(
      id: "groups", title: "Accuracy by group",
      rows: input.groups.map {
        .init(
          name: $0.name, count: $0.count, value: $0.accuracy, low: $0.low, high: $0.high,
          isCounted: $0.isCounted)
      }, overall: input.overallAccuracy)
    return [[reliability], [margins, groups.figure]].map { $0.compactMap { $0 } }
  }

  private var reliability: Figure? {
    guard let reliability = input.reliability else { return nil }
    var sides: [ReliabilityDiagram.Side] = []
    sides.append(
      .init(
        name: reliability.after.isEmpty ? "scores" : "scores as they are",
        bins: reliability.before, expectedError: reliability.errorBefore, colour: 2))
    let divisor = reliability.temperature.map { " by " + NumberText.significant($0) } ?? ""
    sides.append(
      .init(
        name: "divided\(divisor)", bins: reliability.after,
        expectedError: reliability.errorAfter, colour: 1))
    return ReliabilityDiagram(
      id: "reliability", title: "Are its probabilities right?", sides: sides,
      note: "On the dashed line, what is called 80\u{A0}% sure comes true 80\u{A0}% of the time. "
        + "Whiskers are 95\u{A0}% intervals, hollow dots stand for fewer than "
        + "\(ReliabilityDiagram.few) pairs."
        + (reliability.isFittedHere ? " The divisor was fitted to these very pairs." : "")
    ).figure
  }

  private var margins: Figure? {
    guard let histogram = input.margins else { return nil }
    var chart = HistogramChart(id: "margins", title: "Score margins", histogram: histogram)
    chart.mean = input.marginMean
    chart.right = input.rightShare
    chart.wrong = input.wrongShare
    return chart.figure
  }
}
