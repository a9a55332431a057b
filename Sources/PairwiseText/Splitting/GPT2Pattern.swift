/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, written out: the
/// pattern of GPT-2, and of every `ByteLevel` with `use_regex`. It covers any text.
enum GPT2Pattern {
  /// The end of the match that begins at `start`; `limit` is the end of the text to see.
  static func end(_ text: Span<UInt8>, from start: Int, to limit: Int) -> Int {
    let first = TextScalar(text, at: start)
    if first.value == 0x27, let end = contractionEnd(text, from: start, to: limit) { return end }
    var kind = first.kind
    var index = start + first.length
    if first.value == 0x20, index < limit {
      let second = TextScalar(text, at: index)
      if second.kind != .space {
        kind = second.kind
        index += second.length
      }
    }
    guard kind == .space else { return text.end(of: kind, from: index, to: limit) }
    return SpaceRun.end(text, from: start, to: limit)
  }

  private static func contractionEnd(
    _ text: Span<UInt8>, from start: Int, to limit: Int
  ) -> Int? {
    guard start + 1 < limit else { return nil }
    switch text[start + 1] {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return start + 2 < limit && text[start + 2] == UInt8(ascii: "e") ? start + 3 : nil
    case UInt8(ascii: "l"):
      return start + 2 < limit && text[start + 2] == UInt8(ascii: "l") ? start + 3 : nil
    default:
      return nil
    }
  }
}

/// `\s+(?!\S)|\s+`: white space up to the end of the text, or all but its last scalar, which is
/// left to begin the next word; a single one before a word stands alone.
enum SpaceRun {
  static func end(_ text: Span<UInt8>, from start: Int, to limit: Int) -> Int {
    let end = text.end(of: .space, from: start, to: limit)
    guard end < limit else { return end }
    let last = text.start(before: end)
    return last > start ? last : end
  }
}
