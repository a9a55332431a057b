/// The printable scalars that stand for bytes in byte-level vocabularies: 0x21–0x7E, 0xA1–0xAC and
/// 0xAE–0xFF stand for themselves, the other 68 for U+0100 onwards. `Ġ` is a space. (GPT-2.)
enum ByteSymbols {
  /// The symbol of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt8 = 0
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(0x100 + UInt16(next)) ?? " "
      }
    }
  }()

  /// The byte of each symbol below U+0144.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = UInt8(byte) }
    return bytes
  }()

  static func byte(of scalar: UInt32) -> UInt8? { scalar < 0x144 ? bytes[Int(scalar)] : nil }

  /// Appends the bytes that `token` stands for. A token with any other scalar stands for itself.
  static func append(_ token: Span<UInt8>, to text: inout [UInt8]) {
    let count = text.count
    var index = 0
    while index < token.count {
      let scalar = TextScalar(token, at: index)
      guard let byte = byte(of: scalar.value) else {
        text.removeSubrange(count...)
        for index in token.indices { text.append(token[index]) }
        return
      }
      text.append(byte)
      index += scalar.length
    }
  }

  /// The symbols of `text[piece]`, as UTF-8.
  static func symbols(_ text: Span<UInt8>, _ piece: Piece) -> [UInt8] {
    var symbols: [UInt8] = []
    symbols.reserveCapacity(2 * (piece.end - piece.start))
    for index in piece.start..<piece.end {
      let scalar = scalars[Int(text[index])].value
      if scalar < 0x80 {
        symbols.append(UInt8(truncatingIfNeeded: scalar))
      } else {
        symbols.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
        symbols.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
      }
    }
    return symbols
  }
}
