internal import CKernels
public import PairwiseTensor

/// Stochastic gradient descent with momentum, as `torch.optim.SGD` with dampening 0:
/// g ← g + decay·p; b ← momentum·b + g; p ← p − rate·b (with Nesterov: rate·(g + momentum·b)).
public struct SGD: Optimizer {
  public var momentum: Double
  public var weightDecay: Double
  public var nesterov: Bool
  public var stepCount = 0
  private var buffer: Tensor

  /// - Parameter parameterCount: P, the length of the flat block.
  public init(
    parameterCount: Int, momentum: Double = 0, weightDecay: Double = 0, nesterov: Bool = false
  ) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.nesterov = nesterov
    buffer = .zeros([parameterCount])
  }

  public var state: [(name: String, tensor: Tensor)] { [("momentum_buffer", buffer)] }

  public mutating func restore(_ state: [String: Tensor], stepCount: Int) {
    guard let saved = state["momentum_buffer"], saved.shape == buffer.shape else {
      preconditionFailure("sgd: state does not fit the parameters")
    }
    (buffer, self.stepCount) = (saved, stepCount)
  }

  public mutating func update(
    _ values: inout Tensor, gradients: Tensor, _ context: UpdateContext
  ) {
    precondition(
      values.count == buffer.count, "sgd: \(values.count) values, state of \(buffer.count)")
    stepCount += 1
    let p = unsafe MutableRegion(uniquePointer(&values))
    let b = unsafe MutableRegion(buffer.mutablePointer())
    let g = unsafe Region(gradients.pointer)
    let momentum = Float(momentum)
    let (scale, nesterov) = (context.gradientScale, nesterov)
    for segment in context.segments {
      let rate = Float(context.learningRate * segment.rateFactor)
      let decay = Float(segment.decay(weightDecay))
      forChunks(of: segment.range) { start, count in
        unsafe pw_sgd(
          p.base + start, b.base + start, g.base + start, rate, momentum, decay, scale,
          nesterov ? 1 : 0, count)
      }
    }
  }
}
