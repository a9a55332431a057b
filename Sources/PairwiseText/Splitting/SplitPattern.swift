/// What a `Split` looks for.
enum SplitPattern: Sendable, Equatable {
  case gpt2
  /// Llama 3's pattern, which takes up to `numbers` numerals at a time.
  case llama3(numbers: Int)
  /// Exactly this text.
  case literal([UInt8])

  /// Patterns as files spell them, with what stands for them here.
  static let known: [(text: String, pattern: SplitPattern)] = [
    (gpt2Text, .gpt2),
    (#"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#, .gpt2),
    (llama3Text(#"\p{N}{1,3}"#), .llama3(numbers: 3)),
    (llama3Text(#"\p{N}"#), .llama3(numbers: 1)),
    (llama3Text(#"\p{N}+"#), .llama3(numbers: .max)),
  ]

  static let gpt2Text =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  static func llama3Text(_ numbers: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + numbers
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  /// Appends the matches in `piece` and the text between them.
  func append(_ text: Span<UInt8>, _ piece: Piece, to parts: inout [PatternPiece]) {
    var index = piece.start
    switch self {
    case .gpt2:
      while index < piece.end {
        let end = GPT2Pattern.end(text, from: index, to: piece.end)
        parts.append(PatternPiece(piece: Piece(start: index, end: end), isMatch: true))
        index = end
      }
    case .llama3(let numbers):
      while index < piece.end {
        let end = Llama3Pattern.end(text, from: index, to: piece.end, numbers: numbers)
        parts.append(PatternPiece(piece: Piece(start: index, end: end), isMatch: true))
        index = end
      }
    case .literal(let literal):
      appendLiteral(literal, text, piece, to: &parts)
    }
  }

  private func appendLiteral(
    _ literal: [UInt8], _ text: Span<UInt8>, _ piece: Piece, to parts: inout [PatternPiece]
  ) {
    var plainStart = piece.start
    var index = piece.start
    while !literal.isEmpty, index + literal.count <= piece.end {
      guard literal.indices.allSatisfy({ text[index + $0] == literal[$0] }) else {
        index += 1
        continue
      }
      if plainStart < index {
        parts.append(PatternPiece(piece: Piece(start: plainStart, end: index), isMatch: false))
      }
      let end = index + literal.count
      parts.append(PatternPiece(piece: Piece(start: index, end: end), isMatch: true))
      index = end
      plainStart = end
    }
    if plainStart < piece.end {
      parts.append(PatternPiece(piece: Piece(start: plainStart, end: piece.end), isMatch: false))
    }
  }
}
