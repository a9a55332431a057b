/// Finds places for the names of dots, so that none covers another name, a dot or the edge of the picture.
struct NamePlaces {
  struct Place {
    /// The name's corner beside its dot, on the text's base line.
    var x: Double
    var y: Double
    var isLeft: Bool
    /// Whether it stands so far off that a line has to tie it to its dot.
    var isTied: Bool
  }

  private struct Box {
    var (left, right, top, bottom): (Double, Double, Double, Double)

    func overlaps(_ other: Box) -> Bool {
      left < other.right && other.left < right && top < other.bottom && other.top < bottom
    }
  }

  /// Room of a letter and of a line, also at the larger size of small screens.
  private static let letter = 7.9
  private static let line = 15.0

  private let frame: (left: Double, right: Double, top: Double, bottom: Double)
  private var taken: [Box] = []

  /// - Parameter dots: centres in the picture, each with a radius of about 6.
  init(dots: [(x: Double, y: Double)], left: Double, right: Double, top: Double, bottom: Double) {
    frame = (left, right, top, bottom)
    taken = dots.map { Box(left: $0.x - 6, right: $0.x + 6, top: $0.y - 6, bottom: $0.y + 6) }
  }

  /// The nearest free place beside a dot; nil if there is none.
  mutating func place(_ name: String, at x: Double, _ y: Double) -> Place? {
    let width = Self.letter * Double(name.count)
    let prefersLeft = x > (frame.left + frame.right) / 2
    for distance in [0.0, 14, 28, 42, 60] {
      for side in [prefersLeft, !prefersLeft] {
        for up in [-1.0, 1] {
          let start = side ? x - 9 - distance / 3 : x + 9 + distance / 3
          let base = up < 0 ? y - 5 - distance : y + 14 + distance
          let box = Box(
            left: side ? start - width : start, right: side ? start : start + width,
            top: base - Self.line + 3, bottom: base + 3)
          guard box.left >= frame.left, box.right <= frame.right + 12,
            box.top >= frame.top,
            box.bottom <= frame.bottom, !taken.contains(where: box.overlaps)
          else { continue }
          taken.append(box)
          return Place(x: start, y: base, isLeft: side, isTied: distance > 0)
        }
      }
    }
    return nil
  }
}
