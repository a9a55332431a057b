package import PairwiseEvaluation

/// How often predictions of each confidence come true, before and after calibration.
///
/// On the diagonal, a model that says 80 % is right in 80 % of such cases. Bars below show how many
/// predictions each bin holds, whiskers Wilson's 95 % interval of its share.
package struct ReliabilityDiagram {
  package struct Side {
    package var name: String
    package var bins: [Calibration.Bin]
    package var expectedError: Double?
    /// Palette colour, from 1.
    package var colour: Int

    package init(
      name: String, bins: [Calibration.Bin], expectedError: Double? = nil, colour: Int
    ) {
      self.name = name
      self.bins = bins.filter { bin in
        let figures = [bin.low, bin.high, bin.confidence ?? -1, bin.accuracy ?? -1]
        return bin.count > 0 && figures.allSatisfy { $0 >= 0 && $0 <= 1 }
      }
      self.expectedError = expectedError
      self.colour = colour
    }
  }

  package var id: String
  package var title: String
  package var sides: [Side]
  package var note: String?

  /// Bins with fewer pairs than this are drawn hollow and apart from the line.
  package static let few = 10

  package init(id: String, title: String, sides: [Side], note: String? = nil) {
    self.id = id
    self.title = title
    self.sides = sides.filter { !$0.bins.isEmpty }
    self.note = note
  }

  /// Nil without a single prediction.
  package var figure: Figure? {
    guard !sides.isEmpty else { return nil }
    let plot = Plot(height: 390, left: 44, bottom: 100)
    let least = sides.flatMap(\.bins).map { min($0.low, whisker($0)?.low ?? $0.low) }.min() ?? 0
    let x = Axis(
      sides.flatMap(\.bins).contains { ($0.confidence ?? 1) < 0.5 } ? 0 : 0.5, 1,
      from: plot.left, to: plot.right, ticks: 5)
    let floor = min(x.low, (least * 10).rounded(.down) / 10)
    let y = Axis(floor, 1, from: plot.bottom, to: plot.top, ticks: 6)
    var content = plot.yAxis(y, percent: true)
    content += diagonal(plot, x, y)
    for side in sides { content += points(side, x, y) }
    content += counts(plot, x)
    return Figure(
      id: id, title: title,
      keys: sides.map { side in
        let error = side.expectedError.map { ", ECE " + NumberText.fixed($0, 3) } ?? ""
        return .init(style: "dotted c\(side.colour)", text: side.name + error)
      },
      note: note,
      picture: plot.svg(id: id, title: title, description: description, content),
      table: table)
  }

  private var description: String {
    sides.map { side in
      let rows = side.bins.map { bin in
        "confidence \(percent(bin.confidence)): \(percent(bin.accuracy)) right of "
          + NumberText.count(bin.count)
      }
      return "\(side.name): " + rows.joined(separator: "; ") + "."
    }.joined(separator: " ")
  }

  private var table: Markup {
    """
    <table><caption>Reliability table</caption><thead><tr><th scope="col">Scores</th>\
    <th scope="col">Confidence</th><th scope="col">Pairs</th><th scope="col">Mean confidence</th>\
    <th scope="col">Share right</th></tr></thead><tbody>\(sides.flatMap { side in
      side.bins.map { bin -> Markup in
        """
        <tr><td>\(side.name)</td><td>\(percent(bin.low, 0)) – \(percent(bin.high, 0))</td>\
        <td>\(NumberText.count(bin.count))</td><td>\(percent(bin.confidence))</td>\
        <td>\(percent(bin.accuracy))</td></tr>
        """
      }
    })</tbody></table>
    """
  }

  private func percent(_ share: Double?, _ decimals: Int = 1) -> String {
    share.map { NumberText.percent($0, decimals) } ?? "–"
  }

  private func whisker(_ bin: Calibration.Bin) -> Interval? {
    guard let accuracy = bin.accuracy else { return nil }
    let successes = min(bin.count, Int((accuracy * Double(bin.count)).rounded()))
    return try? Interval.wilson(successes: successes, of: bin.count)
  }

  private func diagonal(_ plot: Plot, _ x: Axis, _ y: Axis) -> Markup {
    """
    <line class="reference" x1="\(x.position(x.low))" y1="\(y.position(x.low))" \
    x2="\(x.position(1))" y2="\(y.position(1))"/>\
    <text class="label hint" x="\(plot.left + 10)" y="\(plot.top + 16)">under-confident</text>\
    <text class="label hint" x="\(plot.right - 8)" y="\(plot.bottom - 10)" \
    text-anchor="end">over-confident</text>
    """
  }

  private func points(_ side: Side, _ x: Axis, _ y: Axis) -> Markup {
    var marks: [Markup] = []
    var path: [Markup] = []
    for bin in side.bins {
      guard let confidence = bin.confidence, let accuracy = bin.accuracy else { continue }
      let (cx, cy) = (x.position(confidence), y.position(accuracy))
      let isFew = bin.count < Self.few
      if !isFew { path.append("\(path.isEmpty ? "M" : "L")\(cx) \(cy)") }
      if let whisker = whisker(bin) {
        marks.append(
          """
          <line class="whisker c\(side.colour)" x1="\(cx)" y1="\(y.position(whisker.low))" \
          x2="\(cx)" y2="\(y.position(whisker.high))"/>
          """)
      }
      marks.append(
        """
        <circle class="\(isFew ? "hollow" : "fill knockout") c\(side.colour)" cx="\(cx)" \
        cy="\(cy)" r="3.6"/>
        """)
    }
    return "<path class=\"line thin c\(side.colour)\" d=\"\(path)\"/>\(marks)"
  }

  /// A strip of bars under the plot: how many predictions stand behind each point.
  private func counts(_ plot: Plot, _ x: Axis) -> Markup {
    let (top, bottom) = (plot.bottom + 22, plot.bottom + 62)
    let largest = Double(sides.flatMap(\.bins).map(\.count).max() ?? 1)
    var bars: [Markup] = []
    for (index, side) in sides.enumerated() {
      for bin in side.bins {
        let (from, to) = (x.position(max(bin.low, x.low)), x.position(bin.high))
        let width = max(1, (to - from - 4) / Double(sides.count))
        let height = max(0.8, Double(bin.count) / largest * (bottom - top))
        bars.append(
          """
          <rect class="fill c\(side.colour)" x="\(from + 2 + width * Double(index))" \
          y="\(bottom - height)" width="\(max(1, width - 1))" height="\(height)"/>
          """)
      }
    }
    let base = Plot(
      height: plot.height, left: plot.left, right: plot.width - plot.right, bottom: 38)
    return """
      \(bars)\(base.xAxis(x, label: "confidence, and how many pairs have it", percent: true))\
      <text class="tick" x="\(plot.left - 6)" y="\(top + 9)" \
      text-anchor="end">\(NumberText.compact(largest))</text>
      """
  }
}
