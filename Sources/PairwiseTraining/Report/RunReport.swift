/// The report of a training run: one HTML file that needs nothing else.
///
/// No script, no network, no file beside it; its policy header forbids them, too. Pictures are inline
/// SVG with a title and a description, colours tell apart for colour-blind eyes on light and dark
/// ground, and it prints.
public struct RunReport {
  package let input: RunReportInput

  public init(_ input: RunReportInput) { self.input = input }

  /// The document.
  public var html: String {
    ReportPage(
      kind: "Training report", name: input.name, summary: input.summary, remarks: input.remarks,
      sections: sections,
      footer: "Written by pairwise. Intervals are 95\u{A0}% unless said otherwise."
    ).html
  }

  /// All pictures, in the order of the report.
  package var figures: [Figure] {
    trainingFigures.large + trainingFigures.others + evaluationFigures.flatMap { $0 }
  }

  private var sections: [ReportPage.Section] {
    [
      .init(id: "result", title: "Result", content: keyFigures),
      .init(id: "training", title: "Training", content: trainingCharts),
      .init(
        id: "evaluation", title: "Held-out pairs",
        lead:
          "Pairs kept apart from training. If they also chose the best checkpoint, the figures flatter "
          + "the model a little.",
        content: evaluationCharts),
      .init(
        id: "worst", title: "Furthest wrong",
        lead:
          "The pairs this model ranks wrong by the largest margins: mistakes of the model, or of "
          + "the labels.",
        content: worstPairs),
      .init(id: "figures", title: "All figures", content: figureTable),
      .init(
        id: "beside", title: "Beside other runs",
        lead: "The runs that this report was written with, and where their configs differ.",
        content: input.beside?.content ?? ""),
      .init(id: "data", title: "Data", content: ledger),
      .init(
        id: "again", title: "Do it again",
        lead: "The same command with the same data and config gives the same model.",
        content: reproduction),
    ]
  }
}
