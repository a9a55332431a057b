internal import CKernels

/// y[i] = f(x[i]) over n elements.
package typealias MapKernel =
  @convention(c) (
    UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, Int
  ) -> Void

/// y[i] = f(a[i], b[i]) over n elements.
package typealias ZipKernel =
  @convention(c) (
    UnsafeMutablePointer<Float>?, UnsafePointer<Float>?, UnsafePointer<Float>?, Int
  ) -> Void

/// Elementwise work is cut into chunks of this many elements; below two chunks the pool isn't asked.
private let chunk = 1 << 15

extension Tensor {
  /// A tensor of the same shape from an elementwise kernel.
  package func map(_ kernel: MapKernel) -> Tensor {
    let result = Tensor(uninitialized: shape)
    let output = unsafe MutableRegion(result.storage.base)
    let input = unsafe Region(pointer)
    Tensor.forChunks(count) { start, length in
      unsafe kernel(output.base + start, input.base + start, length)
    }
    return result
  }

  /// A tensor of the same shape from two of that shape. Traps if the shapes differ.
  package static func zip(_ a: Tensor, _ b: Tensor, _ kernel: ZipKernel) -> Tensor {
    precondition(a.shape == b.shape, "zip: shapes differ, \(a.shape) and \(b.shape)")
    let result = Tensor(uninitialized: a.shape)
    let output = unsafe MutableRegion(result.storage.base)
    let left = unsafe Region(a.pointer)
    let right = unsafe Region(b.pointer)
    forChunks(a.count) { start, length in
      unsafe kernel(output.base + start, left.base + start, right.base + start, length)
    }
    return result
  }

  /// self · factor.
  public func scaled(by factor: Float) -> Tensor {
    let result = Tensor(uninitialized: shape)
    let output = unsafe MutableRegion(result.storage.base)
    let input = unsafe Region(pointer)
    Tensor.forChunks(count) { start, length in
      unsafe pw_scale(output.base + start, input.base + start, factor, length)
    }
    return result
  }

  /// self + offset, element by element.
  public func adding(_ offset: Float) -> Tensor {
    let result = Tensor(uninitialized: shape)
    let output = unsafe MutableRegion(result.storage.base)
    let input = unsafe Region(pointer)
    Tensor.forChunks(count) { start, length in
      unsafe pw_add_scalar(output.base + start, input.base + start, offset, length)
    }
    return result
  }

  /// self += factor · other, in place. Traps if the shapes differ.
  public mutating func add(_ other: Tensor, times factor: Float = 1) {
    precondition(shape == other.shape, "add: shapes differ, \(shape) and \(other.shape)")
    let output = unsafe MutableRegion(mutablePointer())
    let input = unsafe Region(other.pointer)
    Tensor.forChunks(count) { start, length in
      unsafe pw_axpy(output.base + start, factor, input.base + start, length)
    }
  }

  /// Position of the first NaN or infinity in row-major order, or nil.
  public var firstNonFinite: Int? {
    let index = unsafe pw_first_nonfinite(pointer, count)
    return index < 0 ? nil : index
  }

  /// Copies rows of `length` elements, row `indices[i]` to the i-th place of `output`. Indices are in range.
  package static func gatherRows(
    _ indices: [Int32], of table: Tensor, length: Int, into output: UnsafeMutablePointer<Float>
  ) {
    let source = unsafe Region(table.pointer)
    let target = unsafe MutableRegion(output)
    // Scattered rows wait for memory, so even a few are worth sharing; each task has its own places.
    let share = indices.count * length < chunk ? indices.count : max(1, indices.count / 4)
    let tasks = share == 0 ? 0 : (indices.count + share - 1) / share
    WorkerPool.shared.run(tasks) { task in
      let start = task * share
      let count = min(share, indices.count - start)
      unsafe indices.withUnsafeBufferPointer { places in
        unsafe pw_gather_rows(
          target.base + start * length, source.base, places.baseAddress.map { unsafe $0 + start },
          count,
          length)
      }
    }
  }

  /// Chunks are disjoint ranges of the output, so they may run side by side.
  package static func forChunks(
    _ count: Int, _ body: @Sendable (_ start: Int, _ length: Int) -> Void
  ) {
    if count < 2 * chunk {
      if count > 0 { body(0, count) }
      return
    }
    WorkerPool.shared.run((count + chunk - 1) / chunk) { index in
      body(index * chunk, min(chunk, count - index * chunk))
    }
  }

  /// Runs `body` over ranges of rows, each about `length` elements of work, side by side if they are many.
  /// Each task has its own rows.
  package static func forRows(
    _ rows: Int, length: Int, _ body: @Sendable (_ start: Int, _ count: Int) -> Void
  ) {
    let share = max(1, chunk / max(1, length))
    if rows < 2 * share {
      if rows > 0 { body(0, rows) }
      return
    }
    WorkerPool.shared.run((rows + share - 1) / share) { index in
      body(index * share, min(share, rows - index * share))
    }
  }
}
