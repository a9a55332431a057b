// The standard library's own normalisation, which comparing strings uses. It is not public API; the
// alternative would be 2,000 lines of tables.
@_spi(_Unicode) import Swift

/// The two canonical forms of Unicode text (UAX #15).
///
/// ASCII scalars never change, and nothing moves across one, so only the text between them is looked
/// at; composing takes in the scalar before, to which an accent may belong.
enum CanonicalForm {
  static func composed(_ text: [UInt8]) -> [UInt8] {
    mapRuns(of: text, withBase: true) { run in
      // Below U+0300 all is composed already.
      if run.allSatisfy({ $0 < 0xCC }) { return nil }
      return bytes(String(decoding: run, as: UTF8.self)._nfc)
    }
  }

  static func decomposed(_ text: [UInt8]) -> [UInt8] {
    mapRuns(of: text, withBase: false) { bytes(String(decoding: $0, as: UTF8.self)._nfd) }
  }

  /// Decomposed, without the non-spacing marks.
  static func withoutAccents(_ text: [UInt8]) -> [UInt8] {
    mapRuns(of: text, withBase: false) { run in
      bytes(
        String(decoding: run, as: UTF8.self)._nfd.filter {
          $0.properties.generalCategory != .nonspacingMark
        })
    }
  }

  private static func bytes(_ scalars: some Sequence<Unicode.Scalar>) -> [UInt8] {
    var view = String.UnicodeScalarView()
    for scalar in scalars { view.append(scalar) }
    return Array(String(view).utf8)
  }

  /// Replaces each run of scalars beyond ASCII by what `transform` makes of it; nil leaves it.
  static func mapRuns(
    of text: [UInt8], withBase: Bool, _ transform: (ArraySlice<UInt8>) -> [UInt8]?
  ) -> [UInt8] {
    guard let first = text.firstIndex(where: { $0 >= 0x80 }) else { return text }
    var mapped: [UInt8] = []
    mapped.reserveCapacity(text.count)
    var done = 0
    var start = first
    while start < text.count {
      var end = start
      while end < text.count, text[end] >= 0x80 { end += 1 }
      if withBase, start > done { start -= 1 }
      if let run = transform(text[start..<end]) {
        mapped.append(contentsOf: text[done..<start])
        mapped.append(contentsOf: run)
        done = end
      }
      start = text[end...].firstIndex { $0 >= 0x80 } ?? text.count
    }
    mapped.append(contentsOf: text[done...])
    return mapped
  }
}
