extension RunReport {
  var keyFigures: Markup {
    ReportPart.tiles(input.keyFigures.map { ReportPart.tile($0.label, $0.value, $0.note) })
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
    let cards = input.worstPairs.prefix(20).map { pair in
      ReportPart.wrongPair(pair, badge: "margin \(NumberText.significant(pair.margin))")
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
      parts.append(ReportPart.block(title: "Command", command))
    }
    if let config = input.configText {
      parts.append(ReportPart.block(title: "Config", HTMLText.shortened(config, to: 100_000)))
    }
    return parts.joined() + ReportPart.environment(input.environment)
  }

  private func table(caption: String, head: [String], rows: [Markup]) -> Markup {
    ReportPart.table(
      caption: caption, head: head, words: Set(head).subtracting(["Rows", "Value"]), rows: rows)
  }
}
