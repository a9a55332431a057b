internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// Softmax along the innermost axis, the maximum subtracted first. Shape of `self`.
  public func softmax() -> Variable {
    let (input, shape) = (handle, shape)
    let y = Tensor(uninitialized: shape)
    unsafe rowwise(y, value, value, { unsafe pw_softmax_rows($0, $1, $3, $4) })
    return unary(y) { dy, cotangents in
      let dx = Tensor(uninitialized: shape)
      unsafe rowwise(dx, y, dy, { unsafe pw_softmax_rows_vjp($0, $1, $2, $3, $4) })
      cotangents.add(dx, to: input)
    }
  }

  /// x − logSumExp(x) along the innermost axis. Shape of `self`.
  public func logSoftmax() -> Variable {
    let (input, shape) = (handle, shape)
    let y = Tensor(uninitialized: shape)
    unsafe rowwise(y, value, value, { unsafe pw_log_softmax_rows($0, $1, $3, $4) })
    return unary(y) { dy, cotangents in
      let dx = Tensor(uninitialized: shape)
      unsafe rowwise(dx, y, dy, { unsafe pw_log_softmax_rows_vjp($0, $1, $2, $3, $4) })
      cotangents.add(dx, to: input)
    }
  }

  /// log Σ e^x along the innermost axis: `[..., N]` → `[...]`. A row of −inf gives −inf with gradient 0.
  public func logSumExp() -> Variable {
    let (input, x, shape) = (handle, value, shape)
    var y = Tensor(uninitialized: Shape(Array(shape.array.dropLast())))
    unsafe pw_log_sum_exp_rows(y.mutablePointer(), x.pointer, shape.rowCount, shape.rowLength)
    let output = y
    return unary(y) { dy, cotangents in
      var dx = Tensor(uninitialized: shape)
      unsafe pw_log_sum_exp_rows_vjp(
        dx.mutablePointer(), x.pointer, output.pointer, dy.pointer, shape.rowCount, shape.rowLength)
      cotangents.add(dx, to: input)
    }
  }
}

/// y, a and b at the start of a range of rows, the number of rows, and their length.
private typealias RowKernel =
  @Sendable (
    UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Int, Int
  ) -> Void

/// Runs a kernel over rows of equally long operands, side by side if they are many.
private func rowwise(_ y: Tensor, _ a: Tensor, _ b: Tensor, _ kernel: RowKernel) {
  let n = y.shape.rowLength
  let (left, right) = unsafe (Region(a.pointer), Region(b.pointer))
  let output = unsafe MutableRegion(y.storage.base)
  Tensor.forRows(y.shape.rowCount, length: 2 * n) { start, count in
    let place = start * n
    unsafe kernel(output.base + place, left.base + place, right.base + place, count, n)
  }
}
