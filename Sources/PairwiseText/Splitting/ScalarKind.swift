/// What split patterns ask of a scalar: `\p{L}`, `\p{N}`, `\s` or none of these.
enum ScalarKind {
  case letter, number, space, other

  init(_ scalar: UInt32) {
    self = scalar < 0x80 ? Self.ascii(UInt8(truncatingIfNeeded: scalar)) : Self.beyondASCII(scalar)
  }

  @inline(__always)
  private static func ascii(_ byte: UInt8) -> ScalarKind {
    if (byte | 0x20) &- 0x61 < 26 { return .letter }
    if byte == 0x20 || byte &- 0x09 < 5 { return .space }
    return byte &- 0x30 < 10 ? .number : .other
  }

  @inline(never)
  private static func beyondASCII(_ scalar: UInt32) -> ScalarKind {
    guard let properties = Unicode.Scalar(scalar)?.properties else { return .other }
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber:
      return .number
    default:
      return properties.isWhitespace ? .space : .other
    }
  }
}

/// One scalar of UTF-8 text and how many bytes it takes.
struct TextScalar {
  var value: UInt32
  var length: Int

  @inline(__always)
  private init(value: UInt32, length: Int) {
    self.value = value
    self.length = length
  }

  /// The scalar that begins at `index` of valid UTF-8.
  @inline(__always)
  init(_ text: Span<UInt8>, at index: Int) {
    let first = text[index]
    self =
      first < 0x80
      ? TextScalar(value: UInt32(first), length: 1)
      : Self.beyondASCII(text, at: index, lead: first)
  }

  @inline(never)
  private static func beyondASCII(
    _ text: Span<UInt8>, at index: Int, lead: UInt8
  ) -> TextScalar {
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    var bits = UInt32(lead) & (0x7F >> UInt32(length))
    for offset in 1..<length { bits = bits << 6 | UInt32(text[index + offset] & 0x3F) }
    return TextScalar(value: bits, length: length)
  }

  @inline(__always)
  var kind: ScalarKind { ScalarKind(value) }
}

extension Span<UInt8> {
  /// The index after the scalars of one kind that begin at `start`.
  @inline(__always)
  func end(of kind: ScalarKind, from start: Int, to limit: Int) -> Int {
    var index = start
    while index < limit {
      let scalar = TextScalar(self, at: index)
      guard scalar.kind == kind else { break }
      index += scalar.length
    }
    return index
  }

  /// Where the scalar before `index` begins.
  func start(before index: Int) -> Int {
    var start = index - 1
    while start > 0, self[start] & 0xC0 == 0x80 { start -= 1 }
    return start
  }
}
