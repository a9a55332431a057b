internal import CKernels
internal import Glibc
internal import Synchronization

/// Freed blocks too large for malloc to keep, held for the next step. Off until a program that trains asks
/// for it.
///
/// What is in use and what is held never exceed together what was in use at once before: the block freed
/// first gives way. Sizes are rounded up by at most an eighth, so that batches of other lengths find
/// blocks that fit.
enum LargeBlocks {
  /// malloc maps blocks from here on anew each time, whatever it is told.
  static let smallest = 32 << 20

  private struct Accounts: Sendable {
    var isOn = false
    var held: [LargeBlock] = []
    var heldBytes = 0
    var inUse = 0
    var most = 0

    /// Takes blocks from the held ones, the oldest first, until `bytes` more fit under the bound.
    mutating func giveWay(_ bytes: Int) -> [LargeBlock] {
      var given: [LargeBlock] = []
      while !held.isEmpty && inUse + heldBytes + bytes > most {
        let block = held.removeFirst()
        heldBytes -= block.bytes
        given.append(block)
      }
      return given
    }
  }

  private static let accounts = Mutex(Accounts())

  static func keep() { accounts.withLock { $0.isOn = true } }

  /// Bytes held for reuse at present.
  static var heldBytes: Int { accounts.withLock { $0.heldBytes } }

  /// `bytes` rounded up to one of eight sizes an octave.
  static func rounded(_ bytes: Int) -> Int {
    let unit = 1 << max(0, Int.bitWidth - bytes.leadingZeroBitCount - 4)
    return (bytes + unit - 1) / unit * unit
  }

  /// A held block of this size, or a new one.
  static func allocate(_ size: Int) -> (base: UnsafeMutableRawPointer, bytes: Int)? {
    let bytes = rounded(size)
    let (found, given) = accounts.withLock { state -> (LargeBlock?, [LargeBlock]) in
      defer {
        state.inUse += bytes
        state.most = max(state.most, state.inUse)
      }
      if let place = state.held.lastIndex(where: { $0.bytes == bytes }) {
        state.heldBytes -= bytes
        return (state.held.remove(at: place), [])
      }
      return (nil, state.giveWay(bytes))
    }
    for block in given { unsafe free(block.base) }
    if let found { return unsafe (found.base, bytes) }
    guard let base = unsafe malloc(bytes) else { return nil }
    unsafe pw_use_large_pages(base, bytes)
    return unsafe (base, bytes)
  }

  static func release(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
    let isHeld = accounts.withLock { state in
      state.inUse -= bytes
      if state.isOn {
        state.held.append(unsafe LargeBlock(base: base, bytes: bytes))
        state.heldBytes += bytes
      }
      return state.isOn
    }
    if !isHeld { unsafe free(base) }
  }
}
