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
    switch step {
    case .composed: return CanonicalForm.composed(text)
    case .decomposed: return CanonicalForm.decomposed(text)
    case .lowercased: return lowercased(text)
    case .withoutMarks:
      return CanonicalForm.mapRuns(of: text, withBase: false) { run in
        let kept = String(decoding: run, as: UTF8.self).unicodeScalars.filter { !isMark($0) }
        return Array(String(kept).utf8)
      }
    case .trimmed(let left, let right): return trimmed(text, left: left, right: right)
    case .prepended(let prefix): return text.isEmpty ? text : prefix + text
    case .replaced(let pattern, let content): return replaced(text, pattern, by: content)
    case .bert(let options): return options.apply(text)
    }
  }

  // MARK: Steps

  /// Every scalar on its own: a sigma at the end of a word is no exception.
  static func lowercased(_ text: [UInt8]) -> [UInt8] {
    let text = CanonicalForm.mapRuns(of: text, withBase: false) { run in
      var bytes: [UInt8] = []
      for scalar in String(decoding: run, as: UTF8.self).unicodeScalars {
        bytes.append(contentsOf: scalar.properties.lowercaseMapping.utf8)
      }
      return bytes
    }
    return text.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
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
}

extension Normalizer.BERT {
  fileprivate func apply(_ text: [UInt8]) -> [UInt8] {
    var text = cleans || spacesIdeographs ? cleaned(text) : text
    if stripsAccents { text = CanonicalForm.withoutAccents(text) }
    return lowercases ? Normalizer.lowercased(text) : text
  }

  private func cleaned(_ text: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    let span = text.span
    var index = 0
    while index < text.count {
      let byte = text[index]
      if byte >= 0x80 {
        let scalar = TextScalar(span, at: index)
        append(scalar.value, text[index..<index + scalar.length], to: &bytes)
        index += scalar.length
        continue
      }
      index += 1
      if cleans, byte < 0x20 || byte == 0x7F {
        if byte == 0x09 || byte == 0x0A || byte == 0x0D { bytes.append(0x20) }
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }

  /// A scalar beyond ASCII.
  private func append(_ scalar: UInt32, _ encoded: ArraySlice<UInt8>, to bytes: inout [UInt8]) {
    if cleans, BERTScalars.isDropped(scalar) { return }
    if spacesIdeographs, BERTScalars.isIdeograph(scalar) {
      bytes.append(0x20)
      bytes.append(contentsOf: encoded)
      bytes.append(0x20)
    } else if cleans, ScalarKind(scalar) == .space {
      bytes.append(0x20)
    } else {
      bytes.append(contentsOf: encoded)
    }
  }
}
