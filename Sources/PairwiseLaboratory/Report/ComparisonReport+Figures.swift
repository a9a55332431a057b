internal import PairwiseEvaluation
internal import PairwiseTraining

extension ComparisonReport {
  /// Mean ranks of all objectives.
  var rankFigure: Figure? {
    guard let ranks = summary.ranks, let best = summary.best else { return nil }
    let rows = facts.objectives.indices.map { objective in
      RankChart.Row(
        name: summary.label(objective), style: SeriesStyle(objective), rank: ranks.means[objective],
        low: ranks.intervals[objective]?.low, high: ranks.intervals[objective]?.high,
        isLevel: objective == best.objective || best.level.contains(objective))
    }
    var note =
      "Ranks by \(ComparisonWords.name(measure)), averaged over \(conditionsText) and seeds."
    if !best.level.isEmpty { note += " The box holds those that are not told apart from the best." }
    if let p = ranks.pValue {
      note += " Were all alike, ranks would differ as much with \(ComparisonWords.p(p)) (Friedman)."
    }
    return RankChart(id: "ranks", title: "Who ranks first", rows: rows, note: note).figure
  }

  private var conditionsText: String {
    grid.conditions.count > 1 ? "\(grid.conditions.count) conditions" : "runs"
  }

  /// Differences from the baseline, place by place and over all.
  var differenceFigures: [Figure] {
    var places = summary.places
    if summary.differences.contains(where: { $0.place == .everywhere }) {
      places.append(.everywhere)
    }
    let groups = places.map { place in
      DifferenceChart.Group(
        title: place == .everywhere ? "mean of all conditions" : summary.text(place),
        rows: facts.objectives.indices.compactMap { row($0, place) })
    }
    let sides =
      switch measure.better {
      case .lower: ("← better", "worse →")
      case .higher: ("← worse", "better →")
      case .neither: ("← less", "more →")
      }
    var chart = DifferenceChart(
      id: "differences", title: "Difference from \(facts.baseline)",
      xName: "\(ComparisonWords.name(measure)), difference from \(facts.baseline)", sides: sides,
      groups: groups)
    chart.note = "With \(level) intervals, seed by seed. Hollow: no real difference."
    return [chart.figure].compactMap { $0 }
  }

  private func row(_ objective: Int, _ place: ComparisonSummary.Place) -> DifferenceChart.Row? {
    guard let found = summary.difference(objective, place, summary.primary) else { return nil }
    let meaning: DifferenceChart.Meaning =
      switch found.verdict {
      case .better: .better
      case .worse: .worse
      case .differs: .different
      case .undecided, .untested: .unclear
      }
    let mean = found.paired.mean
    return DifferenceChart.Row(
      name: summary.label(objective), value: mean, low: found.paired.interval?.low ?? mean,
      high: found.paired.interval?.high ?? mean, meaning: meaning)
  }

  /// What is gained, and what it costs in divergence from the start; nil where one is not measured.
  private var exchange: (gain: Int, cost: Int)? {
    let measures = facts.measures
    let cost = measures.firstIndex { $0.name == "kl" || $0.name.hasPrefix("kl_") }
    let gain =
      measures.firstIndex { $0.better == .higher && $0.name.contains("reward") }
      ?? measures.firstIndex {
        $0.better == .lower && ($0.name.contains("regret") || $0.name.contains("suboptimality"))
      } ?? measures.firstIndex { $0.better == .higher }
    guard let gain, let cost, gain != cost else { return nil }
    return (gain, cost)
  }

  /// Gain against divergence at each condition, where both are measured.
  var frontFigures: [Figure] {
    guard let (gain, cost) = exchange else { return [] }
    let sign = facts.measures[gain].better == .lower ? -1.0 : 1
    return grid.conditions.indices.prefix(6).compactMap { condition in
      let points = grid.points(of: condition)
      let found = points.flatMap { point in
        facts.objectives.indices.compactMap { objective in
          dot(objective, point, cost, gain, isAlone: points.count == 1)
        }
      }
      let dots = found.map { dot in
        var dot = dot
        dot.isOnFront = !found.contains {
          ParetoFront.dominates([-$0.x.mean, sign * $0.y.mean], [-dot.x.mean, sign * dot.y.mean])
        }
        return dot
      }
      let place = grid.conditions[condition].text
      let name = ComparisonWords.name(facts.measures[gain])
      return FrontPanel(
        xName: "\(ComparisonWords.name(facts.measures[cost])), divergence from the start",
        yName: "\(name), \(sign < 0 ? "lower" : "higher") is better", hasStairs: false, dots: dots
      ).figure(id: "front-\(condition)", title: place.isEmpty ? name : "\(name) at \(place)")
    }
  }

  private func dot(
    _ objective: Int, _ point: Int, _ divergence: Int, _ reward: Int, isAlone: Bool
  ) -> FrontPanel.Dot? {
    guard let x = summary.cell(objective, point, divergence), let across = x.mean,
      let y = summary.cell(objective, point, reward), let up = y.mean
    else { return nil }
    let choice = grid.choices[grid.points[point].choice].text
    return FrontPanel.Dot(
      name: summary.label(objective) + (isAlone || choice.isEmpty ? "" : " " + choice),
      x: .init(across, low: x.interval?.low, high: x.interval?.high),
      y: .init(up, low: y.interval?.low, high: y.interval?.high), isOnFront: false)
  }
}
