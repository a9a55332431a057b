package import PairwiseEvaluation

/// How the score margins of all pairs are spread; what lies left of zero is ranked wrong.
package struct HistogramChart {
  package var id: String
  package var title: String
  package var histogram: Histogram
  package var mean: Double?
  /// Shares of all pairs on each side of zero, for the labels.
  package var wrong: Double?
  package var right: Double?

  package init(id: String, title: String, histogram: Histogram) {
    self.id = id
    self.title = title
    self.histogram = histogram
  }

  /// Nil for a histogram that does not hold together.
  package var figure: Figure? {
    let edges = histogram.edges
    guard edges.count == histogram.counts.count + 1, let first = edges.first, let last = edges.last,
      edges.allSatisfy({ abs($0) <= 1e30 }), zip(edges, edges.dropFirst()).allSatisfy({ $0 <= $1 }),
      histogram.counts.allSatisfy({ $0 >= 0 }), let largest = histogram.counts.max(), largest > 0
    else { return nil }
    let probe = Axis(0, Double(largest), from: 200, to: 0, ticks: 4)
    let labels = probe.ticks.map { NumberText.tick($0, step: probe.step) }
    let plot = Plot(height: 262, left: Plot.leftMargin(labels), top: 30)
    let y = Axis(0, Double(largest), from: plot.bottom, to: plot.top, ticks: 4)
    // Zero is always in the picture: it is what the margins are about.
    let x = Axis(min(first, 0), max(last, 0), from: plot.left + 2, to: plot.right - 2, ticks: 6)
    var content = plot.yAxis(y, percent: false)
    for (index, count) in histogram.counts.enumerated() where count > 0 {
      content += bar(edges[index], edges[index + 1], count, x, y)
    }
    content += plot.xAxis(x, label: "score margin, chosen − rejected")
    content += marks(plot, x)
    return Figure(
      id: id, title: title,
      picture: plot.svg(id: id, title: title, description: description(first, last), content))
  }

  /// One bar; one that straddles zero is cut there, so that each side has its colour.
  private func bar(_ low: Double, _ high: Double, _ count: Int, _ x: Axis, _ y: Axis) -> Markup {
    if low < 0, high > 0 { return bar(low, 0, count, x, y) + bar(0, high, count, x, y) }
    let (from, to) = (x.position(low), x.position(high))
    let gap = to - from > 4 ? 0.6 : 0
    let top = y.position(Double(count))
    return """
      <rect class="fill c\(high <= 0 && low < 0 ? 2 : 1)" x="\(from + gap)" y="\(top)" \
      width="\(max(1, to - from - 2 * gap))" height="\(max(0.5, y.start - top))"/>
      """
  }

  private func marks(_ plot: Plot, _ x: Axis) -> Markup {
    let zero = x.position(0)
    var marks: Markup = """
      <line class="zero" x1="\(zero)" y1="\(plot.top - 6)" x2="\(zero)" y2="\(plot.bottom)"/>
      """
    if let wrong {
      // Beside the line if there is room, at the picture's edge otherwise.
      let room = zero - plot.left > 110
      marks += """
        <text class="end halo c2" x="\(room ? zero - 8 : plot.left + 2)" y="\(room ? 20 : 12)" \
        text-anchor="\(room ? "end" : "start")">ranked wrong \(NumberText.percent(wrong))</text>
        """
    }
    if let right {
      let room = plot.right - zero > 110
      marks += """
        <text class="end halo c1" x="\(room ? zero + 8 : plot.right - 2)" y="\(room ? 20 : 12)" \
        text-anchor="\(room ? "start" : "end")">ranked right \(NumberText.percent(right))</text>
        """
    }
    if let mean, mean > x.low, mean < x.high {
      let at = x.position(mean)
      marks += "<path class=\"mean\" d=\"M\(at) \(plot.bottom)l-5 7h10z\"/>"
    }
    return marks
  }

  private func description(_ low: Double, _ high: Double) -> String {
    var text =
      "Margins of \(NumberText.count(total)) pairs, from \(NumberText.significant(low)) to "
      + NumberText.significant(high)
    if let mean { text += ", mean " + NumberText.significant(mean) }
    if let right { text += "; " + NumberText.percent(right) + " are above zero" }
    return text + "."
  }

  private var total: Int {
    histogram.counts.reduce(0) { sum, count in
      let (result, overflow) = sum.addingReportingOverflow(count)
      return overflow ? Int.max : result
    }
  }
}
