internal import PairwiseEvaluation
internal import PairwiseTraining

extension ComparisonSummary {
  /// A table for a terminal: rows of cells under a head, all of the head's length.
  public struct Table: Sendable, Equatable {
    public var head: [String]
    public var rows: [[String]]
    /// What signs in it mean; empty without any.
    public var legend: String
  }

  /// The primary measure: objectives down, up to six places across; with more, one row a place and objective.
  public var table: Table {
    let places = places
    if places.count <= 6 { return wide(places) }
    let head = ["place", "objective", facts.primary, "difference", "p", ""]
    let rows = places.flatMap { place in
      facts.objectives.indices.map { objective -> [String] in
        let difference = difference(objective, place, primary)
        let paired = difference?.paired
        return [
          text(place), label(objective), mean(objective, place),
          paired.map { ComparisonWords.value($0.mean, $0.interval) } ?? "",
          difference?.adjusted.map { NumberText.significant($0, 2) } ?? "",
          difference.map { sign($0.verdict) } ?? "",
        ]
      }
    }
    return Table(head: head, rows: rows, legend: legend)
  }

  private func wide(_ places: [Place]) -> Table {
    var head = ["objective"]
    if ranks != nil { head.append("rank") }
    head += places.map { text($0).isEmpty ? facts.primary : text($0) }
    let order =
      ranks.map { ranks in
        facts.objectives.indices.sorted { (ranks.means[$0], $0) < (ranks.means[$1], $1) }
      } ?? Array(facts.objectives.indices)
    let rows = order.map { objective -> [String] in
      var row = [label(objective)]
      if let ranks { row.append(NumberText.fixed(ranks.means[objective], 2)) }
      for place in places {
        let mark = difference(objective, place, primary).map { sign($0.verdict) } ?? ""
        row.append(mean(objective, place) + (mark.isEmpty ? "  " : " " + mark))
      }
      return row
    }
    return Table(head: head, rows: rows, legend: legend)
  }

  private var legend: String {
    let better = facts.measures[primary].better
    let direction =
      better == .lower ? ", lower is better" : better == .higher ? ", higher is better" : ""
    return "\(facts.primary)\(direction); + really better than \(facts.baseline), − really worse, "
      + "≠ really different"
  }

  /// `0.235 ±0.012`, the half width of the interval; of tuned objectives, without.
  private func mean(_ objective: Int, _ place: Place) -> String {
    guard case .point(let point) = place else {
      if let own = difference(objective, place, primary) { return NumberText.significant(own.mean) }
      let any = differences.first { $0.place == place && $0.measure == primary }
      return any.map { NumberText.significant($0.baseline) } ?? "–"
    }
    guard let cell = cell(objective, point, primary), let mean = cell.mean else { return "failed" }
    let half = cell.interval.map { " ±" + NumberText.significant($0.width / 2, 2) } ?? ""
    return NumberText.significant(mean) + half
  }

  private func sign(_ verdict: Verdict) -> String {
    switch verdict {
    case .better: "+"
    case .worse: "−"
    case .differs: "≠"
    case .undecided, .untested: ""
    }
  }
}
