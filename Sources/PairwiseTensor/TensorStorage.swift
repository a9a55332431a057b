internal import CKernels
internal import Glibc

/// A 64-byte-aligned block of floats. A class because it owns memory; `Sendable` because it is only
/// written while one `Tensor` alone refers to it (copy-on-write, checked by `isKnownUniquelyReferenced`).
@safe package final class TensorStorage: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Float>
  package let count: Int
  /// What `malloc` returned; `base` is the next multiple of 64.
  private let block: UnsafeMutableRawPointer
  /// Bytes of `block` if it is one of the large ones, else 0.
  private let largeBytes: Int

  /// Traps if the memory cannot be had: with checked sizes (`--dry-run`) that is a programmer's error.
  package init(uninitialized count: Int) {
    // Aligning by hand keeps small tensors in malloc's per-thread cache, which posix_memalign bypasses.
    let bytes = count * MemoryLayout<Float>.stride + 64
    let isLarge = bytes >= LargeBlocks.smallest
    let found = unsafe isLarge ? LargeBlocks.allocate(bytes) : malloc(bytes).map { unsafe ($0, 0) }
    guard let (block, largeBytes) = unsafe found else {
      fatalError("tensor: no memory for \(bytes) bytes")
    }
    unsafe self.block = unsafe block
    self.largeBytes = largeBytes
    let aligned = unsafe block.alignedUp(toMultipleOf: 64)
    unsafe self.base = aligned.bindMemory(to: Float.self, capacity: count)
    self.count = count
  }

  deinit {
    if largeBytes > 0 {
      unsafe LargeBlocks.release(block, largeBytes)
    } else {
      unsafe free(block)
    }
  }
}

/// How freed tensors' memory is treated.
public enum TensorMemory {
  /// Keeps freed blocks for the next step instead of giving them back to the system.
  ///
  /// A training step allocates the same blocks again and again; mapping them anew costs a page fault per
  /// 4 KiB. To be called once at the start of a program that trains.
  public static func keepFreedBlocks() {
    pw_keep_freed_blocks()
    LargeBlocks.keep()
  }

  /// Bytes in large blocks that are kept and not in use.
  package static var heldBytes: Int { LargeBlocks.heldBytes }
}

/// Pointers handed to the worker pool. Tiles write disjoint regions, which the compiler cannot see;
/// each use states why its regions don't overlap.
@unsafe package struct MutableRegion: @unchecked Sendable {  // TensorStorage
  package let base: UnsafeMutablePointer<Float>
  package init(_ base: UnsafeMutablePointer<Float>) { unsafe self.base = base }
}

/// The same for memory that is only read while the tiles run.
@unsafe package struct Region: @unchecked Sendable {  // TensorStorage
  package let base: UnsafePointer<Float>
  package init(_ base: UnsafePointer<Float>) { unsafe self.base = base }
}

/// The same for elements other than floats.
@unsafe package struct MutableRegionOf<Element>: @unchecked Sendable {  // TensorStorage
  package let base: UnsafeMutablePointer<Element>
  package init(_ base: UnsafeMutablePointer<Element>) { unsafe self.base = base }
}

/// A block of memory that nobody uses at present.
@safe struct LargeBlock: @unchecked Sendable {  // TensorStorage
  let base: UnsafeMutableRawPointer
  let bytes: Int
}
