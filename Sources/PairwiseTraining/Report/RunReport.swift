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
    let sections = sections.filter { !$0.content.text.isEmpty }
    let links = sections.map { section -> Markup in
      "<li><a href=\"#\(section.id)\">\(section.title)</a></li>"
    }
    let document: Markup = """
      \(HTMLPage.head(title: "\(input.name) – training report", style: RunReportStyle.sheet))
      <body>
      <a class="skip" href="#content">Skip to the report</a>
      <header>
      <p class="eyebrow">Training report</p>
      <h1><bdi>\(HTMLText.shortened(input.name, to: 120))</bdi></h1>
      \(input.summary.map { "<p class=\"lede\">\($0)</p>\n" })\
      \(input.remarks.map { "<p class=\"remark\"><strong>Note.</strong> \($0)</p>\n" })\
      <nav aria-label="Sections"><ul>\(links)</ul></nav>
      </header>
      <main id="content">
      \(sections.map(\.markup))\
      </main>
      <footer><p>Written by pairwise. Intervals are 95\u{A0}% unless said otherwise.</p></footer>
      </body>
      </html>

      """
    return document.text
  }

  struct Section {
    var id: String
    var title: String
    /// One sentence under the heading that says how to read what follows.
    var lead: String?
    var content: Markup

    var markup: Markup {
      let lead: Markup = lead.map { "<p class=\"lead\">\($0)</p>\n" } ?? ""
      return """
        <section id="\(id)" aria-labelledby="\(id)-h">
        <h2 id="\(id)-h">\(title)</h2>
        \(lead)\(content)</section>

        """
    }
  }

  private var sections: [Section] {
    [
      Section(id: "result", title: "Result", content: keyFigures),
      Section(id: "training", title: "Training", content: trainingCharts),
      Section(
        id: "evaluation", title: "Held-out pairs",
        lead:
          "Pairs kept apart from training. If they also chose the best checkpoint, the figures flatter "
          + "the model a little.",
        content: evaluationCharts),
      Section(
        id: "worst", title: "Furthest wrong",
        lead:
          "The pairs this model ranks wrong by the largest margins: mistakes of the model, or of "
          + "the labels.",
        content: worstPairs),
      Section(id: "figures", title: "All figures", content: figureTable),
      Section(id: "data", title: "Data", content: ledger),
      Section(
        id: "again", title: "Do it again",
        lead: "The same command with the same data and config gives the same model.",
        content: reproduction),
    ]
  }
}
