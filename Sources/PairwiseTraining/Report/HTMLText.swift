/// Helpers for text from outside.
package enum HTMLText {
  /// At most `limit` characters: the beginning, and … where something was left off.
  ///
  /// Costs no more than the part that is kept, however long the text.
  package static func shortened(_ text: String, to limit: Int) -> String {
    guard let end = text.index(text.startIndex, offsetBy: limit, limitedBy: text.endIndex),
      end < text.endIndex
    else { return text }
    return text[..<end].trimmingWhiteSpace + "…"
  }

  /// Without white space at both ends, and without empty lines: these spend space and say nothing.
  package static func condensed(_ text: String) -> String {
    text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
      .map(\.trimmingWhiteSpace).joined(separator: "\n")
  }

  /// The end of a text rather than its beginning: the last turn of a conversation is what matters.
  package static func shortenedToEnd(_ text: String, to limit: Int) -> String {
    guard let start = text.index(text.endIndex, offsetBy: -limit, limitedBy: text.startIndex),
      start > text.startIndex
    else { return text }
    return "…" + String(text[start...].drop(while: \.isWhitespace))
  }
}

extension Substring {
  fileprivate var trimmingWhiteSpace: String {
    var text = self
    while text.last?.isWhitespace == true { text.removeLast() }
    while text.first?.isWhitespace == true { text.removeFirst() }
    return String(text)
  }
}
