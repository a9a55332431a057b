public import PairwiseAutodiff
public import PairwiseNN
public import PairwiseTensor

/// How a value head is to be built.
public struct ValueHeadOptions: Sendable, Equatable {
  /// In front of the names of its parameters.
  public var name: String
  /// Whether it reads the last layer alone, instead of all of them.
  public var readsLastLayer: Bool
  /// Of its weights, in place of the optimizer's.
  public var weightDecay: Double

  public init(_ name: String, readsLastLayer: Bool, weightDecay: Double) {
    (self.name, self.readsLastLayer, self.weightDecay) = (name, readsLastLayer, weightDecay)
  }
}

/// What is expected at a token, from its hidden states: V = Σ_l LayerNorm(h_l)·w_l + b, with one LayerNorm for all layers.
///
/// It starts at 0 everywhere.
public struct ValueHead: Sendable {
  public let options: ValueHeadOptions
  private let gain: Parameter
  private let bias: Parameter
  /// `[1, L·D]` and `[1]`: what a token's layers, one behind the other, are weighed with.
  private let weight: Parameter
  private let offset: Parameter
  private let layers: Int

  static let epsilon: Float = 1e-5

  /// Registers its parameters under `options.name`.
  ///
  /// - Parameters:
  ///   - layers: L, blocks of the model whose states it reads.
  ///   - width: D, the width of these states.
  public init(
    _ options: ValueHeadOptions, layers count: Int, width: Int, _ builder: inout ParameterBuilder
  ) {
    let count = options.readsLastLayer ? 1 : count
    (self.options, layers) = (options, count)
    (gain, bias, weight, offset) = builder.freezing(false) { builder in
      builder.training(weightDecay: options.weightDecay) { builder in
        builder.scoped(options.name) { scope in
          (
            scope.add("norm.weight", [width], .ones, decays: false),
            scope.add("norm.bias", [width], .zeros, decays: false),
            scope.add("weight", [1, count * width], .zeros),
            scope.add("bias", [1], .zeros, decays: false)
          )
        }
      }
    }
  }

  var parameters: [Parameter] { [gain, bias, weight, offset] }

  /// Bytes that a pass over so many tokens keeps for its gradients: the states one below the other, and normed.
  func keptBytes(tokens: Int, width: Int) -> Int { 2 * 4 * tokens * width * layers }

  /// V `[C]` of tokens from their hidden states, `[C, D]` of each block, first to last.
  public func callAsFunction(_ states: [Tensor], _ weights: Weights) -> Variable {
    let read = options.readsLastLayer ? Array(states.suffix(1)) : states
    precondition(
      read.count == layers && !read.isEmpty,
      "\(options.name): states of \(states.count) layers for \(layers)")
    let (count, width) = (read[0].shape[0], read[0].shape[1])
    return TokenHead.interleaved(read)
      .layerNorm(gain: weights[gain], bias: weights[bias], epsilon: ValueHead.epsilon)
      .reshaped([count, layers * width])
      .dense(weights[weight], bias: weights[offset]).reshaped([count])
  }
}
