internal import CKernels
internal import PairwiseTensor

/// What a `dense` layer does to its input first: recomputed in the pullback rather than kept.
public enum InputTransform {
  case none
  /// x/√(mean(x²) + ε)·gain, gain `[in]`.
  case rmsNorm(gain: Variable, epsilon: Float)
  /// (x − mean)/√(variance + ε)·gain + bias, gain and bias `[in]`.
  case layerNorm(gain: Variable, bias: Variable, epsilon: Float)
  /// silu(gate)·up, the input being gate and up side by side: `[T, 2F]` → `[T, F]`.
  case swiGLU
  case gelu, geluTanh, silu, relu, tanh

  /// Variables besides the input.
  var variables: [Variable] {
    switch self {
    case .rmsNorm(let gain, _): [gain]
    case .layerNorm(let gain, let bias, _): [gain, bias]
    default: []
    }
  }
}

/// The transforms that map element to element.
private enum ElementwiseMap {
  case gelu, geluTanh, silu, relu, tanh

  func value(_ x: Tensor) -> Tensor {
    switch self {
    case .gelu: unsafe x.map(unsafe pw_gelu)
    case .geluTanh: unsafe x.map(unsafe pw_gelu_tanh)
    case .silu: unsafe x.map(unsafe pw_silu)
    case .relu: unsafe x.map(unsafe pw_relu)
    case .tanh: unsafe x.map(unsafe pw_tanh)
    }
  }

  func vjp(_ x: Tensor, _ dy: Tensor) -> Tensor {
    let slope = dy.reshaped(x.shape)
    return switch self {
    case .gelu: unsafe Tensor.zip(x, slope, unsafe pw_gelu_vjp)
    case .geluTanh: unsafe Tensor.zip(x, slope, unsafe pw_gelu_tanh_vjp)
    case .silu: unsafe Tensor.zip(x, slope, unsafe pw_silu_vjp)
    case .relu: unsafe Tensor.zip(x, slope, unsafe pw_relu_vjp)
    case .tanh: unsafe Tensor.zip(x, slope, unsafe pw_tanh_vjp)
    }
  }
}

/// A transform with what its pullback keeps: the gain, and two numbers a row.
struct TransformPlan {
  private enum Kind {
    case none, swiGLU
    case rmsNorm(gain: Tensor, slope: Variable)
    case layerNorm(gain: Tensor, bias: Tensor, slope: Variable, biasSlope: Variable)
  }

  private let kind: Kind
  private let map: ElementwiseMap?
  private let epsilon: Float
  let rows: Int
  /// Columns of the input, and of the result.
  let width: Int, result: Int
  private var mean = Tensor.scalar(0)
  private var rstd = Tensor.scalar(0)

  /// Traps if the shapes don't fit.
  init(_ transform: InputTransform, rows: Int, width: Int) {
    (self.rows, self.width) = (rows, width)
    var (kind, result, epsilon) = (Kind.none, width, Float(0))
    var map: ElementwiseMap?
    switch transform {
    case .none: break
    case .rmsNorm(let gain, let small):
      precondition(gain.shape == [width], "dense: gain \(gain.shape) for rows of \(width)")
      (kind, epsilon) = (.rmsNorm(gain: gain.value, slope: gain.handle), small)
    case .layerNorm(let gain, let bias, let small):
      precondition(
        gain.shape == [width] && bias.shape == [width],
        "dense: gain \(gain.shape) and bias \(bias.shape) for rows of \(width)")
      kind = .layerNorm(
        gain: gain.value, bias: bias.value, slope: gain.handle, biasSlope: bias.handle)
      epsilon = small
    case .swiGLU:
      precondition(width % 2 == 0, "dense: gate and up side by side, but \(width) columns")
      (kind, result) = (.swiGLU, width / 2)
    case .gelu: map = .gelu
    case .geluTanh: map = .geluTanh
    case .silu: map = .silu
    case .relu: map = .relu
    case .tanh: map = .tanh
    }
    (self.kind, self.result, self.epsilon, self.map) = (kind, result, epsilon, map)
  }

  /// Whether the result is the input itself.
  private var isIdentity: Bool {
    if case .none = kind { return map == nil }
    return false
  }

  /// Whether the gradient of gain or bias is wanted.
  func wantsParameters(_ cotangents: Cotangents) -> Bool {
    switch kind {
    case .rmsNorm(_, let slope): cotangents.wants(slope)
    case .layerNorm(_, _, let slope, let biasSlope):
      cotangents.wants(slope) || cotangents.wants(biasSlope)
    default: false
    }
  }

  /// f(x) `[rows, result]`; keeps the statistics of the rows for the pullback.
  mutating func apply(_ x: Tensor) -> Tensor {
    if isIdentity { return x }
    if let map { return map.value(x) }
    let y = Tensor(uninitialized: [rows, result])
    let input = unsafe Region(x.pointer)
    let output = unsafe MutableRegion(y.storage.base)
    let (width, result, epsilon) = (width, result, epsilon)
    switch kind {
    case .none: break
    case .swiGLU:
      Tensor.forRows(rows, length: 4 * width) { start, count in
        unsafe pw_swiglu(
          output.base + start * result, input.base + start * width, count, result)
      }
    case .rmsNorm(let gain, _):
      rstd = Tensor(uninitialized: [rows])
      let (g, rs) = unsafe (Region(gain.pointer), MutableRegion(rstd.mutablePointer()))
      Tensor.forRows(rows, length: 2 * width) { start, count in
        unsafe pw_rms_norm(
          output.base + start * width, rs.base + start, input.base + start * width, g.base, epsilon,
          count, width)
      }
    case .layerNorm(let gain, let bias, _, _):
      mean = Tensor(uninitialized: [rows])
      rstd = Tensor(uninitialized: [rows])
      let (g, b) = unsafe (Region(gain.pointer), Region(bias.pointer))
      let (mu, rs) = unsafe (
        MutableRegion(mean.mutablePointer()), MutableRegion(rstd.mutablePointer())
      )
      Tensor.forRows(rows, length: 4 * width) { start, count in
        unsafe pw_layer_norm(
          output.base + start * width, mu.base + start, rs.base + start,
          input.base + start * width, g.base, b.base, epsilon, count, width)
      }
    }
    return y
  }

  /// Adds the gradients of gain and bias, and returns that of the input from that of the result.
  func pullback(_ x: Tensor, _ slope: Tensor, wantsInput: Bool, _ cotangents: inout Cotangents)
    -> Tensor
  {
    if isIdentity { return slope }
    if let map { return map.vjp(x, slope) }
    addParameters(x, slope, &cotangents)
    if !wantsInput { return slope }
    let dx = Tensor(uninitialized: [rows, width])
    let output = unsafe MutableRegion(dx.storage.base)
    let (input, dy) = unsafe (Region(x.pointer), Region(slope.pointer))
    let (mu, rs) = unsafe (Region(mean.pointer), Region(rstd.pointer))
    let (width, result) = (width, result)
    switch kind {
    case .none: break
    case .swiGLU:
      Tensor.forRows(rows, length: 8 * width) { start, count in
        unsafe pw_swiglu_vjp(
          output.base + start * width, input.base + start * width, dy.base + start * result, count,
          result)
      }
    case .rmsNorm(let gain, _):
      let g = unsafe Region(gain.pointer)
      Tensor.forRows(rows, length: 4 * width) { start, count in
        unsafe pw_rms_norm_dx(
          output.base + start * width, input.base + start * width, g.base, rs.base + start,
          dy.base + start * width, count, width)
      }
    case .layerNorm(let gain, _, _, _):
      let g = unsafe Region(gain.pointer)
      Tensor.forRows(rows, length: 4 * width) { start, count in
        unsafe pw_layer_norm_dx(
          output.base + start * width, input.base + start * width, g.base, mu.base + start,
          rs.base + start, dy.base + start * width, count, width)
      }
    }
    return dx
  }

  private func addParameters(_ x: Tensor, _ slope: Tensor, _ cotangents: inout Cotangents) {
    let (rows, width) = (rows, width)
    switch kind {
    case .none, .swiGLU: break
    case .rmsNorm(_, let gain):
      unsafe cotangents.accumulate(into: gain) { gradient in
        unsafe pw_rms_norm_dgain_accumulate(
          gradient, x.pointer, rstd.pointer, slope.pointer, rows, width)
      }
    case .layerNorm(_, _, let gain, let bias):
      unsafe cotangents.accumulate(into: bias) { gradient in
        unsafe pw_sum_columns_accumulate(gradient, slope.pointer, rows, width)
      }
      unsafe cotangents.accumulate(into: gain) { gradient in
        unsafe pw_layer_norm_dgain_accumulate(
          gradient, x.pointer, mean.pointer, rstd.pointer, slope.pointer, rows, width)
      }
    }
  }
}
