/// A token that is looked for in the text itself, before the text is split.
struct AddedToken: Sendable, Equatable {
  var content: String
  /// Found only where no word goes on at either side.
  var isSingleWord = false
  /// Takes the white space before it, or after it.
  var stripsLeft = false
  var stripsRight = false
  /// Looked for in the normalised text, by its own normal form.
  var isNormalized = false
  /// Left out of decoded text on request.
  var isSpecial = false
}

/// Finds tokens of one set in a text: the longest at the leftmost place, and so on after it.
struct AddedTokenFinder: Sendable {
  private struct Entry: Sendable {
    var token: AddedToken
    var id: Int32
  }

  private var entries: [Entry] = []
  /// The states of a trie: its entry or -1, and the edges that leave it.
  private var matches: [Int32] = [-1]
  private var edges: [[(byte: UInt8, state: Int32)]] = [[]]
  /// Whether any token begins with a byte.
  private var beginnings = [Bool](repeating: false, count: 256)

  /// A part of the text: the id of the token found there, or nil.
  struct Part: Sendable {
    var piece: Piece
    var id: Int32?
  }

  var isEmpty: Bool { entries.isEmpty }

  /// Adds a token that is spelled as `pattern`; the first of two with one spelling counts.
  mutating func insert(_ pattern: [UInt8], _ token: AddedToken, id: Int32) {
    guard let first = pattern.first else { return }
    beginnings[Int(first)] = true
    var state = 0
    for byte in pattern {
      if let edge = edges[state].first(where: { $0.byte == byte }) {
        state = Int(edge.state)
      } else {
        edges[state].append((byte, Int32(truncatingIfNeeded: edges.count)))
        state = edges.count
        edges.append([])
        matches.append(-1)
      }
    }
    guard matches[state] < 0 else { return }
    matches[state] = Int32(truncatingIfNeeded: entries.count)
    entries.append(Entry(token: token, id: id))
  }

  /// The parts of the text in order; none is empty, unless a token stripped into the one before.
  func parts(_ text: Span<UInt8>) -> [Part] {
    var parts: [Part] = []
    var plainStart = 0
    var index = 0
    while index < text.count {
      guard beginnings[Int(text[index])], let match = longestMatch(text, at: index) else {
        index += 1
        continue
      }
      let found = Piece(start: index, end: match.end)
      index = match.end
      let entry = entries[match.entry]
      guard let piece = widened(found, entry.token, text, after: plainStart) else { continue }
      if plainStart < piece.start {
        parts.append(Part(piece: Piece(start: plainStart, end: piece.start), id: nil))
      }
      parts.append(Part(piece: piece, id: entry.id))
      plainStart = piece.end
    }
    if plainStart < text.count {
      parts.append(Part(piece: Piece(start: plainStart, end: text.count), id: nil))
    }
    return parts
  }

  private func longestMatch(_ text: Span<UInt8>, at start: Int) -> (entry: Int, end: Int)? {
    var best: (entry: Int, end: Int)?
    var state = 0
    var index = start
    while index < text.count {
      let byte = text[index]
      guard let edge = edges[state].first(where: { $0.byte == byte }) else { break }
      state = Int(edge.state)
      index += 1
      if matches[state] >= 0 { best = (Int(matches[state]), index) }
    }
    return best
  }

  /// The match with the white space it strips, or nil if it is no single word.
  private func widened(
    _ found: Piece, _ token: AddedToken, _ text: Span<UInt8>, after plainStart: Int
  ) -> Piece? {
    var piece = found
    if token.isSingleWord {
      if piece.start > 0, Self.isWord(text, at: text.start(before: piece.start)) { return nil }
      if piece.end < text.count, Self.isWord(text, at: piece.end) { return nil }
    }
    if token.stripsLeft {
      var start = piece.start
      while start > plainStart {
        let before = text.start(before: start)
        guard TextScalar(text, at: before).kind == .space else { break }
        start = before
      }
      // Not below what the token before has taken, in which this one may begin.
      piece.start = max(start, plainStart)
    }
    if token.stripsRight { piece.end = text.end(of: .space, from: piece.end, to: text.count) }
    return piece
  }

  /// `\w` of UTS #18: letters, marks, digits, connectors, and the two joiners.
  private static func isWord(_ text: Span<UInt8>, at index: Int) -> Bool {
    guard let scalar = Unicode.Scalar(TextScalar(text, at: index).value) else { return false }
    if scalar.value == 0x200C || scalar.value == 0x200D { return true }
    switch scalar.properties.generalCategory {
    case .decimalNumber, .connectorPunctuation, .nonspacingMark, .spacingMark, .enclosingMark:
      return true
    default:
      return scalar.properties.isAlphabetic
    }
  }
}
