internal import PairwiseTensor

// The kernels and their pullbacks stand in `TransformPlan`: a `dense` layer may start with a norm.
extension Variable {
  /// (x − mean)/√(variance + ε)·gain + bias along rows of `[R, N]`; gain and bias `[N]`.
  ///
  /// The variance is that of the population. Traps if the shapes don't fit.
  public func layerNorm(gain: Variable, bias: Variable, epsilon: Float = 1e-5) -> Variable {
    transformed(.layerNorm(gain: gain, bias: bias, epsilon: epsilon))
  }

  /// x/√(mean(x²) + ε)·gain along rows of `[R, N]`; gain `[N]`. Traps if the shapes don't fit.
  public func rmsNorm(gain: Variable, epsilon: Float = 1e-5) -> Variable {
    transformed(.rmsNorm(gain: gain, epsilon: epsilon))
  }

  /// A norm as an operation of its own.
  private func transformed(_ transform: InputTransform) -> Variable {
    let (x, input) = (value, handle)
    var plan = TransformPlan(transform, rows: x.shape.rowCount, width: x.shape.rowLength)
    let y = plan.apply(x).reshaped(x.shape)
    let kept = plan
    return Variable.record(y, from: [self] + transform.variables) { dy, cotangents in
      let wanted = cotangents.wants(input)
      let dx = kept.pullback(x, dy, wantsInput: wanted, &cotangents)
      if wanted { cotangents.add(dx.reshaped(x.shape), to: input) }
    }
  }
}
