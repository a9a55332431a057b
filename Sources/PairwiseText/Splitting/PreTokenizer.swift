/// Cuts normalised text into the words that a model is given one by one.
struct PreTokenizer: Sendable {
  enum Step: Sendable, Equatable {
    case split(SplitPattern, SplitBehavior, inverted: Bool)
    /// Numerals stand alone, each or in runs.
    case digits(individual: Bool)
    /// White space separates and is dropped; each punctuation mark stands alone.
    case bert
    /// A space goes before every piece that has none.
    case prefixSpace
  }

  var steps: [Step]

  /// Replaces `scratch.pieces`, one piece to begin with, by the words. Steps that add to the text
  /// give a new one.
  func split(_ text: inout [UInt8], _ scratch: inout SplitScratch) {
    for step in steps {
      scratch.next.removeAll(keepingCapacity: true)
      switch step {
      case .split(let pattern, .isolated, _):
        Self.isolate(pattern, text.span, &scratch)
      case .split(let pattern, let behavior, let inverted):
        for piece in scratch.pieces {
          scratch.parts.removeAll(keepingCapacity: true)
          pattern.append(text.span, piece, to: &scratch.parts)
          if inverted {
            for index in scratch.parts.indices { scratch.parts[index].isMatch.toggle() }
          }
          behavior.append(scratch.parts, to: &scratch.next)
        }
      case .digits(let individual):
        for piece in scratch.pieces {
          Self.splitDigits(text.span, piece, individual: individual, to: &scratch.next)
        }
      case .bert:
        for piece in scratch.pieces { Self.splitBERT(text.span, piece, to: &scratch.next) }
      case .prefixSpace:
        Self.addSpaces(&text, &scratch)
      }
      swap(&scratch.pieces, &scratch.next)
    }
  }

  /// Every match and what lies between is a piece: the form of all byte-level tokenizers.
  private static func isolate(
    _ pattern: SplitPattern, _ text: Span<UInt8>, _ scratch: inout SplitScratch
  ) {
    for piece in scratch.pieces {
      var index = piece.start
      switch pattern {
      case .gpt2:
        while index < piece.end {
          let end = GPT2Pattern.end(text, from: index, to: piece.end)
          scratch.next.append(Piece(start: index, end: end))
          index = end
        }
      case .llama3(let numbers):
        while index < piece.end {
          let end = Llama3Pattern.end(text, from: index, to: piece.end, numbers: numbers)
          scratch.next.append(Piece(start: index, end: end))
          index = end
        }
      case .literal:
        scratch.parts.removeAll(keepingCapacity: true)
        pattern.append(text, piece, to: &scratch.parts)
        for part in scratch.parts { scratch.next.append(part.piece) }
      }
    }
  }

  private static func splitDigits(
    _ text: Span<UInt8>, _ piece: Piece, individual: Bool, to pieces: inout [Piece]
  ) {
    var start = piece.start
    var index = piece.start
    while index < piece.end {
      let scalar = TextScalar(text, at: index)
      guard scalar.kind == .number else {
        index += scalar.length
        continue
      }
      if start < index { pieces.append(Piece(start: start, end: index)) }
      start = index
      index =
        individual
        ? index + scalar.length : text.end(of: .number, from: index, to: piece.end)
      pieces.append(Piece(start: start, end: index))
      start = index
    }
    if start < piece.end { pieces.append(Piece(start: start, end: piece.end)) }
  }

  private static func splitBERT(_ text: Span<UInt8>, _ piece: Piece, to pieces: inout [Piece]) {
    var start = piece.start
    var index = piece.start
    while index < piece.end {
      let scalar = TextScalar(text, at: index)
      let kind = scalar.kind
      let end = index + scalar.length
      if kind == .space || (kind == .other && BERTScalars.isPunctuation(scalar.value)) {
        if start < index { pieces.append(Piece(start: start, end: index)) }
        if kind != .space { pieces.append(Piece(start: index, end: end)) }
        start = end
      }
      index = end
    }
    if start < piece.end { pieces.append(Piece(start: start, end: piece.end)) }
  }

  private static func addSpaces(_ text: inout [UInt8], _ scratch: inout SplitScratch) {
    var spaced: [UInt8] = []
    spaced.reserveCapacity(text.count + scratch.pieces.count)
    for piece in scratch.pieces {
      let start = spaced.count
      if text[piece.start] != 0x20 { spaced.append(0x20) }
      spaced.append(contentsOf: text[piece.start..<piece.end])
      scratch.next.append(Piece(start: start, end: spaced.count))
    }
    text = spaced
  }
}

/// Memory that splitting reuses from text to text. Pieces are never empty.
struct SplitScratch: Sendable {
  var pieces: [Piece] = []
  var next: [Piece] = []
  var parts: [PatternPiece] = []
}
