internal import PairwiseAutodiff
internal import PairwiseNN
internal import PairwiseTensor

/// One or several linear layers with the same input, computed as one product: their weights lie side by
/// side in the parameter block.
struct Projection: Sendable {
  /// `[out_i, in]`, stacked by rows.
  let weights: [Parameter]
  /// `[out_i]`, joined; empty without biases.
  let biases: [Parameter]
  /// LoRA updates of some of the layers.
  let updates: [Update]

  /// A low-rank update of one of the stacked layers.
  struct Update: Sendable {
    /// Columns of the joint output that it adds to.
    let columns: Range<Int>
    /// `[r, in]`
    let a: Parameter
    /// `[out, r]`
    let b: Parameter
    let scale: Float
  }

  /// f(x)·Wᵀ + bias + updates (+ residual), for rows x `[T, …]`.
  func callAsFunction(
    _ x: Variable, _ weights: Weights, transform: InputTransform = .none,
    residual: Variable? = nil, adapted: Bool
  ) -> Variable {
    x.dense(
      weights.stacked(self.weights),
      bias: biases.isEmpty ? nil : weights.stacked(biases), transform: transform,
      updates: adapted
        ? updates.map {
          LowRankUpdate(columns: $0.columns, a: weights[$0.a], b: weights[$0.b], scale: $0.scale)
        } : [],
      residual: residual)
  }
}

/// A norm along rows, as the input transform of a projection or alone.
struct Norm: Sendable {
  let gain: Parameter
  /// Nil for RMS norms.
  let bias: Parameter?
  let epsilon: Float

  init(_ name: String, size: Int, hasBias: Bool, epsilon: Float, _ builder: inout ParameterBuilder)
  {
    self.epsilon = epsilon
    let made = builder.scoped(name) { scope in
      (
        scope.add("weight", [size], .ones, decays: false),
        hasBias ? scope.add("bias", [size], .zeros, decays: false) : nil
      )
    }
    (gain, bias) = made
  }

  func transform(_ weights: Weights) -> InputTransform {
    guard let bias else { return .rmsNorm(gain: weights[gain], epsilon: epsilon) }
    return .layerNorm(gain: weights[gain], bias: weights[bias], epsilon: epsilon)
  }

  /// `[R, N]` → `[R, N]`.
  func callAsFunction(_ x: Variable, _ weights: Weights) -> Variable {
    guard let bias else { return x.rmsNorm(gain: weights[gain], epsilon: epsilon) }
    return x.layerNorm(gain: weights[gain], bias: weights[bias], epsilon: epsilon)
  }
}
