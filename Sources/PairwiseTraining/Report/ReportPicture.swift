/// A picture of a report as a file of its own: SVG that needs nothing else, on a white ground.
public struct ReportPicture: Sendable, Equatable {
  /// Fit for a file: lower case letters, digits and hyphens.
  public var name: String
  public var svg: String
}

extension RunReport {
  /// All pictures, in the order of the report.
  public var pictures: [ReportPicture] { figures.map(\.standalone) }
}

extension Figure {
  private static let titleHeight = 34.0
  private static let keyHeight = 18.0

  /// The picture with its title and legend drawn in, and its style with it.
  package var standalone: ReportPicture {
    let (width, height) = size
    let legend = legend(width)
    let top = Self.titleHeight + legend.height
    let (outerWidth, outerHeight) = (width + 24, height + top + 12)
    let inner = picture.text.dropFirst("<svg ".count)
    let head: Markup = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(outerWidth) \(outerHeight)" \
      width="\(1.5 * outerWidth)" height="\(1.5 * outerHeight)">\
      <style>\(RunReportStyle.standalone(picture.text))</style>\
      <rect width="\(outerWidth)" height="\(outerHeight)" fill="#ffffff"/>\
      <text class="title" x="14" y="23">\(title)</text>\(legend.content)\
      <svg x="12" y="\(top)" width="\(width)" height="\(height)"
      """
    return ReportPicture(name: id, svg: head.text + " " + inner + "</svg>\n")
  }

  /// Of the view box.
  private var size: (width: Double, height: Double) {
    let box = picture.text.split(separator: "viewBox=\"", maxSplits: 1).last?.prefix { $0 != "\"" }
    let numbers = (box ?? "").split(separator: " ").compactMap { Double($0) }
    return numbers.count == 4 ? (numbers[2], numbers[3]) : (420, 300)
  }

  /// Keys side by side, in as many rows as they need.
  private func legend(_ width: Double) -> (content: Markup, height: Double) {
    var (x, y) = (14.0, Self.titleHeight + 8)
    var content: Markup = ""
    for key in keys {
      let room = 34 + 6.4 * Double(key.text.count)
      if x > 14, x + room > width { (x, y) = (14, y + Self.keyHeight) }
      content += """
        <line class="line \(key.style)" x1="\(x)" y1="\(y - 4)" x2="\(x + 18)" y2="\(y - 4)"/>\
        <text class="label" x="\(x + 24)" y="\(y)">\(key.text)</text>
        """
      x += room
    }
    return (content, keys.isEmpty ? 0 : y - Self.titleHeight + 8)
  }
}

extension RunReportStyle {
  /// The rules of charts with every colour spelled out, since few programs that draw SVG know variables.
  static func standalone(_ picture: String) -> Markup {
    let values = Self.values
    let used = (0...12).filter { picture.contains("c\($0)\"") || picture.contains("c\($0) ") }
    var rules: [String] = []
    for rule in charts.text.split(separator: "}") {
      let parts = rule.split(separator: "{", maxSplits: 1).map { part in
        part.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      guard parts.count == 2, parts[0].hasPrefix("svg ") else { continue }
      var body = parts[1]
      for (name, value) in values { body = body.replacing("var(\(name))", with: value) }
      guard body.contains("var(--c)") else {
        rules.append("\(parts[0].replacing(":not(.narrow)", with: "")) {\(body)}")
        continue
      }
      for index in used {
        let colour = index == 0 ? values["--soft"] : values["--c\(index)"]
        let own = parts[0].split(separator: ", ").map { "\($0).c\(index)" }.joined(separator: ", ")
        rules.append("\(own) {\(body.replacing("var(--c)", with: colour ?? "#000"))}")
      }
    }
    let text = rules.joined(separator: "\n")
    return """
      svg { overflow: visible }
      svg text { font-family: Inter, "Liberation Sans", Arial, sans-serif; font-size: 12px; fill: #171b22 }
      \(Markup(trusted: text))
      svg .title { font-size: 16px; font-weight: 600 }
      """
  }

  /// Variables of the light style.
  private static var values: [String: String] {
    let light = colours.text.split(separator: "@media", maxSplits: 1).first ?? ""
    var values: [String: String] = [:]
    for part in light.split(whereSeparator: { $0 == ";" || $0 == "{" || $0 == "}" }) {
      let sides = part.split(separator: ":", maxSplits: 1).map { side in
        side.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      }
      if sides.count == 2, sides[0].hasPrefix("--"), sides[1].hasPrefix("#") {
        values[sides[0]] = sides[1]
      }
    }
    return values
  }
}
