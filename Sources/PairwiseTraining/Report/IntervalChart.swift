/// Shares with their intervals, one row a group: a dot, a whisker, and the overall value as a line.
package struct IntervalChart {
  package struct Row {
    package var name: String
    package var count: Int
    package var value: Double
    package var low: Double
    package var high: Double
    /// Drawn hollow when the group is too small to be judged.
    package var isCounted: Bool

    package init(
      name: String, count: Int, value: Double, low: Double, high: Double, isCounted: Bool = true
    ) {
      self.name = name
      self.count = count
      self.value = value
      self.low = low
      self.high = high
      self.isCounted = isCounted
    }
  }

  package var id: String
  package var title: String
  /// Worst first; no more than `limit` are drawn.
  package var rows: [Row]
  package var overall: Double?
  /// More rows than this make a table, not a picture.
  package static let limit = 30

  package init(id: String, title: String, rows: [Row], overall: Double? = nil) {
    self.id = id
    self.title = title
    self.rows = rows.filter { row in
      [row.value, row.low, row.high].allSatisfy { $0 >= 0 && $0 <= 1 } && row.low <= row.high
    }.sorted { $0.value < $1.value }
    self.overall = overall
  }

  /// Nil without a row.
  package var figure: Figure? {
    guard !rows.isEmpty else { return nil }
    let shown = rows.prefix(Self.limit)
    let pitch = 38.0
    let plot = Plot(height: 22 + pitch * Double(shown.count) + 40, left: 10, right: 62)
    let lowest = min(0.5, (shown.map(\.low).min() ?? 0.5) - 0.02)
    let highest = min(1, (shown.map(\.high).max() ?? 1) + 0.02)
    let x = Axis(max(0, lowest), highest, from: plot.left, to: plot.right, ticks: 5)
    var content = overallLine(plot, x)
    for (index, row) in shown.enumerated() {
      content += painted(row, at: plot.top + 26 + pitch * Double(index), plot, x)
    }
    content += plot.xAxis(x, label: "accuracy, with 95 % interval", percent: true)
    return Figure(
      id: id, title: title, note: note,
      picture: plot.svg(id: id, title: title, description: description, content), table: table)
  }

  private func overallLine(_ plot: Plot, _ x: Axis) -> Markup {
    guard let overall, overall > x.low, overall < x.high else { return "" }
    let at = x.position(overall)
    return """
      <line class="reference" x1="\(at)" y1="\(plot.top + 6)" x2="\(at)" y2="\(plot.bottom)"/>\
      <text class="label" x="\(at)" y="\(plot.top + 1)" text-anchor="middle">all \
      \(NumberText.percent(overall))</text>
      """
  }

  private func painted(_ row: Row, at y: Double, _ plot: Plot, _ x: Axis) -> Markup {
    let line = y + 13
    let colour = row.value < (overall ?? 0) ? 2 : 1
    return """
      <text class="row halo" x="\(plot.left)" y="\(y)">\(HTMLText.shortened(row.name, to: 34))\
      <tspan class="tick" dx="7">n\u{A0}=\u{A0}\(NumberText.count(row.count))</tspan></text>\
      <line class="rule" x1="\(plot.left)" y1="\(line)" x2="\(plot.right)" y2="\(line)"/>\
      <line class="whisker bold c\(colour)" x1="\(x.position(row.low))" y1="\(line)" \
      x2="\(x.position(row.high))" y2="\(line)"/>\
      <circle class="\(row.isCounted ? "fill knockout" : "hollow") c\(colour)" \
      cx="\(x.position(row.value))" cy="\(line)" r="5"/>\
      <text class="end c\(colour)" x="\(plot.right + 8)" y="\(line + 4)">\
      \(NumberText.percent(row.value))</text>
      """
  }

  private var note: String? {
    var notes: [String] = []
    if rows.count > Self.limit {
      notes.append("The \(Self.limit) lowest of \(NumberText.count(rows.count)) groups.")
    }
    if rows.prefix(Self.limit).contains(where: { !$0.isCounted }) {
      notes.append("Hollow: too few pairs to count as worst group.")
    }
    return notes.isEmpty ? nil : notes.joined(separator: " ")
  }

  private var description: String {
    rows.prefix(Self.limit).map { row in
      "\(row.name): \(NumberText.percent(row.value)), interval \(NumberText.percent(row.low)) to "
        + "\(NumberText.percent(row.high)), \(NumberText.count(row.count)) pairs."
    }.joined(separator: " ")
  }

  private var table: Markup {
    """
    <table><caption>Accuracy of each group</caption><thead><tr><th scope="col">Group</th>\
    <th scope="col">Pairs</th><th scope="col">Accuracy</th><th scope="col">95 % interval</th></tr>\
    </thead><tbody>\(rows.prefix(1000).map { row -> Markup in
      """
      <tr><td><bdi>\(HTMLText.shortened(row.name, to: 200))</bdi></td>\
      <td>\(NumberText.count(row.count))</td><td>\(NumberText.percent(row.value))</td>\
      <td>\(NumberText.percent(row.low)) – \(NumberText.percent(row.high))</td></tr>
      """
    })</tbody></table>
    """
  }
}
