/// Which pairs of tokens join, in which order, and to what: an open-addressing table over pairs of
/// ids.
struct MergeTable: Sendable {
  struct Merge: Sendable, Equatable {
    /// The lowest goes first.
    var rank: UInt32
    var id: Int32
  }

  private static let empty = UInt64.max
  /// Pairs by hash; a power of two of them, at most half in use.
  private var keys: [UInt64]
  private var merges: [Merge]

  init(capacity: Int) {
    var size = 16
    while size < 2 * capacity { size *= 2 }
    keys = [UInt64](repeating: Self.empty, count: size)
    merges = [Merge](repeating: Merge(rank: 0, id: 0), count: size)
  }

  /// Sets what a pair joins to; of two merges of one pair the later counts. No more pairs than the
  /// capacity may be set.
  mutating func set(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let slot = slot(of: Self.key(left, right))
    keys[slot] = Self.key(left, right)
    merges[slot] = merge
  }

  @inline(__always)
  func merge(_ left: Int32, _ right: Int32) -> Merge? {
    let slot = slot(of: Self.key(left, right))
    return keys[slot] == Self.empty ? nil : merges[slot]
  }

  /// Ids are never negative, so no pair looks empty.
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    let mixed = key &* 0x9E37_79B9_7F4A_7C15
    var slot = Int(truncatingIfNeeded: mixed >> 32) & mask
    while keys[slot] != Self.empty, keys[slot] != key { slot = (slot + 1) & mask }
    return slot
  }
}
