internal import PairwiseEvaluation
internal import PairwiseTraining

extension ComparisonReport {
  /// More curves in one picture cannot be told apart.
  private static let mostSides = 4

  /// Reliability of the best objectives, and accuracy by group.
  var heldOutFigures: [Figure] { [reliabilityFigure, groupFigure].compactMap { $0 } }

  /// Objectives by mean rank, or as the config has them.
  private var byRank: [Int] {
    guard let ranks = summary.ranks else { return Array(facts.objectives.indices) }
    return facts.objectives.indices.sorted { (ranks.means[$0], $0) < (ranks.means[$1], $1) }
  }

  private var reliabilityFigure: Figure? {
    let sides = byRank.prefix(Self.mostSides).map { objective in
      let bins = heldOut.bins(objective)
      return ReliabilityDiagram.Side(
        name: summary.label(objective), bins: bins,
        expectedError: Calibration.errors(of: bins).expected,
        colour: objective + 1)
    }
    var note =
      "On the dashed line, what is called 80\u{A0}% sure comes true 80\u{A0}% of the time. Runs of an "
      + "objective are put together; counts and whiskers are those of one."
    if facts.objectives.count > Self.mostSides {
      note += " The \(Self.mostSides) that rank first."
    }
    return ReliabilityDiagram(
      id: "reliability", title: "Are their probabilities right?", sides: sides, note: note
    ).figure
  }

  private var groupFigure: Figure? {
    let rows = heldOut.groups.flatMap { group in
      facts.objectives.indices.compactMap { objective in
        heldOut.accuracy(objective, in: group).map {
          IntervalChart.Row(
            name: "\(group), \(summary.label(objective))", count: $0.count, value: $0.mean,
            low: $0.low, high: $0.high, isCounted: $0.isCounted)
        }
      }
    }
    return IntervalChart(id: "groups", title: "Accuracy by group", rows: rows).figure
  }

  var heldOutContent: Markup {
    guard heldOut.count > 0 else { return "" }
    return ReportPart.grid(heldOutFigures) + groupTable + wrongPairs
  }

  /// Groups down, objectives across, the worst group of each marked.
  private var groupTable: Markup {
    let groups = heldOut.groups
    guard !groups.isEmpty else { return "" }
    let order = byRank
    let rows = groups.prefix(200).map { group -> Markup in
      let cells = order.map { objective -> Markup in
        guard let found = heldOut.accuracy(objective, in: group) else { return "<td>–</td>" }
        let half = (found.high - found.low) / 2
        return """
          <td>\(NumberText.percent(found.mean))<small> ±\(NumberText.fixed(half * 100, 1))</small></td>
          """
      }
      return
        "<tr><th scope=\"row\"><bdi>\(HTMLText.shortened(group, to: 60))</bdi></th>\(cells)</tr>\n"
    }
    return ReportPart.table(
      caption: "Accuracy on held-out pairs by group", head: ["Group"] + order.map(summary.label),
      words: ["Group"], rows: rows)
  }

  private var wrongPairs: Markup {
    let pairs = heldOut.wrongPairs(6).filter { $0.runs > 1 }
    guard !pairs.isEmpty else { return "" }
    let cards = pairs.map { wrong in
      ReportPart.wrongPair(
        wrong.pair,
        badge:
          "\(wrong.runs) of \(heldOut.count) runs, margin \(NumberText.significant(wrong.margin))")
    }
    return """
      <h3>What most of them get wrong</h3>
      <p class="note">Pairs that are among the furthest wrong of many runs: hard ones, or wrong labels.</p>
      <div class="pairs">
      \(cards)</div>

      """
  }
}
