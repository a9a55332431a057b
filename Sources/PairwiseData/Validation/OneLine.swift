internal import PairwiseConfig

/// Values cut to fit a line of a terminal.
enum OneLine {
  static let length = 60

  /// A text with its control characters escaped, so that data cannot garble the terminal.
  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    // Enough bytes for the characters shown, however long the text is.
    Wording.printable(String(decoding: bytes.prefix(8 * length), as: UTF8.self))
  }

  static func numbers(_ values: [Float]) -> String {
    let shown = values.prefix(6).map { ValueRange.short(Double($0)) }.joined(separator: ", ")
    return values.count > 6 ? "\(shown), …" : shown
  }
}
