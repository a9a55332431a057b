internal import PairwiseEvaluation
public import PairwiseTraining

/// The report of a comparison: one HTML file that needs nothing else, under the rules of `RunReport`.
///
/// What came out stands first, in words; then ranks, differences with their intervals, learning curves,
/// sensitivity to every key of the grid, reward against divergence, all numbers, and how to do it again.
public struct ComparisonReport {
  public let summary: ComparisonSummary
  /// The resolved config, word for word.
  public var configText: String?
  /// The command that does it again.
  public var command: String?
  /// Name and value, in the order to be shown.
  public var environment: [(name: String, value: String)] = []
  /// What the reader should know about the report itself.
  public var remarks: [String] = []
  let values: ComparisonValues
  let heldOut: HeldOutRuns

  public init(_ summary: ComparisonSummary) {
    self.summary = summary
    values = ComparisonValues(summary.runs, summary.facts, summary.grid)
    heldOut = HeldOutRuns(summary)
  }

  var facts: ComparisonFacts { summary.facts }
  var grid: ComparisonGrid { summary.grid }
  var measure: Measure { facts.measures[summary.primary] }

  /// The document.
  public var html: String {
    ReportPage(
      kind: "Comparison", name: facts.name,
      summary: [summary.recommendation, subject], remarks: remarks,
      sections: sections,
      footer: "Written by pairwise. Intervals are \(level) intervals over seeds."
    ).html
  }

  /// All pictures, in the order of the report.
  public var pictures: [ReportPicture] { figures.map(\.standalone) }

  package var figures: [Figure] {
    let against = differenceFigures
    return [rankFigure].compactMap { $0 } + sensitivityFigures + against + curveFigures
      + frontFigures + heldOutFigures
  }

  var level: String { NumberText.percent(facts.level, facts.level < 0.99 ? 0 : 1) }

  private var sections: [ReportPage.Section] {
    [
      .init(
        id: "result", title: "What came out", lead: summary.method, content: tiles + findings),
      .init(
        id: "compared", title: "Side by side",
        lead: direction,
        content: ReportPart.columns([
          [rankFigure].compactMap { $0 } + sensitivityFigures, differenceFigures,
        ]) + mainTable
      ),
      .init(
        id: "curves", title: "Learning curves",
        lead: "Means over seeds with \(level) intervals of the mean.",
        content: ReportPart.grid(curveFigures)),
      .init(
        id: "fronts", title: "Gain against divergence",
        lead:
          "What is gained, and how far the model went for it. Filled: no other is better in both.",
        content: ReportPart.grid(frontFigures)),
      .init(
        id: "held-out", title: "Held-out pairs",
        lead: "Pairs kept apart from training\(tunedWords).", content: heldOutContent),
      .init(id: "numbers", title: "All numbers", content: numbersTable),
      .init(id: "objectives", title: "Objectives and measures", content: definitions),
      .init(
        id: "again", title: "Do it again",
        lead: "The same command with the same config gives the same numbers.",
        content: reproduction),
    ]
  }

  private var tunedWords: String {
    grid.choices.count > 1 ? ", judged by each objective with its best settings" : ""
  }

  private var subject: String {
    var text = facts.subject
    while text.last == "." { text.removeLast() }
    return "Compared on: \(text)."
  }

  private var direction: String {
    let name = ComparisonWords.name(measure)
    let way =
      switch measure.better {
      case .lower: "; lower is better"
      case .higher: "; higher is better"
      case .neither: ""
      }
    return "By \(name): \(measure.summary)\(way)."
  }

  private var tiles: Markup {
    var tiles: [Markup] = []
    if let ranks = summary.ranks, let best = summary.best {
      let mean = ranks.means[best.objective]
      let range =
        ranks.intervals[best.objective].map { $0.width > 0 ? ", \(ComparisonWords.range($0))" : "" }
        ?? ""
      tiles.append(
        ReportPart.tile(
          "Best by rank", summary.label(best.objective),
          "mean rank \(NumberText.significant(mean))\(range), of \(facts.objectives.count)"))
    }
    let tested = summary.differences.filter {
      $0.measure == summary.primary && summary.places.contains($0.place)
    }
    if !tested.isEmpty {
      let real = tested.count { $0.verdict != .undecided && $0.verdict != .untested }
      tiles.append(
        ReportPart.tile(
          "Real differences", "\(real) of \(tested.count)",
          "from \(facts.baseline), after Holm's correction"))
    }
    let shape = [
      summary.count(facts.objectives.count, "objective"),
      grid.points.count > 1 ? summary.count(grid.points.count, "setting") : nil,
      summary.count(summary.seeds.count, "seed"),
    ].compactMap { $0 }.joined(separator: " × ")
    tiles.append(ReportPart.tile("Runs", NumberText.count(summary.runs.count), shape))
    let seconds = summary.runs.reduce(0) { $0 + max(0, $1.seconds) }
    if seconds > 0 {
      let steps = summary.runs.map(\.steps).max() ?? 0
      let length = steps > 0 ? " of \(summary.count(steps, "step"))" : ""
      tiles.append(
        ReportPart.tile(
          "Computing time", NumberText.duration(seconds),
          "over all runs\(length)"))
    }
    return ReportPart.tiles(tiles)
  }

  private var findings: Markup {
    let items = summary.sentences.map { "<li>\($0)</li>\n" as Markup }
    return items.isEmpty ? "" : "<ul class=\"findings\">\n\(items)</ul>\n"
  }
}
