internal import CKernels
public import PairwiseTensor

/// The global L2 norm of a flat gradient block and the factor that clips it.
public enum GradientNorm {
  /// √Σg², summed in Double over fixed blocks in fixed order: the same bits for any thread count.
  public static func norm(_ gradients: Tensor) -> Double {
    let blocks = (gradients.count + updateChunk - 1) / updateChunk
    if blocks <= 1 { return unsafe pw_sum_squares(gradients.pointer, gradients.count).squareRoot() }
    let g = unsafe Region(gradients.pointer)
    let count = gradients.count
    // Each task writes its own pair of floats: a Double split into two words of a tensor.
    var partial = Tensor(uninitialized: [blocks, 2])
    let out = unsafe MutableRegion(partial.mutablePointer())
    WorkerPool.shared.run(blocks) { block in
      let start = block * updateChunk
      let sum = unsafe pw_sum_squares(g.base + start, min(updateChunk, count - start))
      let bits = sum.bitPattern
      unsafe out.base[2 * block] = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      unsafe out.base[2 * block + 1] = Float(bitPattern: UInt32(truncatingIfNeeded: bits >> 32))
    }
    var total = 0.0
    for block in 0..<blocks {
      let low = unsafe UInt64(partial.pointer[2 * block].bitPattern)
      let high = unsafe UInt64(partial.pointer[2 * block + 1].bitPattern)
      total += Double(bitPattern: high << 32 | low)
    }
    return total.squareRoot()
  }

  /// min(1, maximum/(norm + 1e-6)), as `torch.nn.utils.clip_grad_norm_`; 1 where `maximum` is 0 (off).
  public static func clipFactor(norm: Double, maximum: Double) -> Float {
    maximum > 0 ? Float(min(1, maximum / (norm + 1e-6))) : 1
  }
}
