internal import CKernels

/// The four arithmetic operations that broadcast.
package enum BinaryOperation: Sendable {
  case add, subtract, multiply, divide

  fileprivate func callAsFunction(_ a: Float, _ b: Float) -> Float {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    }
  }

  fileprivate var kernel: ZipKernel {
    switch self {
    case .add: unsafe pw_add
    case .subtract: unsafe pw_sub
    case .multiply: unsafe pw_mul
    case .divide: unsafe pw_div
    }
  }

  /// out[e] = a[e] ∘ b
  fileprivate func withNumber(
    _ out: UnsafeMutablePointer<Float>, _ a: UnsafePointer<Float>, _ b: Float, _ n: Int
  ) {
    switch self {
    case .add: unsafe pw_add_scalar(out, a, b, n)
    case .subtract: unsafe pw_add_scalar(out, a, -b, n)
    case .multiply: unsafe pw_scale(out, a, b, n)
    case .divide: unsafe pw_div_scalar(out, a, b, n)
    }
  }

  /// out[e] = a ∘ b[e]
  fileprivate func numberWith(
    _ out: UnsafeMutablePointer<Float>, _ a: Float, _ b: UnsafePointer<Float>, _ n: Int
  ) {
    switch self {
    case .add: unsafe pw_add_scalar(out, b, a, n)
    case .subtract: unsafe pw_scalar_sub(out, a, b, n)
    case .multiply: unsafe pw_scale(out, b, a, n)
    case .divide: unsafe pw_scalar_div(out, a, b, n)
    }
  }
}

extension Shape {
  /// The shape two operands broadcast to, aligned at the innermost axis as in NumPy; nil if they don't.
  package static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if a == b { return a }
    let rank = max(a.rank, b.rank)
    var extents = [Int](repeating: 1, count: rank)
    for axis in 0..<rank {
      let x = axis < rank - a.rank ? 1 : a[axis - (rank - a.rank)]
      let y = axis < rank - b.rank ? 1 : b[axis - (rank - b.rank)]
      guard x == y || x == 1 || y == 1 else { return nil }
      extents[axis] = x == 1 ? y : x
    }
    return Shape(extents)
  }

  /// Row-major strides over four axes for reading this shape as part of `wide`; 0 where it repeats.
  fileprivate func strides(within wide: Shape) -> [Int] {
    var result = [Int](repeating: 0, count: 4)
    var stride = 1
    for back in 0..<rank {
      let axis = rank - 1 - back
      result[3 - back] = self[axis] == 1 ? 0 : stride
      stride *= self[axis]
    }
    return result
  }

  fileprivate var padded: [Int] { [Int](repeating: 1, count: 4 - rank) + array }
}

extension Tensor {
  /// a ∘ b with broadcasting. Traps, naming both shapes, if they don't broadcast.
  package static func broadcast(_ operation: BinaryOperation, _ a: Tensor, _ b: Tensor) -> Tensor {
    if a.shape == b.shape { return unsafe zip(a, b, operation.kernel) }
    guard let shape = Shape.broadcast(a.shape, b.shape) else {
      preconditionFailure("\(operation): shapes don't broadcast, \(a.shape) and \(b.shape)")
    }
    let result = Tensor(uninitialized: shape)
    let extents = shape.padded
    let (sa, sb) = (a.shape.strides(within: shape), b.shape.strides(within: shape))
    let (x, y) = unsafe (a.pointer, b.pointer)
    var out = unsafe result.storage.base
    let n = extents[3]
    for i in 0..<extents[0] {
      for j in 0..<extents[1] {
        for k in 0..<extents[2] {
          let left = unsafe x + (i * sa[0] + j * sa[1] + k * sa[2])
          let right = unsafe y + (i * sb[0] + j * sb[1] + k * sb[2])
          switch (sa[3], sb[3]) {
          case (1, 1): unsafe operation.kernel(out, left, right, n)
          case (1, 0): unsafe operation.withNumber(out, left, right[0], n)
          case (0, 1): unsafe operation.numberWith(out, left[0], right, n)
          default: unsafe out[0] = operation(left[0], right[0])  // rows of one element
          }
          unsafe out += n
        }
      }
    }
    return result
  }

  /// Sums over the axes along which `target` was broadcast to this shape: the adjoint of broadcasting.
  package func summed(to target: Shape) -> Tensor {
    if target == shape { return self }
    let result = Tensor.zeros(target)
    let extents = shape.padded
    let st = target.strides(within: shape)
    let n = extents[3]
    var input = unsafe pointer
    for i in 0..<extents[0] {
      for j in 0..<extents[1] {
        for k in 0..<extents[2] {
          let out = unsafe result.storage.base + (i * st[0] + j * st[1] + k * st[2])
          if st[3] == 1 {
            unsafe pw_add(out, out, input, n)
          } else {
            unsafe out[0] += Float(pw_sum(input, n))
          }
          unsafe input += n
        }
      }
    }
    return result
  }
}
