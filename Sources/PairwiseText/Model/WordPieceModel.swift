/// WordPiece: a word is the longest token that begins it, then the longest that goes on, and so on;
/// a word with any part left over is unknown (Schuster and Nakajima 2012, as BERT has it).
struct WordPieceModel: Sendable {
  let vocabulary: Vocabulary
  /// Tokens that go on inside a word, without their prefix.
  let continuations: TokenTable
  let unknown: Int32
  /// A word of more scalars is unknown.
  let longestWord: Int

  /// Appends the ids of one word.
  func append(_ text: Span<UInt8>, _ piece: Piece, to ids: inout [Int32]) {
    let count = ids.count
    guard isShort(text, piece) else {
      ids.append(unknown)
      return
    }
    var start = piece.start
    while start < piece.end {
      guard let match = longestMatch(text, piece, from: start) else {
        ids.removeSubrange(count...)
        ids.append(unknown)
        return
      }
      ids.append(match.id)
      start = match.end
    }
  }

  private func longestMatch(
    _ text: Span<UInt8>, _ piece: Piece, from start: Int
  ) -> (id: Int32, end: Int)? {
    let isFirst = start == piece.start
    let longest = isFirst ? vocabulary.table.longest : continuations.longest
    var end = min(piece.end, start + longest)
    while end > start {
      // Only between scalars.
      if end == piece.end || text[end] & 0xC0 != 0x80 {
        let id =
          isFirst
          ? vocabulary.table.id(of: text, from: start, to: end)
          : continuations.id(of: text, from: start, to: end)
        if let id { return (id, end) }
      }
      end -= 1
    }
    return nil
  }

  private func isShort(_ text: Span<UInt8>, _ piece: Piece) -> Bool {
    if piece.end - piece.start <= longestWord { return true }
    var scalars = 0
    for index in piece.start..<piece.end where text[index] & 0xC0 != 0x80 { scalars += 1 }
    return scalars <= longestWord
  }
}
