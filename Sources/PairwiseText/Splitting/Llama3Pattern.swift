/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|`
/// `\s*[\r\n]+|\s+(?!\S)|\s+`, written out: Llama 3's pattern; Qwen2's takes one number at a time.
/// It covers any text.
enum Llama3Pattern {
  /// The end of the match that begins at `start`; `limit` is the end of the text to see.
  static func end(
    _ text: Span<UInt8>, from start: Int, to limit: Int, numbers: Int
  ) -> Int {
    let first = TextScalar(text, at: start)
    let kind = first.kind
    let next = start + first.length
    if first.value == 0x27, let end = contractionEnd(text, from: next, to: limit) { return end }
    switch kind {
    case .letter: return text.end(of: .letter, from: next, to: limit)
    case .number: return numberEnd(text, from: next, to: limit, left: numbers - 1)
    case .space, .other: break
    }
    let second = next < limit ? TextScalar(text, at: next) : nil
    if let second, second.kind == .letter, !isLineBreak(first.value) {
      return text.end(of: .letter, from: next + second.length, to: limit)
    }
    if kind == .other { return symbolEnd(text, from: next, to: limit) }
    if first.value == 0x20, let second, second.kind == .other {
      return symbolEnd(text, from: next + second.length, to: limit)
    }
    return lineEnd(text, from: start, to: limit) ?? SpaceRun.end(text, from: start, to: limit)
  }

  /// Any case, so U+017F stands for an s; `index` is after the apostrophe.
  private static func contractionEnd(
    _ text: Span<UInt8>, from index: Int, to limit: Int
  ) -> Int? {
    guard index < limit else { return nil }
    switch text[index] | 0x20 {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return index + 1
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return hasLetter(UInt8(ascii: "e"), text, at: index + 1, to: limit) ? index + 2 : nil
    case UInt8(ascii: "l"):
      return hasLetter(UInt8(ascii: "l"), text, at: index + 1, to: limit) ? index + 2 : nil
    default:
      let scalar = TextScalar(text, at: index)
      return scalar.value == 0x17F ? index + scalar.length : nil
    }
  }

  private static func hasLetter(
    _ letter: UInt8, _ text: Span<UInt8>, at index: Int, to limit: Int
  ) -> Bool {
    index < limit && text[index] | 0x20 == letter
  }

  private static func numberEnd(
    _ text: Span<UInt8>, from start: Int, to limit: Int, left: Int
  ) -> Int {
    var index = start
    var left = left
    while left > 0, index < limit {
      let scalar = TextScalar(text, at: index)
      guard scalar.kind == .number else { break }
      index += scalar.length
      left -= 1
    }
    return index
  }

  /// The rest of `[^\s\p{L}\p{N}]+[\r\n]*`.
  private static func symbolEnd(_ text: Span<UInt8>, from start: Int, to limit: Int) -> Int {
    var index = text.end(of: .other, from: start, to: limit)
    while index < limit, isLineBreak(UInt32(text[index])) { index += 1 }
    return index
  }

  /// `\s*[\r\n]+`: white space up to its last line break.
  private static func lineEnd(_ text: Span<UInt8>, from start: Int, to limit: Int) -> Int? {
    var end = text.end(of: .space, from: start, to: limit)
    while end > start {
      if isLineBreak(UInt32(text[end - 1])) { return end }
      end -= 1
    }
    return nil
  }

  private static func isLineBreak(_ scalar: UInt32) -> Bool { scalar == 0x0A || scalar == 0x0D }
}
