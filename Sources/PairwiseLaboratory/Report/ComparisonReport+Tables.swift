internal import PairwiseEvaluation
internal import PairwiseTraining

extension ComparisonReport {
  /// The primary measure: objectives across and places down, so that it grows downwards.
  var mainTable: Markup {
    let order =
      summary.ranks.map { ranks in
        facts.objectives.indices.sorted { (ranks.means[$0], $0) < (ranks.means[$1], $1) }
      } ?? Array(facts.objectives.indices)
    let rows = summary.places.prefix(200).map { place -> Markup in
      let text = summary.text(place)
      return """
        <tr><th scope="row">\(text.isEmpty ? ComparisonWords.name(measure) : text)</th>\
        \(order.map { cell($0, place) })</tr>

        """
    }
    let signs: Markup = """
      <p class="note">Bold: the best. <span class="sign c1">+</span>really better than \
      \(facts.baseline), <span class="sign c2">−</span>really worse. ± is half the \(level) interval \
      over seeds.</p>

      """
    return ReportPart.table(
      caption: "\(ComparisonWords.name(measure)) at the end of training",
      head: [grid.points.count > 1 ? "At" : ""] + order.map(summary.label),
      words: ["At", ""], rows: rows) + signs
  }

  private func cell(_ objective: Int, _ place: ComparisonSummary.Place) -> Markup {
    let difference = summary.difference(objective, place, summary.primary)
    let condition: Int
    var half: Double?
    switch place {
    case .point(let point):
      half = summary.cell(objective, point, summary.primary)?.interval.map { $0.width / 2 }
      condition = grid.points[point].condition
    case .condition(let index): condition = index
    case .everywhere: return ""
    }
    guard let mean = self.mean(objective, place) else { return "<td>failed</td>" }
    let isBest =
      summary.winners[condition].map { best in
        objective == best.objective || mean == self.mean(best.objective, place)
      } ?? false
    let sign: Markup =
      switch difference?.verdict {
      case .better: "<span class=\"sign c1\">+</span>"
      case .worse: "<span class=\"sign c2\">−</span>"
      default: "<span class=\"sign\"></span>"
      }
    let spread: Markup = half.map { "<small> ±\(NumberText.significant($0, 2))</small>" } ?? ""
    return """
      <td\(isBest ? " class=\"best\"" : "" as Markup)>\(NumberText.significant(mean))\(spread)\(sign)</td>
      """
  }

  private func mean(_ objective: Int, _ place: ComparisonSummary.Place) -> Double? {
    if case .point(let point) = place {
      return summary.cell(objective, point, summary.primary)?.mean
    }
    if let own = summary.difference(objective, place, summary.primary) { return own.mean }
    return summary.differences.first { $0.place == place && $0.measure == summary.primary }?
      .baseline
  }

  /// Every measure of every objective at every point.
  var numbersTable: Markup {
    let limit = 400
    let many = summary.cells.count > limit
    let rows = summary.cells.prefix(limit).map { cell -> Markup in
      let found = summary.difference(cell.objective, .point(cell.point), cell.measure)
      let verdict =
        found.map { $0.verdict == .undecided ? "not told apart" : $0.verdict.rawValue } ?? ""
      let p = found?.adjusted.map { NumberText.significant($0, 2) } ?? ""
      return """
        <tr><th scope="row">\(summary.label(cell.objective))</th>\
        <td class="words">\(grid.text(cell.point))</td>\
        <td class="words">\(ComparisonWords.name(facts.measures[cell.measure]))</td>\
        <td>\(cell.mean.map { ComparisonWords.value($0, cell.interval) } ?? "failed")</td>\
        <td>\(found.map { ComparisonWords.value($0.paired.mean, $0.paired.interval) } ?? "")</td>\
        <td>\(p)</td><td class="words">\(verdict)</td></tr>

        """
    }
    let table = ReportPart.table(
      caption:
        "Means and differences from \(facts.baseline), with \(level) intervals; p after Holm's correction",
      head: ["Objective", "Setting", "Measure", "Mean", "Difference", "p", "Verdict"],
      words: ["Objective", "Setting", "Measure", "Verdict"], rows: rows)
    let more: Markup =
      many
      ? "<p class=\"note\">The first \(limit) of \(summary.cells.count) rows; summary.csv has all.</p>\n"
      : ""
    return """
      <details class="numbers"><summary>\(NumberText.count(min(limit, summary.cells.count))) rows</summary>
      \(table)\(more)</details>

      """
  }

  var definitions: Markup {
    let objectives = facts.objectives.map { objective -> Markup in
      let role = objective.label == facts.baseline ? "baseline" : ""
      return """
        <tr><th scope="row">\(objective.label)</th><td class="words">\(objective.name)</td>\
        <td class="words">\(objective.parameters.isEmpty ? "defaults" : objective.parameters)</td>\
        <td class="words">\(role)</td></tr>

        """
    }
    let measures = facts.measures.map { measure -> Markup in
      """
      <tr><th scope="row">\(ComparisonWords.name(measure))</th>\
      <td class="words">\(measure.summary)</td>\
      <td class="words">\(measure.better == .neither ? "neither" : measure.better.rawValue)</td></tr>

      """
    }
    return ReportPart.table(
      caption: "Objectives", head: ["Label", "Objective", "Parameters", "Role"],
      words: ["Label", "Objective", "Parameters", "Role"], rows: objectives)
      + ConfigDifference(
        names: facts.objectives.map(\.label), rows: facts.differences
      ).table(caption: "Where their configs differ, defaults filled in")
      + ReportPart.table(
        caption: "Measures", head: ["Name", "Meaning", "Better"],
        words: ["Name", "Meaning", "Better"], rows: measures)
  }

  var reproduction: Markup {
    var parts: [Markup] = []
    if let command { parts.append(ReportPart.block(title: "Command", command)) }
    if let configText {
      parts.append(
        ReportPart.block(title: "Config", HTMLText.shortened(configText, to: 100_000)))
    }
    return parts.joined() + ReportPart.environment(environment)
  }
}
