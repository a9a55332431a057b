/// Several curves in one picture, each with its band, its mark and its name at the end.
package struct CurveChart {
  package struct Series {
    package var name: String
    package var style: SeriesStyle
    package var points: [MetricSeries.Point]

    package init(name: String, style: SeriesStyle, points: [MetricSeries.Point]) {
      self.name = name
      self.style = style
      self.points = MetricSeries(name: name, points: points).drawable
    }
  }

  package var id: String
  package var title: String
  package var xName: String
  package var series: [Series]
  /// Where and how the x axis is labelled, by value; round numbers if there are none.
  package var ticks: [(value: Double, text: String)] = []
  /// Values named in words, `−1.2 (−1.3 … −1.1)`, in a table to be unfolded.
  package var tableHead: String
  package var note: String?

  package init(
    id: String, title: String, xName: String, tableHead: String, series: [Series]
  ) {
    (self.id, self.title, self.xName, self.tableHead) = (id, title, xName, tableHead)
    self.series = series.filter { !$0.points.isEmpty }
  }

  /// Marks stand on every point up to this many, else on the last one.
  private static let mostMarks = 12

  /// Nil when no curve has a point.
  package var figure: Figure? {
    guard !series.isEmpty else { return nil }
    let (low, high) = range
    let probe = Axis(low, high, from: 200, to: 0, ticks: 5)
    let labels = probe.ticks.map { NumberText.tick($0, step: probe.step) }
    let height = max(280, 16 * Double(series.count) + 70)
    let plot = Plot(
      height: height, left: Plot.leftMargin(labels), right: EndNames.margin(series.map(\.name)))
    let y = Axis(low, high, from: plot.bottom, to: plot.top, ticks: 5)
    let steps = series.flatMap { $0.points.map(\.step) }
    let x = Axis(
      steps.min() ?? 0, steps.max() ?? 1, from: plot.left + 6, to: plot.right - 2, ticks: 4)
    var content = plot.yAxis(y, percent: false)
    content +=
      ticks.isEmpty
      ? plot.xAxis(x, label: xName)
      : plot.xAxis(ticks: ticks.map { (x.position($0.value), $0.text) }, label: xName)
    for one in series { content += band(one, x, y) }
    for one in series { content += line(one, x, y) }
    for one in series { content += marks(one, x, y) }
    let names = series.map { one in
      EndNames.Name(
        text: one.name, y: y.position(one.points[one.points.count - 1].value), style: one.style)
    }
    content += EndNames.markup(names, x: plot.right, top: plot.top + 2, bottom: plot.bottom)
    return Figure(
      id: id, title: title, note: note,
      picture: plot.svg(id: id, title: title, description: description, content), table: table)
  }

  /// All values, and bands as far as they are not much wider than the values' own spread.
  private var range: (Double, Double) {
    let points = series.flatMap(\.points)
    let (least, most) = (points.map(\.value).min() ?? 0, points.map(\.value).max() ?? 1)
    let room = max(most - least, abs(most) * 1e-3)
    let low = max(points.map { $0.low ?? $0.value }.min() ?? least, least - room / 2)
    let high = min(points.map { $0.high ?? $0.value }.max() ?? most, most + room / 2)
    let pad = (high - low) * 0.04
    return (least >= 0 ? max(0, low - pad) : low - pad, high + pad)
  }

  private func band(_ one: Series, _ x: Axis, _ y: Axis) -> Markup {
    let ends = one.points.compactMap { point in
      point.low.flatMap { low in point.high.map { (step: point.step, low: low, high: $0) } }
    }
    guard ends.count > 1 else { return "" }
    let outline = ends.map { ($0.step, $0.high) } + ends.reversed().map { ($0.step, $0.low) }
    return "<path class=\"band thin \(one.style.colour)\" d=\"\(path(outline, x, y))z\"/>"
  }

  private func line(_ one: Series, _ x: Axis, _ y: Axis) -> Markup {
    guard one.points.count > 1 else { return "" }
    let points = one.points.map { ($0.step, $0.value) }
    return """
      <path class="line\(one.style.dash) \(one.style.colour)" d="\(path(points, x, y))"/>
      """
  }

  private func marks(_ one: Series, _ x: Axis, _ y: Axis) -> Markup {
    let shown = one.points.count <= Self.mostMarks ? one.points[...] : one.points.suffix(1)
    return shown.map { point in
      one.style.mark(
        x.position(point.step), y.position(point.value), size: 3.6,
        title: "\(one.name), \(xName) \(xText(point.step)): \(text(point))")
    }.joined()
  }

  private func path(_ points: [(Double, Double)], _ x: Axis, _ y: Axis) -> Markup {
    points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(x.position(point.0)) \(y.position(point.1))"
    }.joined()
  }

  private func xText(_ value: Double) -> String {
    ticks.first { $0.value == value }?.text ?? NumberText.figure(value)
  }

  private func text(_ point: MetricSeries.Point) -> String {
    guard let low = point.low, let high = point.high else {
      return NumberText.significant(point.value)
    }
    return "\(NumberText.significant(point.value)) (\(NumberText.significant(low))\u{A0}…\u{A0}"
      + "\(NumberText.significant(high)))"
  }

  private var description: String {
    series.map { one in
      let (first, last) = (one.points[0], one.points[one.points.count - 1])
      return
        "\(one.name): from \(NumberText.significant(first.value)) at \(xName) \(xText(first.step)) to "
        + "\(NumberText.significant(last.value)) at \(xText(last.step))."
    }.joined(separator: " ")
  }

  private var table: Markup {
    let steps = Set(series.flatMap { $0.points.map(\.step) }).sorted()
    let shown = steps.count <= 24 ? steps : (0..<24).map { steps[$0 * (steps.count - 1) / 23] }
    let head = series.map { "<th scope=\"col\">\($0.name)</th>" as Markup }
    return """
      <table><caption>\(tableHead)</caption><thead><tr><th scope="col">\(xName)</th>\(head)</tr></thead>\
      <tbody>\(shown.map { step -> Markup in
        let cells = series.map { one -> Markup in
          let point = one.points.first { $0.step == step }
          return "<td>\(point.map(text) ?? "–")</td>"
        }
        return "<tr><th scope=\"row\">\(xText(step))</th>\(cells)</tr>"
      })</tbody></table>
      """
  }
}
