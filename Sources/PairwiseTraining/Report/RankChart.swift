/// Mean ranks with their intervals, the best on top.
package struct RankChart {
  package struct Row {
    package var name: String
    package var style: SeriesStyle
    package var rank: Double
    package var low: Double?
    package var high: Double?
    /// Whether it is not told apart from the best.
    package var isLevel: Bool

    package init(
      name: String, style: SeriesStyle, rank: Double, low: Double?, high: Double?, isLevel: Bool
    ) {
      (self.name, self.style, self.rank) = (name, style, rank)
      (self.low, self.high, self.isLevel) = (low, high, isLevel)
    }
  }

  package var id: String
  package var title: String
  package var rows: [Row]
  package var note: String?

  private static let pitch = 30.0

  package init(id: String, title: String, rows: [Row], note: String? = nil) {
    self.id = id
    self.title = title
    self.rows = rows.filter { $0.rank.isFinite }.sorted { $0.rank < $1.rank }
    self.note = note
  }

  /// Nil for fewer than two rows.
  package var figure: Figure? {
    guard rows.count > 1 else { return nil }
    let names = rows.map { HTMLText.shortened($0.name, to: EndNames.longest) }
    let plot = Plot(
      height: Self.pitch * Double(rows.count) + 62, left: Plot.leftMargin(names) + 6, right: 44,
      top: 10)
    let x = Axis(
      1, Double(rows.count), from: plot.left + 12, to: plot.right - 12,
      ticks: min(rows.count - 1, 6))
    var content = plot.xAxis(x, label: "mean rank; 1 is the best")
    content += levelBand(plot)
    for (index, row) in rows.enumerated() {
      content += painted(row, at: y(index, plot), plot, x)
    }
    return Figure(
      id: id, title: title, note: note,
      picture: plot.svg(id: id, title: title, description: description, content))
  }

  private func y(_ index: Int, _ plot: Plot) -> Double {
    plot.top + 18 + Self.pitch * Double(index)
  }

  /// Behind the best and those not told apart from it, where they are neighbours.
  private func levelBand(_ plot: Plot) -> Markup {
    let count = rows.prefix { $0.isLevel }.count
    guard count > 1 else { return "" }
    return """
      <rect class="level" x="2" y="\(y(0, plot) - 13)" width="\(plot.width - 4)" \
      height="\(Self.pitch * Double(count - 1) + 26)" rx="6"/>
      """
  }

  private func painted(_ row: Row, at y: Double, _ plot: Plot, _ x: Axis) -> Markup {
    var content: Markup = """
      <text class="row" x="\(plot.left - 6)" y="\(y + 4)" text-anchor="end">\
      \(HTMLText.shortened(row.name, to: EndNames.longest))</text>\
      <line class="rule" x1="\(plot.left)" y1="\(y)" x2="\(plot.right)" y2="\(y)"/>
      """
    if let low = row.low, let high = row.high {
      content += """
        <line class="whisker bold \(row.style.colour)" x1="\(x.position(max(low, 1)))" y1="\(y)" \
        x2="\(x.position(min(high, Double(rows.count))))" y2="\(y)"/>
        """
    }
    content += row.style.mark(x.position(row.rank), y, size: 5, title: words(row))
    content += """
      <text class="end \(row.style.colour)" x="\(plot.right + 6)" y="\(y + 4)">\
      \(NumberText.fixed(row.rank, 2))</text>
      """
    return content
  }

  private func words(_ row: Row) -> String {
    var text = "\(row.name): mean rank \(NumberText.fixed(row.rank, 2))"
    if let low = row.low, let high = row.high {
      text += ", interval \(NumberText.fixed(low, 2)) to \(NumberText.fixed(high, 2))"
    }
    return text + (row.isLevel ? ", not told apart from the best" : "")
  }

  private var description: String { rows.map { words($0) + "." }.joined(separator: " ") }
}
