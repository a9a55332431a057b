// The standard library's own normalisation, which comparing strings uses. It is not public API; the
// alternative would be 2,000 lines of tables. It gives the fixtures' NFC and NFD for every scalar.
@_spi(_Unicode) import Swift

/// The two canonical forms of Unicode text (UAX #15).
enum CanonicalForm {
  static func composed(_ text: String) -> String.UnicodeScalarView {
    var scalars = String.UnicodeScalarView()
    for scalar in text._nfc { scalars.append(scalar) }
    return scalars
  }

  static func decomposed(_ text: String) -> String.UnicodeScalarView {
    var scalars = String.UnicodeScalarView()
    for scalar in text._nfd { scalars.append(scalar) }
    return scalars
  }
}
