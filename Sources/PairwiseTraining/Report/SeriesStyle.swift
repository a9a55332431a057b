/// How one of several series is told apart: a colour, a mark and a dash, so that no eye needs all of them.
package struct SeriesStyle: Sendable, Equatable {
  /// From 0; repeats after `count`.
  package let index: Int

  /// Styles that differ from one another.
  package static let count = 12

  package init(_ index: Int) { self.index = index % Self.count }

  /// The CSS class of the colour.
  var colour: Markup { "c\(index + 1)" }

  /// The CSS class of the dash; empty for a solid line.
  var dash: Markup {
    switch index % 3 {
    case 0: ""
    case 1: " dashed"
    default: " dots"
    }
  }

  /// The mark at a place of the picture: six shapes, filled and then hollow.
  func mark(_ x: Double, _ y: Double, size r: Double, title: String? = nil) -> Markup {
    let style: Markup = "\(index < 6 ? "fill knockout" : "hollow") \(colour)"
    let title: Markup = title.map { "<title>\($0)</title>" } ?? ""
    let path: Markup
    switch index % 6 {
    case 0:
      return "<circle class=\"\(style)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(r)\">\(title)</circle>"
    case 1:
      let side = 1.8 * r
      return """
        <rect class="\(style)" x="\(x - side / 2)" y="\(y - side / 2)" width="\(side)" \
        height="\(side)">\(title)</rect>
        """
    case 2: path = "M\(x) \(y - 1.25 * r)l\(1.2 * r) \(2.1 * r)h\(-2.4 * r)z"
    case 3:
      path =
        "M\(x) \(y - 1.35 * r)l\(1.35 * r) \(1.35 * r)l\(-1.35 * r) \(1.35 * r)l\(-1.35 * r) \(-1.35 * r)z"
    case 4: path = "M\(x) \(y + 1.25 * r)l\(1.2 * r) \(-2.1 * r)h\(-2.4 * r)z"
    default:
      let (a, b) = (0.45 * r, 1.2 * r)
      path = """
        M\(x - a) \(y - b)h\(2 * a)v\(b - a)h\(b - a)v\(2 * a)h\(a - b)v\(b - a)h\(-2 * a)\
        v\(a - b)h\(a - b)v\(-2 * a)h\(b - a)z
        """
    }
    return "<path class=\"\(style)\" d=\"\(path)\">\(title)</path>"
  }
}

/// Names beside the ends of curves, pushed apart where they would overlap, each tied to its curve by a thin line.
struct EndNames {
  struct Name {
    var text: String
    var y: Double
    var style: SeriesStyle
  }

  /// Longer names are cut.
  static let longest = 16
  /// Height of a name, also at the larger size of small screens.
  private static let pitch = 16.0

  /// Room they need beside the picture.
  static func margin(_ names: [String]) -> Double {
    24 + 7.9 * Double(names.map { min($0.count, longest + 1) }.max() ?? 0)
  }

  /// - Parameters:
  ///   - x: where the curves end.
  ///   - top, bottom: where names may stand.
  static func markup(_ names: [Name], x: Double, top: Double, bottom: Double) -> Markup {
    let sorted = names.sorted { $0.y < $1.y }
    var places = sorted.map(\.y)
    let pitch = min(Self.pitch, (bottom - top) / Double(max(1, names.count - 1)))
    for index in places.indices.dropFirst() {
      places[index] = max(places[index], places[index - 1] + pitch)
    }
    for index in places.indices.reversed() {
      let ceiling = index == places.count - 1 ? bottom : places[index + 1] - pitch
      places[index] = min(places[index], ceiling)
    }
    return zip(sorted, places).map { name, y -> Markup in
      """
      <line class="tie \(name.style.colour)" x1="\(x + 5)" y1="\(name.y)" x2="\(x + 15)" y2="\(y)"/>\
      <text class="end \(name.style.colour)" x="\(x + 18)" y="\(y + 4)">\
      \(HTMLText.shortened(name.text, to: longest))</text>
      """
    }.joined()
  }
}
