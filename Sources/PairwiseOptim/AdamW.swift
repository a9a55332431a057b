internal import CKernels
public import PairwiseTensor

#if canImport(Glibc)
  internal import Glibc
#endif

/// AdamW with decoupled weight decay, in the arithmetic of `torch.optim.AdamW`:
/// p ← p·(1 − rate·decay); m ← m + (1 − β₁)(g − m); v ← β₂v + (1 − β₂)g²;
/// p ← p − rate/(1 − β₁ᵗ) · m/(√v/√(1 − β₂ᵗ) + ε).
///
/// - Source: Loshchilov & Hutter 2019, "Decoupled weight decay regularization".
public struct AdamW: Optimizer {
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var weightDecay: Double
  public var stepCount = 0
  private var first: Tensor
  private var second: Tensor

  /// - Parameter parameterCount: P, the length of the flat block.
  public init(
    parameterCount: Int, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    weightDecay: Double = 0
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    first = .zeros([parameterCount])
    second = .zeros([parameterCount])
  }

  public var state: [(name: String, tensor: Tensor)] {
    [("exp_avg", first), ("exp_avg_sq", second)]
  }

  public mutating func restore(_ state: [String: Tensor], stepCount: Int) {
    guard let m = state["exp_avg"], let v = state["exp_avg_sq"],
      m.shape == first.shape, v.shape == second.shape
    else { preconditionFailure("adamw: state does not fit the parameters") }
    (first, second, self.stepCount) = (m, v, stepCount)
  }

  public mutating func update(
    _ values: inout Tensor, gradients: Tensor, _ context: UpdateContext
  ) {
    precondition(
      values.count == first.count, "adamw: \(values.count) values, state of \(first.count)")
    stepCount += 1
    let t = Double(stepCount)
    let options = pw_adamw_options(
      beta2: Float(beta2), epsilon: Float(epsilon), rest1: Float(1 - beta1),
      rest2: Float(1 - beta2), keep: 1, step_size: 0,
      root_correction: Float((1 - pow(beta2, t)).squareRoot()),
      gradient_scale: context.gradientScale)
    let p = unsafe MutableRegion(uniquePointer(&values))
    let (m, v) = unsafe (
      MutableRegion(first.mutablePointer()), MutableRegion(second.mutablePointer())
    )
    let g = unsafe Region(gradients.pointer)
    for segment in context.segments {
      var local = options
      let rate = context.learningRate * segment.rateFactor
      local.step_size = Float(rate / (1 - pow(beta1, t)))
      local.keep = Float(1 - rate * segment.decay(weightDecay))
      let fixed = local
      forChunks(of: segment.range) { start, count in
        var options = fixed
        unsafe pw_adamw(
          p.base + start, m.base + start, v.base + start, g.base + start, &options, count)
      }
    }
  }
}
