/// Draws one line of a line chart.
struct LinePainter {
  let line: LineChart.Line
  let x: Axis
  let y: Axis

  /// More vertices than this show nothing more at the widths a report is read at.
  private static let vertices = 400

  var markup: Markup {
    switch line.kind {
    case .exact: stroke(Smoothing.thinned(line.points, to: Self.vertices), "line")
    case .noisy: noisy
    case .measured: measured
    }
  }

  /// The line a reader follows: the moving average of a noisy line, else the points themselves.
  static func smooth(_ line: LineChart.Line, upTo limit: Double) -> [MetricSeries.Point] {
    let window = line.kind == .noisy ? Smoothing.window(line.points.count) : 1
    guard window > 1 else { return line.points }
    return Smoothing.average(line.points, window: window, upTo: limit)
  }

  private var noisy: Markup {
    guard Smoothing.window(line.points.count) > 1 else {
      return stroke(line.points, "line") + dots(line.points, radius: 2.2, "fill")
    }
    let raw: Markup
    if line.points.count <= 160 {
      raw = dots(line.points, radius: 1.8, "fill pale")
    } else if line.points.count <= Self.vertices {
      raw = stroke(line.points, "line pale")
    } else {
      raw = band(Smoothing.thinned(line.points, to: Self.vertices))
    }
    return raw
      + stroke(Smoothing.thinned(Self.smooth(line, upTo: y.high), to: Self.vertices), "line")
  }

  private var measured: Markup {
    let points = Smoothing.thinned(line.points, to: Self.vertices)
    // Thinning reuses low and high for its own purpose: bands are only drawn of what was measured.
    let intervals = points.count == line.points.count ? band(points) : ""
    let isDense = points.count > 12
    return intervals + stroke(points, "line")
      + dots(points, radius: isDense ? 2.4 : 3.6, isDense ? "fill" : "fill knockout")
  }

  private func stroke(_ points: [MetricSeries.Point], _ style: Markup) -> Markup {
    guard points.count > 1 else { return "" }
    return
      "<path class=\"\(style) c\(line.colour)\" d=\"\(path(points.map { ($0.step, $0.value) }))\"/>"
  }

  private func dots(
    _ points: [MetricSeries.Point], radius: Double, _ style: Markup
  ) -> Markup {
    points.map { point in
      """
      <circle class="\(style) c\(line.colour)" cx="\(x.position(point.step))" \
      cy="\(y.position(point.value))" r="\(radius)"/>
      """
    }.joined()
  }

  /// The area between `low` and `high`, or a bar where there is one point only.
  private func band(_ points: [MetricSeries.Point]) -> Markup {
    let ends = points.compactMap { point -> (step: Double, low: Double, high: Double)? in
      guard let low = point.low, let high = point.high else { return nil }
      return (point.step, low, high)
    }
    if ends.count == 1 {
      let at = x.position(ends[0].step)
      return """
        <line class="line c\(line.colour)" x1="\(at)" y1="\(y.position(ends[0].low))" x2="\(at)" \
        y2="\(y.position(ends[0].high))"/>
        """
    }
    guard ends.count > 1 else { return "" }
    let outline = ends.map { ($0.step, $0.high) } + ends.reversed().map { ($0.step, $0.low) }
    return "<path class=\"band c\(line.colour)\" d=\"\(path(outline))z\"/>"
  }

  private func path(_ points: [(Double, Double)]) -> Markup {
    points.enumerated().map { index, point in
      "\(index == 0 ? "M" : "L")\(x.position(point.0)) \(y.position(point.1))"
    }.joined()
  }
}

extension Markup {
  package static func + (left: Markup, right: Markup) -> Markup { "\(left)\(right)" }
}
