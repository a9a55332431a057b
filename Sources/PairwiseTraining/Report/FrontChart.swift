/// Policies as dots in the plane of two rewards, with their intervals; those that no other one beats are filled.
package struct FrontPanel {
  /// A mean with its interval, if there is one.
  package struct Value {
    package var mean: Double
    package var low: Double
    package var high: Double

    package init(_ mean: Double, low: Double? = nil, high: Double? = nil) {
      (self.mean, self.low, self.high) = (mean, low ?? mean, high ?? mean)
    }
  }

  package struct Dot {
    package var name: String
    package var x: Value
    package var y: Value
    package var isOnFront: Bool

    package init(name: String, x: Value, y: Value, isOnFront: Bool) {
      (self.name, self.x, self.y, self.isOnFront) = (name, x, y, isOnFront)
    }
  }

  package var xName: String
  package var yName: String
  /// Whether the edge of what the dots dominate is drawn: where these two rewards are all there are.
  package var hasStairs: Bool
  package var dots: [Dot]

  package init(xName: String, yName: String, hasStairs: Bool, dots: [Dot]) {
    (self.xName, self.yName, self.hasStairs, self.dots) = (xName, yName, hasStairs, dots)
  }

  /// Names stand beside the dots only where there is room for them.
  private static let mostNames = 12

  /// The panel as a figure of a report.
  package func figure(id: String, title: String, note: String? = nil) -> Figure? {
    guard !dots.isEmpty else { return nil }
    let plot = Plot(width: 420, height: 330, left: 58, right: 16, top: 26, bottom: 40)
    return Figure(
      id: id, title: title, note: note,
      picture: plot.svg(id: id, title: title, description: description, content(plot)))
  }

  func content(_ plot: Plot) -> Markup {
    let (x, y) = (
      axis(\.x, from: plot.left + 6, to: plot.right - 6),
      axis(\.y, from: plot.bottom - 6, to: plot.top + 6)
    )
    var content = plot.yAxis(y, percent: false)
    content += plot.xAxis(x, label: HTMLText.shortened(xName, to: 50))
    content += """
      <text class="label" x="\(plot.left)" y="\(plot.top - 6)">\(HTMLText.shortened(yName, to: 50))</text>
      """
    if hasStairs { content += stairs(x, y) }
    for dot in dots { content += whiskers(dot, x, y) }
    for dot in dots { content += mark(dot, x, y) }
    if dots.count <= Self.mostNames { content += names(plot, x, y) }
    return content
  }

  private func axis(_ side: KeyPath<Dot, Value>, from start: Double, to end: Double) -> Axis {
    let values = dots.flatMap { [$0[keyPath: side].low, $0[keyPath: side].high] }
    return Axis(values.min() ?? 0, values.max() ?? 1, from: start, to: end, ticks: 5)
  }

  /// From the front's leftmost dot down and to the right, from dot to dot.
  private func stairs(_ x: Axis, _ y: Axis) -> Markup {
    let front = dots.filter(\.isOnFront).sorted {
      ($0.x.mean, -$0.y.mean) < ($1.x.mean, -$1.y.mean)
    }
    guard let first = front.first else { return "" }
    var path: Markup = "M\(x.position(first.x.mean)) \(y.position(first.y.mean))"
    for dot in front.dropFirst() {
      path += "V\(y.position(dot.y.mean))H\(x.position(dot.x.mean))"
    }
    return "<path class=\"line thin c1\" d=\"\(path)\"/>"
  }

  private func colour(_ dot: Dot) -> Int { dot.isOnFront ? 1 : 2 }

  private func whiskers(_ dot: Dot, _ x: Axis, _ y: Axis) -> Markup {
    let (across, up) = (x.position(dot.x.mean), y.position(dot.y.mean))
    return """
      <line class="whisker c\(colour(dot))" x1="\(x.position(dot.x.low))" y1="\(up)" \
      x2="\(x.position(dot.x.high))" y2="\(up)"/>\
      <line class="whisker c\(colour(dot))" x1="\(across)" y1="\(y.position(dot.y.low))" \
      x2="\(across)" y2="\(y.position(dot.y.high))"/>
      """
  }

  private func mark(_ dot: Dot, _ x: Axis, _ y: Axis) -> Markup {
    """
    <circle class="\(dot.isOnFront ? "fill knockout" : "hollow") c\(colour(dot))" \
    cx="\(x.position(dot.x.mean))" cy="\(y.position(dot.y.mean))" r="5">\
    <title>\(words(dot))</title></circle>
    """
  }

  private func names(_ plot: Plot, _ x: Axis, _ y: Axis) -> Markup {
    let places = dots.map { (x: x.position($0.x.mean), y: y.position($0.y.mean)) }
    var free = NamePlaces(
      dots: places, left: plot.left, right: plot.right, top: plot.top, bottom: plot.bottom)
    return zip(dots, places).map { dot, place -> Markup in
      let name = HTMLText.shortened(dot.name, to: 24)
      guard let found = free.place(name, at: place.x, place.y) else { return "" }
      let tie: Markup = """
        <line class="tie c\(colour(dot))" x1="\(place.x)" y1="\(place.y)" x2="\(found.x)" y2="\(found.y - 4)"/>
        """
      return """
        \(found.isTied ? tie : "")<text class="end halo c\(colour(dot))" x="\(found.x)" y="\(found.y)" \
        text-anchor="\(found.isLeft ? "end" : "start")">\(name)</text>
        """
    }.joined()
  }

  private func words(_ dot: Dot) -> String {
    "\(HTMLText.shortened(dot.name, to: 60)): \(HTMLText.shortened(xName, to: 50)) "
      + "\(NumberText.significant(dot.x.mean)), \(HTMLText.shortened(yName, to: 50)) "
      + NumberText.significant(dot.y.mean)
  }

  var description: String {
    dots.map { words($0) + ($0.isOnFront ? ", on the front." : ".") }.joined(separator: " ")
  }
}

/// Panels one below the other, as a picture that stands alone.
package struct FrontChart {
  package var panels: [FrontPanel]

  package init(panels: [FrontPanel]) { self.panels = panels }

  package var svg: String {
    let height = 330.0
    let frame = Plot(
      width: 480, height: height * Double(panels.count), left: 0, right: 0, top: 0, bottom: 0)
    var content: Markup = "<style>\(RunReportStyle.picture)</style>"
    content += "<rect width=\"480\" height=\"\(frame.height)\" fill=\"var(--card)\"/>"
    for (index, panel) in panels.enumerated() {
      let plot = Plot(width: 480, height: height, left: 58, right: 16, top: 26, bottom: 40)
      content += """
        <g transform="translate(0 \(height * Double(index)))">\(panel.content(plot))</g>
        """
    }
    return frame.svg(
      id: "front", title: "Pareto front",
      description: panels.map(\.description).joined(separator: " "), content
    ).text
  }
}
