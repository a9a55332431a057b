internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// (x − mean)/√(variance + ε)·gain + bias along rows of `[R, N]`; gain and bias `[N]`.
  ///
  /// The variance is that of the population. Traps if the shapes don't fit.
  public func layerNorm(gain: Variable, bias: Variable, epsilon: Float = 1e-5) -> Variable {
    let (x, g) = (value, gain.value)
    let (rows, n) = (x.shape.rowCount, x.shape.rowLength)
    precondition(g.shape == [n] && bias.shape == [n], "layer norm: gain or bias is not [\(n)]")
    var y = Tensor(uninitialized: x.shape)
    var mean = Tensor(uninitialized: [rows])
    var rstd = Tensor(uninitialized: [rows])
    unsafe pw_layer_norm(
      y.mutablePointer(), mean.mutablePointer(), rstd.mutablePointer(), x.pointer, g.pointer,
      bias.value.pointer, epsilon, rows, n)
    let (input, gains, biases) = (handle, gain.handle, bias.handle)
    let (mu, rs) = (mean, rstd)
    return Variable.record(y, from: [self, gain, bias]) { dy, cotangents in
      unsafe cotangents.accumulate(into: biases) { gradient in
        unsafe pw_sum_columns_accumulate(gradient, dy.pointer, rows, n)
      }
      unsafe cotangents.accumulate(into: gains) { gradient in
        unsafe pw_layer_norm_dgain_accumulate(
          gradient, x.pointer, mu.pointer, rs.pointer, dy.pointer, rows, n)
      }
      guard cotangents.wants(input) else { return }
      var dx = Tensor(uninitialized: x.shape)
      unsafe pw_layer_norm_dx(
        dx.mutablePointer(), x.pointer, g.pointer, mu.pointer, rs.pointer, dy.pointer, rows, n)
      cotangents.add(dx, to: input)
    }
  }

  /// x/√(mean(x²) + ε)·gain along rows of `[R, N]`; gain `[N]`. Traps if the shapes don't fit.
  public func rmsNorm(gain: Variable, epsilon: Float = 1e-5) -> Variable {
    let (x, g) = (value, gain.value)
    let (rows, n) = (x.shape.rowCount, x.shape.rowLength)
    precondition(g.shape == [n], "rms norm: gain is not [\(n)]")
    var y = Tensor(uninitialized: x.shape)
    var rstd = Tensor(uninitialized: [rows])
    unsafe pw_rms_norm(
      y.mutablePointer(), rstd.mutablePointer(), x.pointer, g.pointer, epsilon, rows, n)
    let (input, gains, rs) = (handle, gain.handle, rstd)
    return Variable.record(y, from: [self, gain]) { dy, cotangents in
      unsafe cotangents.accumulate(into: gains) { gradient in
        unsafe pw_rms_norm_dgain_accumulate(
          gradient, x.pointer, rs.pointer, dy.pointer, rows, n)
      }
      guard cotangents.wants(input) else { return }
      var dx = Tensor(uninitialized: x.shape)
      unsafe pw_rms_norm_dx(
        dx.mutablePointer(), x.pointer, g.pointer, rs.pointer, dy.pointer, rows, n)
      cotangents.add(dx, to: input)
    }
  }
}
