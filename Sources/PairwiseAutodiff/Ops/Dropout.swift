internal import CKernels
internal import PairwiseTensor

/// Where dropout's random numbers come from: a counter-based generator, so that the mask of an element
/// is a function of key and position alone, whatever was drawn before and however a batch is split.
public struct DropoutKey: Sendable, Equatable {
  /// Identifies run, step and layer.
  public var key: UInt64
  /// Rows of the layer's stream before this tensor's first row.
  public var start: UInt64

  public init(key: UInt64, start: UInt64) {
    self.key = key
    self.start = start
  }
}

extension Variable {
  /// Zeroes each element with probability `rate` and scales the rest by 1/(1 − rate). Shape of `self`.
  ///
  /// `rate` 0 returns `self` unchanged. Traps unless 0 ≤ rate < 1.
  public func dropout(rate: Float, key: DropoutKey) -> Variable {
    precondition(rate >= 0 && rate < 1, "dropout: rate \(rate)")
    if rate == 0 { return self }
    let scale = 1 / (1 - rate)
    var mask = Tensor(uninitialized: shape)
    unsafe pw_uniform(
      mask.mutablePointer(), key.key, key.start &* UInt64(shape.rowLength), mask.count)
    mask.withMutableSpan { span in
      for i in 0..<span.count { span[i] = span[i] < rate ? 0 : scale }
    }
    let (input, keep) = (handle, mask)
    return unary(Tensor.broadcast(.multiply, value, keep)) { dy, cotangents in
      cotangents.add(Tensor.broadcast(.multiply, dy, keep), to: input)
    }
  }
}
