internal import PairwiseConfig
public import PairwiseNN
public import PairwiseOptim

/// `optimizer:`; which keys there are depends on `name`.
public struct OptimizerSection: Sendable {
  public enum Rule: Sendable, Equatable {
    case adamW(beta1: Double, beta2: Double, epsilon: Double)
    case sgd(momentum: Double, nesterov: Bool)
  }

  public var rule: Rule = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
  public var learningRate = 1e-3
  public var weightDecay = 0.0
  /// Clips the global gradient norm; 0 never does.
  public var maxGradNorm = 1.0
  /// Whether weight decay applies to biases and norm gains too.
  public var decaysBiases = false

  public init() {}

  static var options: [VariantOption<OptimizerSection>] {
    [
      VariantOption("adamw", "AdamW with decoupled weight decay, in torch's arithmetic") { reader in
        var section = OptimizerSection(common: &reader)
        section.rule = .adamW(
          beta1: reader.value(
            "adam_beta1", default: 0.9, .range(0..<1), "Memory of the gradient's running mean."),
          beta2: reader.value(
            "adam_beta2", default: 0.999, .range(0..<1), "Memory of its running square."),
          epsilon: reader.value(
            "adam_epsilon", default: 1e-8, .greater(than: 0), "Added to the root of the square."))
        return section
      },
      VariantOption("sgd", "stochastic gradient descent with momentum, in torch's arithmetic") {
        reader in
        var section = OptimizerSection(common: &reader)
        section.rule = .sgd(
          momentum: reader.value(
            "momentum", default: 0, .range(0..<1), "Memory of past gradients."),
          nesterov: reader.value("nesterov", default: false, "Look ahead along the momentum."))
        return section
      },
    ]
  }

  private init(common reader: inout SectionReader) {
    learningRate = reader.value(
      "learning_rate", default: 1e-3, .greater(than: 0), "Rate at the schedule's peak.")
    weightDecay = reader.value(
      "weight_decay", default: 0, .atLeast(0),
      "Decay of weights; biases and norm gains are left out.")
    maxGradNorm = reader.value(
      "max_grad_norm", default: 1, .atLeast(0), "Clips the global gradient norm; 0 never clips.")
    decaysBiases = reader.value(
      "decay_biases", default: false, "Apply weight decay to biases and norm gains too.")
  }

  /// A fresh optimizer for `parameterCount` parameters.
  public func build(parameterCount: Int) -> any Optimizer {
    switch rule {
    case .adamW(let beta1, let beta2, let epsilon):
      AdamW(
        parameterCount: parameterCount, beta1: beta1, beta2: beta2, epsilon: epsilon,
        weightDecay: weightDecay)
    case .sgd(let momentum, let nesterov):
      SGD(
        parameterCount: parameterCount, momentum: momentum, weightDecay: weightDecay,
        nesterov: nesterov)
    }
  }

  /// The flat block cut into runs that learn and decay alike.
  public func segments(of parameters: [Parameter]) -> [ParameterSegment] {
    var segments: [ParameterSegment] = []
    for parameter in parameters {
      let own = ParameterSegment(
        range: parameter.range, decays: parameter.decays || decaysBiases,
        weightDecay: parameter.weightDecay,
        rateFactor: parameter.learningRate.map { $0 / learningRate } ?? 1)
      if let last = segments.last, last.isLike(own) {
        segments[segments.count - 1].range = last.range.lowerBound..<parameter.range.upperBound
      } else {
        segments.append(own)
      }
    }
    return segments
  }
}
