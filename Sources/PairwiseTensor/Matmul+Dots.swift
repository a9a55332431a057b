internal import CKernels

extension Matmul {
  /// x·wᵀ for few rows x `[m, k]` and many rows w `[n, k]`: every element is one dot product in fixed lane
  /// order, so nothing is turned around or copied first. For decoding, where each weight is used once.
  package static func dots(_ x: Tensor, _ w: Tensor) -> Tensor {
    let (m, n, k) = (x.shape[0], w.shape[0], w.shape[1])
    precondition(x.shape.rank == 2 && x.shape[1] == k, "dots: \(x.shape) and \(w.shape)")
    var y = Tensor(uninitialized: [m, n])
    let (left, right) = unsafe (Region(x.pointer), Region(w.pointer))
    let out = unsafe MutableRegion(y.mutablePointer())
    // A tile of w stays in the cache while all rows pass by.
    let tile = max(16, min(n, (256 << 10) / max(1, 4 * k)))
    let run: @Sendable (Int) -> Void = { index in
      let start = index * tile
      unsafe pw_gemm_narrow(
        out.base + start, n, left.base, k, right.base + start * k, k, m, min(tile, n - start), k)
    }
    let tiles = (n + tile - 1) / tile
    if m * n * k < 1 << 16 {
      for index in 0..<tiles { run(index) }
    } else {
      WorkerPool.shared.run(tiles, run)
    }
    return y
  }
}
