extension RunReport {
  var keyFigures: Markup {
    guard !input.keyFigures.isEmpty else { return "" }
    let tiles = input.keyFigures.map { figure -> Markup in
      """
      <div class="tile"><dt>\(figure.label)</dt><dd class="value">\(figure.value)</dd>\
      <dd class="interval">\(figure.note)</dd></div>

      """
    }
    return "<dl class=\"tiles\">\n\(tiles)</dl>\n"
  }

  var figureTable: Markup {
    guard !input.figures.isEmpty else { return "" }
    let rows = input.figures.map { figure -> Markup in
      let interval = figure.low.flatMap { low in
        figure.high.map { "\(NumberText.significant(low, 4)) – \(NumberText.significant($0, 4))" }
      }
      let method: Markup = figure.method.map { "<small>\($0)</small>" } ?? ""
      return """
        <tr><th scope="row">\(figure.name)</th><td>\(NumberText.figure(figure.value))</td>\
        <td class="words"><span>\(interval ?? "")</span>\(method)</td></tr>

        """
    }
    return table(
      caption: "Figures of the finished model on held-out \(input.unit)",
      head: ["Figure", "Value", "95\u{A0}% interval"], rows: rows)
  }

  var worstPairs: Markup {
    let cards = input.worstPairs.prefix(20).map { pair -> Markup in
      """
      <article class="card pair">
      <p class="badge">margin \(NumberText.significant(pair.margin))</p>
      <h3>Prompt</h3><p class="text" dir="auto">\(HTMLText.condensed(HTMLText.shortenedToEnd(pair.prompt, to: 400)))</p>
      <div class="sides">
      <div><h3>Chosen by people</h3>\
      <p class="text" dir="auto">\(HTMLText.condensed(HTMLText.shortened(pair.chosen, to: 500)))</p></div>
      <div><h3>Preferred by the model</h3>\
      <p class="text" dir="auto">\(HTMLText.condensed(HTMLText.shortened(pair.rejected, to: 500)))</p></div>
      </div></article>

      """
    }
    return cards.isEmpty ? "" : "<div class=\"pairs\">\n\(cards)</div>\n"
  }

  var ledger: Markup {
    input.ledgers.map { ledger -> Markup in
      table(
        caption: "Where the rows of \(HTMLText.shortenedToEnd(ledger.source, to: 100)) went",
        head: ["Fate", "Rows", "Remark"],
        rows: ledger.rows.prefix(200).map { row in
          """
          <tr><th scope="row"><bdi>\(HTMLText.shortened(row.name, to: 120))</bdi></th>\
          <td>\(NumberText.count(row.count))</td>\
          <td class="words"><bdi>\(HTMLText.shortened(row.note, to: 200))</bdi></td></tr>

          """
        })
    }.joined()
  }

  var reproduction: Markup {
    var parts: [Markup] = []
    if let command = input.command {
      parts.append(block(title: "Command", command))
    }
    if let config = input.configText {
      parts.append(block(title: "Config", HTMLText.shortened(config, to: 100_000)))
    }
    if !input.environment.isEmpty {
      let rows = input.environment.prefix(200).map { entry -> Markup in
        """
        <tr><th scope="row">\(HTMLText.shortened(entry.name, to: 80))</th>\
        <td class="words"><bdi>\(HTMLText.shortened(entry.value, to: 400))</bdi></td></tr>

        """
      }
      parts.append(table(caption: "Environment", head: [], rows: rows))
    }
    return parts.joined()
  }

  /// Text as it stands, in a box that scrolls and can be reached by keyboard.
  private func block(title: String, _ text: String) -> Markup {
    """
    <h3>\(title)</h3>
    <pre tabindex="0" role="region" aria-label="\(title)"><code>\(text)</code></pre>

    """
  }

  private func table(caption: String, head: [String], rows: [Markup]) -> Markup {
    let cells = head.map { title -> Markup in
      let isNumber = title == "Rows" || title == "Value"
      return isNumber
        ? "<th scope=\"col\">\(title)</th>" : "<th scope=\"col\" class=\"words\">\(title)</th>"
    }
    let top: Markup = head.isEmpty ? "" : "<thead><tr>\(cells)</tr></thead>"
    return """
      <div class="wide" tabindex="0" role="region" aria-label="\(caption)"><table class="figures">\
      <caption>\(caption)</caption>\(top)<tbody>
      \(rows)</tbody></table></div>

      """
  }
}
