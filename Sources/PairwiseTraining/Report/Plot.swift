/// The frame every chart draws in: a box with axes, and what a reader without eyes is told.
///
/// Units are those of the SVG view box, usually 420 wide: at phone width a text of 12 units is still 10
/// pixels high, and on a large screen the picture grows with its column.
struct Plot {
  let width: Double
  let height: Double
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double

  init(
    width: Double = 420, height: Double, left: Double, right: Double = 12, top: Double = 10,
    bottom: Double = 36
  ) {
    self.width = width
    self.height = height
    self.left = left
    self.right = width - right
    self.top = top
    self.bottom = height - bottom
  }

  /// Room for labels of the y axis, by their longest.
  static func leftMargin(_ labels: [String]) -> Double {
    let longest = labels.map(\.count).max() ?? 0
    return max(28, 7 * Double(longest) + 8)
  }

  func yAxis(_ axis: Axis, percent: Bool) -> Markup {
    axis.ticks.map { tick in
      let y = axis.position(tick)
      let label = NumberText.tick(tick, step: axis.step, percent: percent)
      return """
        <line class="rule" x1="\(left)" y1="\(y)" x2="\(right)" y2="\(y)"/>\
        <text class="tick" x="\(left - 6)" y="\(y + 4)" text-anchor="end">\(label)</text>
        """
    }.joined()
  }

  func xAxis(_ axis: Axis, label: String, percent: Bool = false) -> Markup {
    xAxis(
      ticks: axis.ticks.map { tick in
        (axis.position(tick), NumberText.tick(tick, step: axis.step, percent: percent))
      }, label: label)
  }

  /// With ticks at given places of the picture.
  func xAxis(ticks: [(x: Double, text: String)], label: String) -> Markup {
    let ticks = ticks.map { x, text -> Markup in
      """
      <line class="axis" x1="\(x)" y1="\(bottom)" x2="\(x)" y2="\(bottom + 4)"/>\
      <text class="tick" x="\(x)" y="\(bottom + 17)" text-anchor="middle">\(text)</text>
      """
    }
    return """
      <line class="axis" x1="\(left)" y1="\(bottom)" x2="\(right)" y2="\(bottom)"/>\(ticks)\
      <text class="label" x="\((left + right) / 2)" y="\(bottom + 32)" \
      text-anchor="middle">\(label)</text>
      """
  }

  /// The picture with its name and its description in words.
  func svg(id: String, title: String, description: String, _ content: Markup) -> Markup {
    """
    <svg class="\(width < 400 ? "narrow" : "usual")" role="img" aria-labelledby="\(id)-t \(id)-d" viewBox="0 0 \(width) \(height)" \
    xmlns="http://www.w3.org/2000/svg"><title id="\(id)-t">\(title)</title>\
    <desc id="\(id)-d">\(description)</desc>\(content)</svg>
    """
  }
}

/// A picture with its heading, legend and remark.
package struct Figure {
  /// One entry of the legend; `style` is a CSS class of the style sheet.
  struct Key {
    var style: String
    var text: String
  }

  package var id: String
  var title: String
  var keys: [Key] = []
  /// One sentence below the picture.
  var note: String?
  var picture: Markup
  /// The same numbers as a table, to be unfolded.
  var table: Markup?

  package var markup: Markup {
    let legend: Markup =
      keys.isEmpty
      ? ""
      : """
      <ul class="legend">\(keys.map { "<li><i class=\"key \($0.style)\"></i>\($0.text)</li>" })</ul>
      """
    let remark: Markup = note.map { "<p class=\"note\">\($0)</p>" } ?? ""
    let numbers: Markup =
      table.map { table in
        """
        <details class="numbers"><summary>Numbers</summary><div class="wide" tabindex="0" role="region" \
        aria-label="\(title), numbers">\(table)</div></details>
        """
      } ?? ""
    return """
      <figure class="card chart" id="\(id)"><figcaption>\(title)</figcaption>\(legend)\
      <div class="picture">\(picture)</div>\(remark)\(numbers)</figure>

      """
  }
}
