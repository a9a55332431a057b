internal import PairwiseConfig

/// What happens to a text before the YAML library sees it, for the library has no bounds of its own.
enum YAMLGuard {
  /// Refuses texts that would take long to compose.
  ///
  /// The library hashes every key in full, and a key may be a list or a table of such keys: levels times
  /// size, three minutes for a megabyte. A level needs one of `[{?`, and libyaml stops at 1000; so their
  /// number and the size bound the work (1.1 s for the worst text tried), whatever is quoted or commented.
  /// Up to 16 KiB all texts pass, and larger ones in block style.
  static func checkCost(_ bytes: [UInt8]) throws(YAMLProblem) {
    let openers = bytes.count {
      $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "?")
    }
    guard min(openers, 1000) * bytes.count <= 1 << 24 else {
      throw YAMLProblem(
        .none,
        "too many '[', '{' and '?' (\(openers)) for a text of its size; write it in block style")
    }
  }

  /// The text with aliases hidden, `YAMLReader` says why: with a marker for every `*` that might
  /// begin one; and the marker.
  ///
  /// Every alias is hidden: one begins with `*` and a name, and no token that can stand directly before
  /// it ends in a letter, a digit or one of `_-./*`. What is hidden besides (in strings and comments)
  /// does no harm, for the reader puts the `*` back.
  static func hideAliases(
    in bytes: [UInt8]
  ) throws(YAMLProblem) -> (text: String, marker: Unicode.Scalar) {
    var body = bytes[...]
    if body.starts(with: [0xEF, 0xBB, 0xBF]) { body = body.dropFirst(3) }
    guard let text = String(validating: body, as: UTF8.self) else {
      throw YAMLProblem(.none, "config is not valid UTF-8")
    }
    let marker = try unusedScalar(in: text)
    guard body.contains(UInt8(ascii: "*")) else { return (text, marker) }
    let markerBytes = Array(String(Character(marker)).utf8)
    var hidden: [UInt8] = []
    hidden.reserveCapacity(body.count + 64)
    for index in body.indices {
      if body[index] == UInt8(ascii: "*"), mayBeginAlias(body, index) {
        hidden += markerBytes
      } else {
        hidden.append(body[index])
      }
    }
    return (String(decoding: hidden, as: UTF8.self), marker)
  }

  private static func mayBeginAlias(_ bytes: ArraySlice<UInt8>, _ index: Int) -> Bool {
    guard index + 1 < bytes.endIndex, isNameByte(bytes[index + 1]) else { return false }
    guard index > bytes.startIndex else { return true }
    let before = bytes[index - 1]
    return !isNameByte(before) && !Array("./*".utf8).contains(before)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// A private-use character that the text has neither as such nor as an escape.
  private static func unusedScalar(in text: String) throws(YAMLProblem) -> Unicode.Scalar {
    let lowered = text.lowercased()
    for code in UInt32(0xE000)..<0xE040 {
      guard let scalar = Unicode.Scalar(code) else { continue }
      let isUsed =
        text.unicodeScalars.contains(scalar) || lowered.contains(String(code, radix: 16))
      if !isUsed { return scalar }
    }
    throw YAMLProblem(.none, "config has too many private-use characters")
  }
}
