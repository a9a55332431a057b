/// A text cut into words: maximal runs of ASCII letters, digits, apostrophes and bytes ≥ 0x80 (so of
/// every letter outside ASCII), each between the marks `<` and `>`, which no word contains.
///
/// Works on bytes and never decodes them, so invalid UTF-8 is text like any other.
struct FoldedText: Sendable {
  /// The marked words one after another: `<hello><world>`.
  private(set) var bytes: [UInt8] = []
  /// Where each word's `<` stands in `bytes`, and one past the end: `[wordCount + 1]`.
  private(set) var starts: [Int] = [0]
  /// A hash of kind `.word` of each word without its marks, `[wordCount]`.
  private(set) var hashes: [UInt64] = []

  var wordCount: Int { hashes.count }

  /// Replaces the words by those of `text`.
  mutating func fold(_ text: Span<UInt8>, by classes: ByteClasses, seed: UInt64) {
    bytes.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    hashes.removeAll(keepingCapacity: true)
    let wordStart = ByteHash.start(.word, seed: seed)
    let table = classes.folded.span
    var position = 0
    while position < text.count {
      var byte = table[Int(text[position])]
      position += 1
      if byte == 0 { continue }
      starts.append(bytes.count)
      bytes.append(UInt8(ascii: "<"))
      var hash = wordStart
      while true {
        bytes.append(byte)
        hash = ByteHash.step(hash, byte)
        guard position < text.count else { break }
        byte = table[Int(text[position])]
        if byte == 0 { break }
        position += 1
      }
      bytes.append(UInt8(ascii: ">"))
      hashes.append(ByteHash.finish(hash))
    }
    starts.append(bytes.count)
  }
}

/// What each byte value is to the hasher.
struct ByteClasses: Sendable {
  /// For each byte value, the byte it counts as within a word, or 0 for a byte between words.
  let folded: [UInt8]

  init(lowercasesASCII: Bool) {
    folded = (0...255).map { (byte: UInt8) -> UInt8 in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): lowercasesASCII ? byte | 0x20 : byte
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "'"), 0x80...0xFF:
        byte
      default: 0
      }
    }
  }
}
