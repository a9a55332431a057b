/// Byte strings and their ids: an open-addressing table over one block of bytes. Bytes are compared,
/// not characters: two spellings of the same letter are two tokens.
struct TokenTable: Sendable {
  private var bytes: [UInt8] = []
  /// Where the bytes of each entry begin, and after them where the last one ends.
  private var starts: [Int] = [0]
  private var ids: [Int32] = []
  /// Entries by hash, -1 where there is none; a power of two of them, at most half in use.
  private var slots: [Int32]
  private(set) var longest = 0

  init(capacity: Int = 0) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    slots = [Int32](repeating: -1, count: size)
  }

  var count: Int { ids.count }

  func id(ofEntry entry: Int) -> Int32 { ids[entry] }
  func bytes(ofEntry entry: Int) -> ArraySlice<UInt8> { bytes[starts[entry]..<starts[entry + 1]] }

  /// The id of `text[start..<end]`.
  func id(of text: Span<UInt8>, from start: Int, to end: Int) -> Int32? {
    guard end - start <= longest else { return nil }
    let mask = slots.count - 1
    var slot = Self.hash(text, from: start, to: end) & mask
    while slots[slot] >= 0 {
      let entry = Int(slots[slot])
      if isEqual(entry, text, from: start, to: end) { return ids[entry] }
      slot = (slot + 1) & mask
    }
    return nil
  }

  func id(of text: String) -> Int32? {
    let text = Array(text.utf8)
    return id(of: text.span, from: 0, to: text.count)
  }

  /// Adds bytes that are not in the table yet, or returns the id they have.
  mutating func insert(_ text: Span<UInt8>, id: Int32) -> Int32? {
    if let known = self.id(of: text, from: 0, to: text.count) { return known }
    if 2 * (ids.count + 1) > slots.count { grow() }
    for index in text.indices { bytes.append(text[index]) }
    starts.append(bytes.count)
    ids.append(id)
    longest = max(longest, text.count)
    place(ids.count - 1)
    return nil
  }

  private mutating func grow() {
    slots = [Int32](repeating: -1, count: 2 * slots.count)
    for entry in ids.indices { place(entry) }
  }

  private mutating func place(_ entry: Int) {
    let mask = slots.count - 1
    var slot = Self.hash(bytes.span, from: starts[entry], to: starts[entry + 1]) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(truncatingIfNeeded: entry)
  }

  private func isEqual(_ entry: Int, _ text: Span<UInt8>, from start: Int, to end: Int) -> Bool {
    let own = starts[entry]
    guard starts[entry + 1] - own == end - start else { return false }
    for offset in 0..<end - start where bytes[own + offset] != text[start + offset] {
      return false
    }
    return true
  }

  /// FNV-1a over the bytes, its upper bits folded in; never negative.
  static func hash(_ text: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    var index = start
    while index < end {
      hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01B3
      index += 1
    }
    return Int(truncatingIfNeeded: (hash ^ hash >> 32) & 0x7FFF_FFFF_FFFF_FFFF)
  }
}
