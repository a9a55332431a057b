/// Differences from a common baseline with their intervals, in groups: a forest plot.
package struct DifferenceChart {
  package enum Meaning: Sendable {
    case better, worse, different, unclear
  }

  package struct Row {
    package var name: String
    package var value: Double
    package var low: Double
    package var high: Double
    package var meaning: Meaning

    package init(name: String, value: Double, low: Double, high: Double, meaning: Meaning) {
      (self.name, self.value, self.low, self.high) = (name, value, low, high)
      self.meaning = meaning
    }
  }

  package struct Group {
    /// Above its rows; empty for none.
    package var title: String
    package var rows: [Row]

    package init(title: String, rows: [Row]) {
      self.title = title
      self.rows = rows.filter { row in
        [row.value, row.low, row.high].allSatisfy { abs($0) <= 1e30 }
      }
    }
  }

  package var id: String
  package var title: String
  package var xName: String
  /// What lies left and right of zero, in words.
  package var sides: (left: String, right: String)
  package var groups: [Group]
  package var note: String?

  /// More rows than this make a table, not a picture.
  private static let limit = 60
  private static let pitch = 22.0

  package init(
    id: String, title: String, xName: String, sides: (left: String, right: String), groups: [Group]
  ) {
    (self.id, self.title, self.xName, self.sides) = (id, title, xName, sides)
    self.groups = groups.filter { !$0.rows.isEmpty }
  }

  /// Nil without a row.
  package var figure: Figure? {
    var left = Self.limit
    let shown = groups.filter { group in
      left -= group.rows.count
      return left >= 0
    }
    let rows = shown.flatMap(\.rows)
    guard !rows.isEmpty else { return nil }
    let lines = rows.count + shown.count { !$0.title.isEmpty }
    let names = rows.map { HTMLText.shortened($0.name, to: EndNames.longest) }
    let plot = Plot(
      height: Self.pitch * Double(lines) + 70, left: Plot.leftMargin(names) + 6, top: 36)
    let x = axis(rows, plot)
    var content = zero(plot, x)
    var y = plot.top + 14
    for group in shown {
      if !group.title.isEmpty {
        content += """
          <text class="row group" x="4" y="\(y + 4)">\(HTMLText.shortened(group.title, to: 50))</text>
          """
        y += Self.pitch
      }
      for row in group.rows {
        content += painted(row, at: y, plot, x)
        y += Self.pitch
      }
    }
    content += plot.xAxis(x, label: xName)
    let dropped = groups.count - shown.count
    let more = dropped > 0 ? " \(dropped) more places are in the table below." : ""
    return Figure(
      id: id, title: title, note: (note ?? "") + more,
      picture: plot.svg(id: id, title: title, description: description(shown), content))
  }

  /// All values, zero, and intervals as far as they are not much wider than the values' own spread.
  private func axis(_ rows: [Row], _ plot: Plot) -> Axis {
    let values = rows.map(\.value) + [0]
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    let room = max(most - least, 1e-12)
    let low = max(min(rows.map(\.low).min() ?? 0, 0), least - room)
    let high = min(max(rows.map(\.high).max() ?? 0, 0), most + room)
    let pad = (high - low) * 0.04
    return Axis(low - pad, high + pad, from: plot.left, to: plot.right, ticks: 4)
  }

  private func zero(_ plot: Plot, _ x: Axis) -> Markup {
    let at = x.position(0)
    // Where one side has no room its words stand at the edge, above those of the other.
    let leftIsNarrow = at < 90
    let rightIsNarrow = plot.right - at < 90
    return """
      <line class="zero" x1="\(at)" y1="\(plot.top - 4)" x2="\(at)" y2="\(plot.bottom)"/>\
      <text class="label" x="\(leftIsNarrow ? 4 : at - 8)" y="\(plot.top - (leftIsNarrow ? 24 : 8))" \
      text-anchor="\(leftIsNarrow ? "start" : "end")">\(sides.left)</text>\
      <text class="label" x="\(rightIsNarrow ? plot.right : at + 8)" \
      y="\(plot.top - (rightIsNarrow ? 24 : 8))" \
      text-anchor="\(rightIsNarrow ? "end" : "start")">\(sides.right)</text>
      """
  }

  private func painted(_ row: Row, at y: Double, _ plot: Plot, _ x: Axis) -> Markup {
    let style: Markup =
      switch row.meaning {
      case .better: "fill knockout c1"
      case .worse: "fill knockout c2"
      case .different: "fill knockout c6"
      case .unclear: "hollow c0"
      }
    let colour: Markup =
      switch row.meaning {
      case .better: "c1"
      case .worse: "c2"
      case .different: "c6"
      case .unclear: "c0"
      }
    return """
      <text class="row" x="\(plot.left - 10)" y="\(y + 4)" text-anchor="end">\
      \(HTMLText.shortened(row.name, to: EndNames.longest))</text>\
      <line class="rule" x1="\(plot.left)" y1="\(y)" x2="\(plot.right)" y2="\(y)"/>\
      <line class="whisker bold \(colour)" x1="\(x.position(row.low))" y1="\(y)" \
      x2="\(x.position(row.high))" y2="\(y)"/>\
      <circle class="\(style)" cx="\(x.position(row.value))" cy="\(y)" r="5">\
      <title>\(words(row))</title></circle>
      """
  }

  private func words(_ row: Row) -> String {
    let verdict =
      switch row.meaning {
      case .better: "really better"
      case .worse: "really worse"
      case .different: "really different"
      case .unclear: "no real difference"
      }
    return
      "\(row.name): \(NumberText.significant(row.value)), interval \(NumberText.significant(row.low)) to "
      + "\(NumberText.significant(row.high)), \(verdict)"
  }

  private func description(_ groups: [Group]) -> String {
    groups.map { group in
      (group.title.isEmpty ? "" : group.title + ". ")
        + group.rows.map { words($0) + "." }.joined(separator: " ")
    }.joined(separator: " ")
  }
}
