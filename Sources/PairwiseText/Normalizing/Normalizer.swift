/// Rewrites text before it is split: Unicode forms, case, accents, BERT's cleaning.
struct Normalizer: Sendable {
  enum Step: Sendable, Equatable {
    case composed
    case decomposed
    case lowercased
    /// Drops marks (general category M).
    case withoutMarks
    /// Drops white space at the ends.
    case trimmed(left: Bool, right: Bool)
    case prepended([UInt8])
    case replaced([UInt8], by: [UInt8])
    case bert(BERT)
  }

  /// The parts of `BertNormalizer`, in the order they are applied.
  struct BERT: Sendable, Equatable {
    var cleans: Bool
    var spacesIdeographs: Bool
    var stripsAccents: Bool
    var lowercases: Bool
  }

  var steps: [Step]

  func apply(_ text: [UInt8]) -> [UInt8] {
    var text = text
    for step in steps { text = Self.apply(step, text) }
    return text
  }

  private static func apply(_ step: Step, _ text: [UInt8]) -> [UInt8] {
    let isASCII = text.allSatisfy { $0 < 0x80 }
    switch step {
    case .composed:
      return isASCII ? text : bytes(CanonicalForm.composed(string(text)))
    case .decomposed:
      return isASCII ? text : bytes(CanonicalForm.decomposed(string(text)))
    case .lowercased:
      return isASCII ? text.map(lowercased) : lowercased(string(text).unicodeScalars)
    case .withoutMarks:
      if isASCII { return text }
      return bytes(string(text).unicodeScalars.filter { !isMark($0) })
    case .trimmed(let left, let right):
      return trimmed(text, left: left, right: right)
    case .prepended(let prefix):
      return text.isEmpty ? text : prefix + text
    case .replaced(let pattern, let content):
      return replaced(text, pattern, by: content)
    case .bert(let options):
      return isASCII ? options.applyASCII(text) : options.apply(string(text))
    }
  }

  // MARK: Steps

  static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }

  /// Every scalar on its own: a sigma at the end of a word is no exception.
  static func lowercased(_ scalars: String.UnicodeScalarView) -> [UInt8] {
    var bytes: [UInt8] = []
    for scalar in scalars {
      if scalar.value < 0x80 {
        bytes.append(lowercased(UInt8(truncatingIfNeeded: scalar.value)))
      } else {
        bytes.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
      }
    }
    return bytes
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }

  private static func trimmed(_ text: [UInt8], left: Bool, right: Bool) -> [UInt8] {
    let span = text.span
    let start = left ? span.end(of: .space, from: 0, to: text.count) : 0
    var end = text.count
    while right, end > start {
      let last = span.start(before: end)
      guard TextScalar(span, at: last).kind == .space else { break }
      end = last
    }
    return Array(text[start..<end])
  }

  static func replaced(
    _ text: [UInt8], _ pattern: [UInt8], by content: [UInt8]
  ) -> [UInt8] {
    var parts: [PatternPiece] = []
    SplitPattern.literal(pattern).append(
      text.span, Piece(start: 0, end: text.count), to: &parts)
    return parts.flatMap { $0.isMatch ? content : Array(text[$0.piece.start..<$0.piece.end]) }
  }

  private static func string(_ text: [UInt8]) -> String { String(decoding: text, as: UTF8.self) }

  private static func bytes(_ scalars: String.UnicodeScalarView) -> [UInt8] {
    Array(String(scalars).utf8)
  }
}

extension Normalizer.BERT {
  fileprivate func applyASCII(_ text: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    for byte in text {
      if cleans, byte < 0x20 || byte == 0x7F {
        if byte == 0x09 || byte == 0x0A || byte == 0x0D { bytes.append(0x20) }
      } else {
        bytes.append(lowercases ? Normalizer.lowercased(byte) : byte)
      }
    }
    return bytes
  }

  fileprivate func apply(_ text: String) -> [UInt8] {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if cleans, BERTScalars.isDropped(scalar) { continue }
      if spacesIdeographs, BERTScalars.isIdeograph(scalar.value) {
        scalars.append(" ")
        scalars.append(scalar)
        scalars.append(" ")
      } else {
        scalars.append(cleans && scalar.properties.isWhitespace ? " " : scalar)
      }
    }
    if stripsAccents {
      scalars = CanonicalForm.decomposed(String(scalars)).filter {
        $0.properties.generalCategory != .nonspacingMark
      }
    }
    return lowercases ? Normalizer.lowercased(scalars) : Array(String(scalars).utf8)
  }
}
