internal import PairwiseConfig
internal import PairwiseEvaluation
internal import PairwiseTraining

extension ComparisonReport {
  /// More pictures than this say no more.
  private static let mostPictures = 12

  /// The primary measure along training, a picture a place.
  var curveFigures: [Figure] {
    summary.places.prefix(Self.mostPictures).enumerated().compactMap { index, place in
      let series = facts.objectives.indices.map { objective in
        CurveChart.Series(
          name: summary.label(objective), style: SeriesStyle(objective),
          points: curve(objective, point(place, objective)))
      }
      let text = summary.text(place)
      let name = ComparisonWords.name(measure)
      var chart = CurveChart(
        id: "curve-\(index)", title: text.isEmpty ? name : "\(name) at \(text)", xName: "step",
        tableHead: "\(name), mean over seeds with \(level) interval", series: series)
      if index == Self.mostPictures - 1, summary.places.count > Self.mostPictures {
        chart.note = "The first \(Self.mostPictures) of \(summary.places.count) places."
      }
      return chart.figure
    }
  }

  /// The point of the grid that stands for an objective at a place: with its best choice.
  private func point(_ place: ComparisonSummary.Place, _ objective: Int) -> Int? {
    switch place {
    case .point(let point): point
    case .condition(let condition):
      grid.points(of: condition).first { point in
        grid.points[point].choice == summary.bestChoices[objective]
      }
    case .everywhere: nil
    }
  }

  private func curve(_ objective: Int, _ point: Int?) -> [MetricSeries.Point] {
    guard let point else { return [] }
    let label = summary.label(objective)
    let curves = summary.runs.compactMap { run -> ComparedRun.Curve? in
      guard run.objective == label, grid.index(of: run.settings) == point else { return nil }
      return run.curves.first { $0.name == facts.primary }
    }
    guard let steps = curves.first?.steps else { return [] }
    return steps.enumerated().compactMap { index, step in
      let found = curves.compactMap { curve in
        index < curve.steps.count && curve.steps[index] == step ? curve.values[index] : nil
      }
      return self.point(at: Double(step), found)
    }
  }

  private func point(at x: Double, _ found: [Double]) -> MetricSeries.Point? {
    guard !found.isEmpty, found.allSatisfy({ abs($0) <= 1e100 }) else { return nil }
    let interval = (try? Interval.student(of: found, level: facts.level)) ?? nil
    return MetricSeries.Point(
      step: x, value: found.reduce(0) { $0 + $1 / Double(found.count) }, low: interval?.low,
      high: interval?.high)
  }

  // MARK: Sensitivity

  /// Keys of the grid that take several values.
  private var keys: [ComparisonFacts.GridKey] { facts.grid.filter { $0.values.count > 1 } }

  private func note(_ key: ComparisonFacts.GridKey) -> String? {
    var notes: [String] = []
    if keys.count > 1 { notes.append("Averaged over the other keys of the grid.") }
    if grid.choices.count > 1, key.isCondition {
      notes.append("Each objective has the settings that are best on the other seeds.")
    }
    return notes.isEmpty ? nil : notes.joined(separator: " ")
  }

  var sensitivityFigures: [Figure] {
    keys.enumerated().compactMap { index, key in
      let name = grid.names.first { $0.key == key.key }?.name ?? key.key
      let positions = self.positions(key.values)
      let series = facts.objectives.indices.map { objective in
        CurveChart.Series(
          name: summary.label(objective), style: SeriesStyle(objective),
          points: zip(key.values, positions).compactMap { value, x in
            point(at: x, bySeed(objective, key, value))
          })
      }
      var chart = CurveChart(
        id: "sensitivity-\(index)",
        title: "\(ComparisonWords.name(measure)) against \(name)", xName: name,
        tableHead: "\(ComparisonWords.name(measure)), mean over seeds with \(level) interval",
        series: series)
      chart.note = note(key)
      chart.ticks = zip(key.values, positions).map {
        ($1, HTMLText.shortened($0.plainText, to: 12))
      }
      return chart.figure
    }
  }

  /// Where values stand: where they are if they are spread evenly enough, else one apart.
  private func positions(_ values: [ConfigNode]) -> [Double] {
    let numbers = values.compactMap(\.double)
    let sorted = numbers.sorted()
    let gaps = zip(sorted.dropFirst(), sorted).map { $0 - $1 }
    guard numbers.count == values.count, let least = gaps.min(), let most = gaps.max(), least > 0,
      most <= 6 * least
    else { return values.indices.map { Double($0) } }
    return numbers
  }

  /// The mean over all places with this value of the key, for each seed that has them all.
  private func bySeed(
    _ objective: Int, _ key: ComparisonFacts.GridKey, _ value: ConfigNode
  ) -> [Double] {
    func matches(_ settings: [ComparedRun.Setting]) -> Bool {
      settings.contains { $0.key == key.key && $0.value.identity == value.identity }
    }
    let columns: [[Double?]] =
      key.isCondition
      ? grid.conditions.indices.filter { matches(grid.conditions[$0].settings) }.map { condition in
        values.tuned(
          summary.primary, by: summary.primary, lowerIsBetter: measure.better == .lower,
          at: grid.points(of: condition))[objective]
      }
      : grid.points.indices.filter { matches(grid.points[$0].settings) }.map { point in
        values.filled[summary.primary][objective][point]
      }
    return summary.seeds.indices.compactMap { seed in
      let found = columns.compactMap { $0[seed] }
      guard found.count == columns.count, !found.isEmpty else { return nil }
      return found.reduce(0) { $0 + $1 / Double(found.count) }
    }
  }
}
