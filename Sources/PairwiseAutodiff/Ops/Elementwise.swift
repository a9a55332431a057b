internal import CKernels
internal import PairwiseTensor

// Each operation states its function and its pullback together. Where the derivative follows from the
// output (exp, sqrt), the output is captured instead of the input.
extension Variable {
  /// An elementwise kernel whose pullback kernel takes (x, dy).
  private func map(_ kernel: MapKernel, _ vjp: ZipKernel) -> Variable {
    let (x, input) = (value, handle)
    return unsafe unary(x.map(kernel)) { dy, cotangents in
      unsafe cotangents.add(Tensor.zip(x, dy, vjp), to: input)
    }
  }

  /// An elementwise kernel whose pullback kernel takes (y, dy), y the output.
  private func mapByOutput(_ kernel: MapKernel, _ vjp: ZipKernel) -> Variable {
    let input = handle
    let y = unsafe value.map(kernel)
    return unary(y) { dy, cotangents in
      unsafe cotangents.add(Tensor.zip(y, dy, vjp), to: input)
    }
  }

  /// e^x. Overflows to infinity above 88.72.
  public func exp() -> Variable { unsafe mapByOutput(unsafe pw_exp, unsafe pw_mul) }

  /// Natural logarithm; −inf at 0, NaN below.
  public func log() -> Variable { unsafe map(unsafe pw_log, unsafe pw_log_vjp) }

  /// log(1 + x), accurate near 0.
  public func log1p() -> Variable { unsafe map(unsafe pw_log1p, unsafe pw_log1p_vjp) }

  /// e^x − 1, accurate near 0.
  public func expm1() -> Variable { unsafe map(unsafe pw_expm1, unsafe pw_expm1_vjp) }

  public func tanh() -> Variable { unsafe map(unsafe pw_tanh, unsafe pw_tanh_vjp) }

  /// 2/√π ∫₀ˣ e^−t² dt.
  public func erf() -> Variable { unsafe map(unsafe pw_erf, unsafe pw_erf_vjp) }

  /// Square root; the derivative at 0 is infinite.
  public func sqrt() -> Variable { unsafe mapByOutput(unsafe pw_sqrt, unsafe pw_sqrt_vjp) }

  /// |x|; the derivative at 0 is 0.
  public func abs() -> Variable { unsafe map(unsafe pw_abs, unsafe pw_abs_vjp) }

  /// max(x, 0); the derivative at 0 is 0.
  public func relu() -> Variable { unsafe map(unsafe pw_relu, unsafe pw_relu_vjp) }

  /// x·Φ(x), Φ the normal distribution function (the exact form, as BERT uses it).
  public func gelu() -> Variable { unsafe map(unsafe pw_gelu, unsafe pw_gelu_vjp) }

  /// ½x(1 + tanh(√(2/π)(x + 0.044715x³))), as GPT-2 uses it.
  public func geluTanh() -> Variable { unsafe map(unsafe pw_gelu_tanh, unsafe pw_gelu_tanh_vjp) }

  /// x·σ(x).
  public func silu() -> Variable { unsafe map(unsafe pw_silu, unsafe pw_silu_vjp) }

  /// 1/(1 + e^−x). The derivative is σ(x)·σ(−x), not y(1 − y), which cancels for large x.
  public func sigmoid() -> Variable { unsafe map(unsafe pw_sigmoid, unsafe pw_sigmoid_vjp) }

  /// log σ(x) = min(x, 0) − log1p(e^−|x|). Finite for every finite x.
  public func logSigmoid() -> Variable {
    unsafe map(unsafe pw_log_sigmoid, unsafe pw_log_sigmoid_vjp)
  }

  /// log(1 + e^x) = max(x, 0) + log1p(e^−|x|). Finite for every finite x.
  public func softplus() -> Variable { unsafe map(unsafe pw_softplus, unsafe pw_softplus_vjp) }

  /// log(1 − e^x) for x < 0: log(−expm1(x)) above −ln 2, log1p(−e^x) below. −inf at 0.
  public func log1mexp() -> Variable { unsafe map(unsafe pw_log1mexp, unsafe pw_log1mexp_vjp) }
}
