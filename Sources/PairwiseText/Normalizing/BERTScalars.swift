/// What BERT's tokenizer asks of a scalar beyond letters, numbers and spaces.
enum BERTScalars {
  /// General category P, and every ASCII symbol.
  static func isPunctuation(_ scalar: UInt32) -> Bool {
    if scalar < 0x80 { return scalar > 0x20 && scalar < 0x7F && ScalarKind(scalar) == .other }
    switch Unicode.Scalar(scalar)?.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      return true
    default:
      return false
    }
  }

  /// What cleaning drops beyond ASCII: U+FFFD, control, format and private-use scalars.
  static func isDropped(_ scalar: UInt32) -> Bool {
    if scalar == 0xFFFD { return true }
    switch Unicode.Scalar(scalar)?.properties.generalCategory {
    case .control, .format, .privateUse: return true
    default: return false
    }
  }

  /// The blocks that BERT calls Chinese: ideographs, without kana and hangul.
  static func isIdeograph(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default:
      false
    }
  }
}
