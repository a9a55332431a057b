import Glibc
import Pairwise

/// Completions in a terminal, their tokens shaded; elsewhere with numbers behind them.
enum TokenTerminal {
  /// Whether colours may be written to standard output.
  private static var hasColours: Bool {
    let refused = unsafe getenv("NO_COLOR") != nil
    return isatty(STDOUT_FILENO) == 1 && !refused
  }

  static func text(_ measures: [String], _ pairs: [ShadedPair], colours: Bool = hasColours)
    -> String
  {
    var lines: [String] = []
    for (index, pair) in pairs.enumerated() {
      lines.append("pair \(index + 1): " + Terminal.cut(visible(pair.prompt), 200))
      for (measure, name) in measures.enumerated() {
        let scale = pair.largest(measure)
        for (side, tokens) in [("chosen", pair.chosen), ("rejected", pair.rejected)] {
          let marked = tokens.map { token in
            mark(token, token.numbers.isEmpty ? nil : token.numbers[measure], scale, colours)
          }
          lines.append("  \(name), \(side): " + marked.joined())
        }
      }
      lines.append("")
    }
    return lines.joined(separator: "\n")
  }

  private static func mark(
    _ token: ShadedPair.Token, _ number: Float?, _ scale: Float, _ colours: Bool
  ) -> String {
    let text = token.text.isEmpty ? "·" : visible(token.text)
    guard let number else { return text }
    guard colours else { return "\(text)[\(Terminal.fixed(Double(number), 3))]" }
    // Five steps of the 256-colour cube, from no colour to blue or vermilion.
    let step = Int((5 * abs(number) / max(scale, 1e-30)).rounded())
    if step == 0 { return text }
    let ramp = number < 0 ? [224, 217, 210, 203, 196] : [195, 159, 117, 75, 33]
    return "\u{1B}[48;5;\(ramp[min(step, 5) - 1]);38;5;16m\(text)\u{1B}[0m"
  }

  /// Text from a file without control characters: what is shown must not steer the terminal.
  private static func visible(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control where scalar == "\n": result += "⏎"
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
