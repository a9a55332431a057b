/// Curves over the steps of a run.
///
/// What is measured each step is drawn pale, with a moving average on top; what is measured now and
/// then is drawn as it is, dots and straight lines, with its confidence band.
package struct LineChart {
  package struct Line {
    package enum Kind: Sendable, Equatable {
      /// Noisy, each step: pale, and a moving average.
      case noisy
      /// Measured now and then: dots, a line and a band.
      case measured
      /// Without noise, such as a schedule: a plain line.
      case exact
    }

    package var name: String
    package var kind: Kind
    package var points: [MetricSeries.Point]
    /// Which of the palette's colours, from 1.
    package var colour: Int

    package init(_ name: String, _ kind: Kind, _ series: MetricSeries, colour: Int) {
      self.name = name
      self.kind = kind
      points = series.drawable
      self.colour = colour
    }
  }

  package var id: String
  package var title: String
  package var isPercent = false
  /// For a narrow column, three in a row.
  package var isSmall = false
  package var lines: [Line]
  /// A level worth knowing, such as guessing; drawn if it lies in the picture.
  package var reference: (value: Double, name: String)?
  /// The measured point to be ringed, by index in the first measured line.
  package var best: Int?
  package var table: Markup?

  package init(id: String, title: String, isPercent: Bool = false, lines: [Line]) {
    self.id = id
    self.title = title
    self.isPercent = isPercent
    self.lines = lines.filter { !$0.points.isEmpty }
  }

  /// Nil when no line has a point.
  package var figure: Figure? {
    guard !lines.isEmpty else { return nil }
    let steps = lines.flatMap { $0.points.map(\.step) }
    let range = ValueRange(lines, isPercent: isPercent)
    let labels = range.axis(from: 200, to: 0).ticks.map {
      NumberText.tick($0, step: range.axis(from: 200, to: 0).step, percent: isPercent)
    }
    let plot = Plot(
      width: isSmall ? 320 : 420, height: isSmall ? 210 : 250, left: Plot.leftMargin(labels),
      right: 52)
    let y = range.axis(from: plot.bottom, to: plot.top)
    let x = Axis(
      steps.min() ?? 0, steps.max() ?? 1, from: plot.left + 4, to: plot.right,
      ticks: isSmall ? 3 : 5)
    var content = plot.yAxis(y, percent: isPercent)
    content += plot.xAxis(x, label: "step")
    content += referenceLine(plot, y).line
    let sorted = lines.enumerated().sorted { order($0.element) < order($1.element) }
    for (_, line) in sorted { content += LinePainter(line: line, x: x, y: y).markup }
    content += referenceLine(plot, y).label
    content += clipMarks(plot, x, range)
    content += ring(x, y)
    content += endLabels(plot, y)
    return Figure(
      id: id, title: title, keys: keys, note: note(range),
      picture: plot.svg(id: id, title: title, description: description, content), table: table)
  }

  private func order(_ line: Line) -> Int { line.kind == .measured ? 1 : 0 }

  private var keys: [Figure.Key] {
    var keys: [Figure.Key] = []
    for line in lines {
      switch line.kind {
      case .noisy where Smoothing.window(line.points.count) > 1:
        keys.append(.init(style: "pale c\(line.colour)", text: "\(line.name), each step"))
        let window = Smoothing.window(line.points.count)
        keys.append(.init(style: "c\(line.colour)", text: "mean of \(window) steps"))
      case .measured:
        let hasBand = line.points.contains { $0.low != nil }
        keys.append(
          .init(
            style: "dotted c\(line.colour)",
            text: line.name + (hasBand ? ", with 95\u{A0}% interval" : "")))
      default:
        if lines.count > 1 { keys.append(.init(style: "c\(line.colour)", text: line.name)) }
      }
    }
    return keys
  }

  private func note(_ range: ValueRange) -> String? {
    guard range.clipped > 0 else { return nil }
    let steps = range.clipped == 1 ? "One step lies" : "\(range.clipped) steps lie"
    let top = format(range.largest)
    return "\(steps) outside the picture and the mean (▲, up to \(top))."
  }

  private var description: String {
    lines.map { line in
      let first = line.points[0]
      let last = line.points[line.points.count - 1]
      return
        "\(line.name): from \(format(first.value)) at step \(NumberText.significant(first.step)) "
        + "to \(format(last.value)) at step \(NumberText.significant(last.step))."
    }.joined(separator: " ")
  }

  private func format(_ value: Double) -> String {
    isPercent ? NumberText.percent(value) : NumberText.significant(value)
  }

  /// The line goes under the curves, its name on top of them.
  private func referenceLine(_ plot: Plot, _ y: Axis) -> (line: Markup, label: Markup) {
    guard let reference, reference.value > y.low, reference.value < y.high else { return ("", "") }
    let height = y.position(reference.value)
    return (
      """
      <line class="reference" x1="\(plot.left)" y1="\(height)" x2="\(plot.right)" y2="\(height)"/>
      """,
      """
      <text class="label halo" x="\(plot.right - 4)" y="\(height - 5)" \
      text-anchor="end">\(reference.name)</text>
      """
    )
  }

  /// Little triangles where a noisy line leaves the picture.
  private func clipMarks(_ plot: Plot, _ x: Axis, _ range: ValueRange) -> Markup {
    guard range.clipped > 0 else { return "" }
    var places: Set<Int> = []
    var marks: [Markup] = []
    for line in lines where line.kind == .noisy {
      for point in line.points where point.value > range.high {
        let at = x.position(point.step)
        guard places.insert(Int(at / 4)).inserted else { continue }
        marks.append(
          """
          <path class="fill c\(line.colour)" d="M\(at - 3.5) \(plot.top)h7l-3.5 -6z"/>
          """)
      }
    }
    return marks.joined()
  }

  private func ring(_ x: Axis, _ y: Axis) -> Markup {
    guard let best, let line = lines.first(where: { $0.kind == .measured }),
      line.points.indices.contains(best)
    else { return "" }
    let point = line.points[best]
    return """
      <circle class="ring c\(line.colour)" cx="\(x.position(point.step))" \
      cy="\(y.position(point.value))" r="6.5"/>
      """
  }

  /// The last value of each line at its right end, pushed apart where two would overlap.
  private func endLabels(_ plot: Plot, _ y: Axis) -> Markup {
    var labels = lines.filter { $0.kind != .exact }.map {
      line -> (y: Double, text: String, colour: Int) in
      let value = LinePainter.smooth(line, upTo: y.high).last?.value ?? 0
      return (y.position(value), format(value), line.colour)
    }.sorted { $0.y < $1.y }
    for index in labels.indices.dropFirst() {
      labels[index].y = max(labels[index].y, labels[index - 1].y + 13)
    }
    for index in labels.indices.reversed() {
      let ceiling = index == labels.count - 1 ? plot.bottom : labels[index + 1].y - 13
      labels[index].y = min(labels[index].y, ceiling)
    }
    return labels.map { label in
      """
      <text class="end c\(label.colour)" x="\(plot.right + 9)" y="\(label.y + 4)">\(label.text)</text>
      """
    }.joined()
  }
}

/// What the y axis covers.
struct ValueRange {
  private(set) var low = 0.0
  private(set) var high = 1.0
  /// Values of noisy lines above the picture, and the largest of them.
  private(set) var clipped = 0
  private(set) var largest = 0.0

  /// All values and bands, but for rare spikes of noisy lines: where the largest value is more than three
  /// times as far out as the central 98 %, the axis ends above those and the spikes are counted.
  init(_ lines: [LineChart.Line], isPercent: Bool) {
    let calm = lines.filter { $0.kind != .noisy }.flatMap(\.points)
    let noisy = lines.filter { $0.kind == .noisy }.flatMap { $0.points.map(\.value) }.sorted()
    var values = calm.flatMap { [$0.value, $0.low ?? $0.value, $0.high ?? $0.value] }
    if let bottom = noisy.first, let top = noisy.last {
      let usual = noisy[noisy.count * 99 / 100]
      let spread = usual - noisy[noisy.count / 100]
      if !isPercent, noisy.count >= 50, top > usual + 3 * spread, spread > 0 {
        values += [bottom, usual + spread / 4]
      } else {
        values += [bottom, top]
      }
    }
    guard let least = values.min(), let most = values.max() else { return }
    let pad = (most - least) * 0.04
    low = least - pad
    high = most + pad
    if isPercent {
      low = max(low, least < 0 ? low : 0)
      high = min(high, most > 1 ? high : 1)
    } else if least >= 0, low < 0 {
      low = 0
    }
    clipped = noisy.count { $0 > high }
    largest = noisy.last ?? 0
  }

  func axis(from start: Double, to end: Double) -> Axis {
    Axis(low, high, from: start, to: end, ticks: 5)
  }
}
