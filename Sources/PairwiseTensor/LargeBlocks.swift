internal import Glibc
internal import Synchronization

/// Freed blocks too large for malloc to keep, held for the next step. Off until a program that trains asks
/// for it; bounded, the block freed first giving way.
enum LargeBlocks {
  /// malloc maps blocks from here on anew each time, whatever it is told.
  static let smallest = 32 << 20
  /// Bytes held at most.
  private static let limit = 1 << 30

  private static let isOn = Atomic<Bool>(false)
  private static let held = Mutex<[LargeBlock]>([])

  static func keep() { isOn.store(true, ordering: .relaxed) }

  /// A held block of `bytes` to 5/4 of that, or a new one.
  static func allocate(_ bytes: Int) -> (base: UnsafeMutableRawPointer, bytes: Int)? {
    let found = held.withLock { blocks -> LargeBlock? in
      let fitting = blocks.indices.filter {
        blocks[$0].bytes >= bytes && blocks[$0].bytes - bytes <= bytes / 4
      }
      let best = fitting.min { blocks[$0].bytes < blocks[$1].bytes }
      return best.map { blocks.remove(at: $0) }
    }
    if let found { return unsafe (found.base, found.bytes) }
    return unsafe malloc(bytes).map { unsafe ($0, bytes) }
  }

  static func release(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
    guard isOn.load(ordering: .relaxed), bytes <= limit else { return unsafe free(base) }
    let given = held.withLock { blocks -> [LargeBlock] in
      blocks.append(unsafe LargeBlock(base: base, bytes: bytes))
      var given: [LargeBlock] = []
      while blocks.reduce(0, { $0 + $1.bytes }) > limit { given.append(blocks.removeFirst()) }
      return given
    }
    for block in given { unsafe free(block.base) }
  }
}
