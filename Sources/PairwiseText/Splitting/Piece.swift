/// A part of a text, as byte offsets.
struct Piece: Sendable {
  var start: Int
  var end: Int
}

/// A part of a text that a pattern found, or the text between two of them.
struct PatternPiece: Sendable {
  var piece: Piece
  var isMatch: Bool
}

/// What becomes of the matches of a pattern that splits a text.
enum SplitBehavior: String, Sendable, CaseIterable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// Appends what stays of `parts`, which cover a text in order.
  func append(_ parts: [PatternPiece], to pieces: inout [Piece]) {
    let first = pieces.count
    var previousIsMatch = false
    switch self {
    case .isolated:
      for part in parts { pieces.append(part.piece) }
    case .removed:
      for part in parts where !part.isMatch { pieces.append(part.piece) }
    case .contiguous, .mergedWithPrevious:
      for part in parts {
        let joins =
          self == .contiguous
          ? part.isMatch == previousIsMatch : part.isMatch && !previousIsMatch
        if joins, pieces.count > first {
          pieces[pieces.count - 1].end = part.piece.end
        } else {
          pieces.append(part.piece)
        }
        previousIsMatch = part.isMatch
      }
    case .mergedWithNext:
      for part in parts.reversed() {
        if part.isMatch, !previousIsMatch, pieces.count > first {
          pieces[pieces.count - 1].start = part.piece.start
        } else {
          pieces.append(part.piece)
        }
        previousIsMatch = part.isMatch
      }
      pieces[first...].reverse()
    }
  }
}
