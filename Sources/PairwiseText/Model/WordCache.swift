/// Words seen lately and their ids, so that a word is split into tokens once. Emptied when full.
struct WordCache: Sendable {
  private struct Entry: Sendable {
    var hash: Int
    var wordStart: Int
    var wordCount: Int
    var idStart: Int
    var idCount: Int
  }

  /// Longer words are rare, and rarely the same.
  private static let longestWord = 64
  private static let capacity = 1 << 15

  private var slots = [Int32](repeating: -1, count: 2 * capacity)
  private var entries: [Entry] = []
  private var words: [UInt8] = []
  private var ids: [Int32] = []

  /// Appends the ids of `text[piece]` if it is known.
  func append(
    _ text: Span<UInt8>, _ piece: Piece, hash: Int, to output: inout [Int32]
  ) -> Bool {
    let mask = slots.count - 1
    var slot = hash & mask
    while slots[slot] >= 0 {
      let entry = entries[Int(slots[slot])]
      if entry.hash == hash, isEqual(entry, text, piece) {
        for index in entry.idStart..<entry.idStart + entry.idCount { output.append(ids[index]) }
        return true
      }
      slot = (slot + 1) & mask
    }
    return false
  }

  /// Remembers that `text[piece]`, which is not known yet, has these ids.
  mutating func insert(
    _ text: Span<UInt8>, _ piece: Piece, hash: Int, _ found: ArraySlice<Int32>
  ) {
    guard piece.end - piece.start <= Self.longestWord else { return }
    if entries.count == Self.capacity { removeAll() }
    let mask = slots.count - 1
    var slot = hash & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(truncatingIfNeeded: entries.count)
    entries.append(
      Entry(
        hash: hash, wordStart: words.count, wordCount: piece.end - piece.start,
        idStart: ids.count, idCount: found.count))
    for index in piece.start..<piece.end { words.append(text[index]) }
    ids.append(contentsOf: found)
  }

  private mutating func removeAll() {
    for index in slots.indices { slots[index] = -1 }
    entries.removeAll(keepingCapacity: true)
    words.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
  }

  private func isEqual(_ entry: Entry, _ text: Span<UInt8>, _ piece: Piece) -> Bool {
    guard entry.wordCount == piece.end - piece.start else { return false }
    for offset in 0..<entry.wordCount
    where words[entry.wordStart + offset] != text[piece.start + offset] {
      return false
    }
    return true
  }
}
