/// Byte-level byte-pair encoding: a word is its bytes, and the pair with the lowest rank joins until
/// none is left (Sennrich et al. 2016; bytes as in GPT-2).
struct BytePairModel: Sendable {
  let vocabulary: Vocabulary
  let merges: MergeTable
  /// The token of each byte, or -1.
  let symbols: [Int32]
  /// What stands for a byte without a token: the `<0x..>` tokens of its symbol, if there are any.
  let fallbacks: [[Int32]]
  let unknown: Int32?
  /// One unknown token for a run of unknown bytes.
  let fusesUnknown: Bool
  /// A word that is a token as a whole is that token, whatever the merges would make of it.
  let takesWholeWords: Bool

  /// Appends the ids of one word.
  func append(
    _ text: Span<UInt8>, _ piece: Piece, _ scratch: inout MergeScratch, to ids: inout [Int32]
  ) {
    if takesWholeWords {
      let word = ByteSymbols.symbols(text, piece)
      if let id = vocabulary.table.id(of: word.span, from: 0, to: word.count) {
        ids.append(id)
        return
      }
    }
    scratch.begin()
    appendSymbols(text, piece, &scratch)
    scratch.mergeAll(merges)
    scratch.append(to: &ids)
  }

  /// Bytes that have no token are left out, unless there is an unknown token.
  private func appendSymbols(
    _ text: Span<UInt8>, _ piece: Piece, _ scratch: inout MergeScratch
  ) {
    var isUnknown = false
    for index in piece.start..<piece.end {
      let byte = Int(text[index])
      if symbols[byte] >= 0 {
        if isUnknown, let unknown { scratch.ids.append(unknown) }
        isUnknown = false
        scratch.ids.append(symbols[byte])
      } else if !fallbacks[byte].isEmpty {
        // A pending unknown token stays pending: so do the reference's.
        scratch.ids.append(contentsOf: fallbacks[byte])
      } else if let unknown {
        if isUnknown, !fusesUnknown { scratch.ids.append(unknown) }
        isUnknown = true
      }
    }
    if isUnknown, let unknown { scratch.ids.append(unknown) }
  }
}

/// The symbols of one word as a linked list, and a heap of the pairs that may join.
struct MergeScratch: Sendable {
  /// The symbols; -1 where one has joined the symbol before it.
  var ids: [Int32] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  /// Rank above, position of the left symbol below: the least is the leftmost of the lowest rank.
  private var heap: [UInt64] = []

  mutating func begin() { ids.removeAll(keepingCapacity: true) }

  mutating func mergeAll(_ merges: MergeTable) {
    let count = ids.count
    guard count > 1, let end = Int32(exactly: count) else { return }
    next.removeAll(keepingCapacity: true)
    previous.removeAll(keepingCapacity: true)
    heap.removeAll(keepingCapacity: true)
    for index in 0..<end {
      next.append(index + 1 < end ? index + 1 : -1)
      previous.append(index - 1)
    }
    for index in 0..<count - 1 { pushPair(index, index + 1, merges) }
    while let top = popLeast() {
      let left = Int(top & 0xFFFF_FFFF)
      guard ids[left] >= 0, next[left] >= 0 else { continue }
      let right = Int(next[left])
      // An entry may be older than its symbols.
      guard let merge = merges.merge(ids[left], ids[right]), UInt64(merge.rank) == top >> 32 else {
        continue
      }
      ids[left] = merge.id
      ids[right] = -1
      let after = next[right]
      next[left] = after
      if after >= 0 {
        previous[Int(after)] = Int32(truncatingIfNeeded: left)
        pushPair(left, Int(after), merges)
      }
      if previous[left] >= 0 { pushPair(Int(previous[left]), left, merges) }
    }
  }

  func append(to output: inout [Int32]) {
    for id in ids where id >= 0 { output.append(id) }
  }

  // MARK: Heap

  private mutating func pushPair(_ left: Int, _ right: Int, _ merges: MergeTable) {
    guard let merge = merges.merge(ids[left], ids[right]) else { return }
    let entry = UInt64(merge.rank) << 32 | UInt64(truncatingIfNeeded: left)
    var index = heap.count
    heap.append(entry)
    while index > 0 {
      let parent = (index - 1) / 2
      guard heap[parent] > entry else { break }
      heap[index] = heap[parent]
      index = parent
    }
    heap[index] = entry
  }

  private mutating func popLeast() -> UInt64? {
    guard let least = heap.first, let last = heap.popLast() else { return nil }
    let count = heap.count
    if count == 0 { return least }
    var index = 0
    while true {
      var child = 2 * index + 1
      guard child < count else { break }
      if child + 1 < count, heap[child + 1] < heap[child] { child += 1 }
      guard heap[child] < last else { break }
      heap[index] = heap[child]
      index = child
    }
    heap[index] = last
    return least
  }
}
