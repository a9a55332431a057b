internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// Softmax along the innermost axis, the maximum subtracted first. Shape of `self`.
  public func softmax() -> Variable {
    let (input, shape) = (handle, shape)
    var y = Tensor(uninitialized: shape)
    unsafe pw_softmax_rows(y.mutablePointer(), value.pointer, shape.rowCount, shape.rowLength)
    let output = y
    return unary(y) { dy, cotangents in
      var dx = Tensor(uninitialized: shape)
      unsafe pw_softmax_rows_vjp(
        dx.mutablePointer(), output.pointer, dy.pointer, shape.rowCount, shape.rowLength)
      cotangents.add(dx, to: input)
    }
  }

  /// x − logSumExp(x) along the innermost axis. Shape of `self`.
  public func logSoftmax() -> Variable {
    let (input, shape) = (handle, shape)
    var y = Tensor(uninitialized: shape)
    unsafe pw_log_softmax_rows(y.mutablePointer(), value.pointer, shape.rowCount, shape.rowLength)
    let output = y
    return unary(y) { dy, cotangents in
      var dx = Tensor(uninitialized: shape)
      unsafe pw_log_softmax_rows_vjp(
        dx.mutablePointer(), output.pointer, dy.pointer, shape.rowCount, shape.rowLength)
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
