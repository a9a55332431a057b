/// Numbers for names as they come, by their bytes: a million lookups without making a million strings.
struct ByteNames {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []
  /// Open addressing; −1 is free. A power of two, at most half full.
  private var slots = [Int32](repeating: -1, count: 64)

  /// The number of a name, from 0; a new one if it was not seen before.
  mutating func index(of name: Span<UInt8>) -> Int32 {
    var slot = Int(truncatingIfNeeded: Self.hash(name)) & (slots.count - 1)
    while slots[slot] >= 0 {
      let known = Int(slots[slot])
      let range = (known == 0 ? 0 : ends[known - 1])..<ends[known]
      if ByteText.equal(bytes.span.extracting(range), name) { return slots[slot] }
      slot = (slot + 1) & (slots.count - 1)
    }
    let number = Int32(truncatingIfNeeded: ends.count)
    for index in name.indices { bytes.append(name[index]) }
    ends.append(bytes.count)
    slots[slot] = number
    if ends.count * 2 > slots.count { grow() }
    return number
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: slots.count * 4)
    var start = 0
    for (number, end) in ends.enumerated() {
      var slot =
        Int(truncatingIfNeeded: Self.hash(bytes.span.extracting(start..<end))) & (slots.count - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(truncatingIfNeeded: number)
      start = end
    }
  }

  /// FNV-1a, with the high bits mixed into the low ones.
  private static func hash(_ name: Span<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01B3 }
    return hash ^ (hash >> 29)
  }

  /// The names in the order of their numbers.
  ///
  /// - Throws: for one that is not UTF-8.
  func texts(_ path: String) throws(DataError) -> [String] {
    var result: [String] = []
    var start = 0
    for end in ends {
      guard let text = String(validating: bytes[start..<end], as: UTF8.self) else {
        throw DataError(.invalid, file: path, "item \(result.count + 1) is not valid UTF-8")
      }
      result.append(text)
      start = end
    }
    return result
  }
}

/// Texts as bytes.
enum ByteText {
  static func equal(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for index in a.indices where a[index] != b[index] { return false }
    return true
  }

  static func equal(_ a: Span<UInt8>, _ b: String) -> Bool {
    guard a.count == b.utf8.count else { return false }
    var index = 0
    for byte in b.utf8 {
      if a[index] != byte { return false }
      index += 1
    }
    return true
  }

  static func string(_ bytes: Span<UInt8>) -> String {
    String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
  }

  /// In quotes, for messages; cut where it is long.
  static func quoted(_ bytes: Span<UInt8>) -> String {
    let text = string(bytes)
    return "'\(text.count > 40 ? text.prefix(40) + "…" : text)'"
  }
}
