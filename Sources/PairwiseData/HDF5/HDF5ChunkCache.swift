/// The chunks decoded last, up to a number of bytes.
struct HDF5ChunkCache: Sendable {
  struct Key: Hashable, Sendable {
    var path: String
    var chunk: Int
  }

  private struct Entry: Sendable {
    var bytes: [UInt8]
    var lastUse: UInt64
  }

  private var entries: [Key: Entry] = [:]
  private var clock: UInt64 = 0
  private(set) var byteCount = 0
  let limit: Int

  init(limit: Int) { self.limit = limit }

  mutating func find(_ key: Key) -> [UInt8]? {
    clock += 1
    guard let index = entries.index(forKey: key) else { return nil }
    entries.values[index].lastUse = clock
    return entries.values[index].bytes
  }

  /// Keeps `bytes`, dropping what was used longest ago. Linear in the number of chunks kept.
  mutating func insert(_ bytes: [UInt8], _ key: Key) {
    guard bytes.count <= limit else { return }
    if let old = entries.removeValue(forKey: key) { byteCount -= old.bytes.count }
    while byteCount > limit - bytes.count,
      let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      byteCount -= oldest.value.bytes.count
      entries.removeValue(forKey: oldest.key)
    }
    clock += 1
    entries[key] = Entry(bytes: bytes, lastUse: clock)
    byteCount += bytes.count
  }
}
