/// A report as a document: a head in words, links to its sections, and the sections.
package struct ReportPage {
  package struct Section {
    package var id: String
    package var title: String
    /// One sentence under the heading that says how to read what follows.
    package var lead: String?
    package var content: Markup

    package init(id: String, title: String, lead: String? = nil, content: Markup) {
      (self.id, self.title, self.lead, self.content) = (id, title, lead, content)
    }

    var markup: Markup {
      let lead: Markup = lead.map { "<p class=\"lead\">\($0)</p>\n" } ?? ""
      return """
        <section id="\(id)" aria-labelledby="\(id)-h">
        <h2 id="\(id)-h">\(title)</h2>
        \(lead)\(content)</section>

        """
    }
  }

  /// What kind of report it is, above the name.
  package var kind: String
  package var name: String
  /// What happened and what came out, a sentence each; the first is set larger.
  package var summary: [String]
  /// What the reader should know about the report itself.
  package var remarks: [String]
  /// Those without content are left out.
  package var sections: [Section]
  package var footer: String

  package init(
    kind: String, name: String, summary: [String], remarks: [String] = [], sections: [Section],
    footer: String
  ) {
    (self.kind, self.name, self.summary, self.remarks) = (kind, name, summary, remarks)
    (self.sections, self.footer) = (sections, footer)
  }

  package var html: String {
    let sections = sections.filter { !$0.content.text.isEmpty }
    let links = sections.map { section -> Markup in
      "<li><a href=\"#\(section.id)\">\(section.title)</a></li>"
    }
    let document: Markup = """
      \(HTMLPage.head(title: "\(name) – \(kind.lowercased())", style: RunReportStyle.sheet))
      <body>
      <a class="skip" href="#content">Skip to the report</a>
      <header>
      <p class="eyebrow">\(kind)</p>
      <h1><bdi>\(HTMLText.shortened(name, to: 120))</bdi></h1>
      \(summary.map { "<p class=\"lede\">\($0)</p>\n" })\
      \(remarks.map { "<p class=\"remark\"><strong>Note.</strong> \($0)</p>\n" })\
      <nav aria-label="Sections"><ul>\(links)</ul></nav>
      </header>
      <main id="content">
      \(sections.map(\.markup))\
      </main>
      <footer><p>\(footer)</p></footer>
      </body>
      </html>

      """
    return document.text
  }
}

/// Parts that reports share.
package enum ReportPart {
  /// A figure to be seen first, with what it is compared with.
  package static func tile(_ label: String, _ value: String, _ note: String) -> Markup {
    """
    <div class="tile"><dt>\(label)</dt><dd class="value">\(value)</dd>\
    <dd class="interval">\(note)</dd></div>

    """
  }

  package static func tiles(_ tiles: [Markup]) -> Markup {
    tiles.isEmpty ? "" : "<dl class=\"tiles\">\n\(tiles)</dl>\n"
  }

  /// Text as it stands, in a box that scrolls and can be reached by keyboard.
  package static func block(title: String, _ text: String) -> Markup {
    """
    <h3>\(title)</h3>
    <pre tabindex="0" role="region" aria-label="\(title)"><code>\(text)</code></pre>

    """
  }

  /// A table that scrolls where it is too wide; columns named in `words` hold words.
  package static func table(
    caption: String, head: [String], words: Set<String>, rows: [Markup]
  ) -> Markup {
    let cells = head.map { title -> Markup in
      words.contains(title)
        ? "<th scope=\"col\" class=\"words\">\(title)</th>" : "<th scope=\"col\">\(title)</th>"
    }
    let top: Markup = head.isEmpty ? "" : "<thead><tr>\(cells)</tr></thead>"
    return """
      <div class="wide" tabindex="0" role="region" aria-label="\(caption)"><table class="figures">\
      <caption>\(caption)</caption>\(top)<tbody>
      \(rows)</tbody></table></div>

      """
  }

  /// A pair that was ranked wrong, both sides beside each other.
  package static func wrongPair(_ pair: RunReportInput.WorstPair, badge: String) -> Markup {
    """
    <article class="card pair">
    <p class="badge">\(badge)</p>
    <h3>Prompt</h3><p class="text" dir="auto">\(HTMLText.condensed(HTMLText.shortenedToEnd(pair.prompt, to: 400)))</p>
    <div class="sides">
    <div><h3>Chosen by people</h3>\
    <p class="text" dir="auto">\(HTMLText.condensed(HTMLText.shortened(pair.chosen, to: 500)))</p></div>
    <div><h3>Preferred by the model</h3>\
    <p class="text" dir="auto">\(HTMLText.condensed(HTMLText.shortened(pair.rejected, to: 500)))</p></div>
    </div></article>

    """
  }

  /// Names and values of the environment.
  package static func environment(_ entries: [(name: String, value: String)]) -> Markup {
    guard !entries.isEmpty else { return "" }
    let rows = entries.prefix(200).map { entry -> Markup in
      """
      <tr><th scope="row">\(HTMLText.shortened(entry.name, to: 80))</th>\
      <td class="words"><bdi>\(HTMLText.shortened(entry.value, to: 400))</bdi></td></tr>

      """
    }
    return table(caption: "Environment", head: [], words: [], rows: rows)
  }

  /// Figures side by side, in `halves` or `thirds`.
  package static func grid(_ figures: [Figure], style: String = "halves") -> Markup {
    figures.isEmpty
      ? "" : "<div class=\"grid \(style)\">\n\(figures.map(\.markup))</div>\n"
  }

  /// Figures in columns, each from top to bottom.
  package static func columns(_ columns: [[Figure]]) -> Markup {
    let columns = columns.map { $0.map(\.markup) }.filter { !$0.isEmpty }
    guard !columns.isEmpty else { return "" }
    return """
      <div class="grid halves">\(columns.map { "<div class=\"column\">\($0)</div>" })</div>

      """
  }
}
