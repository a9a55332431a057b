extension Tokenizer {
  /// The text of ids. Ids that no token has are left out; bytes that are no UTF-8 become U+FFFD.
  public func decode(
    _ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = false
  ) -> String {
    var text: [UInt8] = []
    var isFirst = true
    for id in ids {
      guard let token = core.decoded(id) else { continue }
      if skippingSpecialTokens, isSpecial(id) { continue }
      core.parts.decoder.append(token, isFirst: isFirst, to: &text)
      isFirst = false
    }
    return String(decoding: text, as: UTF8.self)
  }
}

/// Decodes ids one by one as they are generated. Joined, the parts are the text that decoding all ids
/// at once gives.
public struct TokenTextStream: Sendable {
  private let tokenizer: Tokenizer
  private let skipsSpecialTokens: Bool
  private var isFirst = true
  /// The beginning of a scalar whose other bytes may follow.
  private var pending: [UInt8] = []

  public init(_ tokenizer: Tokenizer, skippingSpecialTokens: Bool = true) {
    self.tokenizer = tokenizer
    skipsSpecialTokens = skippingSpecialTokens
  }

  /// The text that is certain once `id` has followed the ids before it; empty while a scalar is
  /// incomplete.
  public mutating func append(_ id: Int32) -> String {
    guard let token = tokenizer.core.decoded(id) else { return "" }
    if skipsSpecialTokens, tokenizer.isSpecial(id) { return "" }
    tokenizer.core.parts.decoder.append(token, isFirst: isFirst, to: &pending)
    isFirst = false
    let end = Self.completeEnd(pending)
    defer { pending.removeFirst(end) }
    return String(decoding: pending[..<end], as: UTF8.self)
  }

  /// What is left when no id follows.
  public mutating func finish() -> String {
    defer { pending = [] }
    return String(decoding: pending, as: UTF8.self)
  }

  /// Where the last scalar begins if it may still be completed, otherwise the end.
  private static func completeEnd(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where length <= bytes.count {
      let start = bytes.count - length
      let lead = bytes[start]
      if lead & 0xC0 == 0x80 { continue }
      let needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1
      return lead <= 0xF4 && needed > length && isBeginning(bytes[start...]) ? start : bytes.count
    }
    return bytes.count
  }

  /// Whether the bytes after a lead byte are among those that may follow it.
  private static func isBeginning(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard let lead = bytes.first, let second = bytes.dropFirst().first else { return true }
    switch lead {
    case 0xE0: return second >= 0xA0
    case 0xED: return second < 0xA0
    case 0xF0: return second >= 0x90
    case 0xF4: return second < 0x90
    default: return true
    }
  }
}
