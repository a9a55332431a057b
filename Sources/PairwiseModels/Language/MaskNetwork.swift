public import PairwiseAutodiff
public import PairwiseNN
public import PairwiseTensor

/// How a mask network is to be built.
public struct MaskNetworkOptions: Sendable, Equatable {
  /// In front of the names of its parameters.
  public var name: String
  /// Whether it reads the last layer alone, instead of all of them.
  public var readsLastLayer: Bool
  /// 0 ..< 1
  public var dropout: Float
  /// Of all its parameters, in place of the optimizer's.
  public var weightDecay: Double

  public init(_ name: String, readsLastLayer: Bool, dropout: Float, weightDecay: Double) {
    (self.name, self.readsLastLayer) = (name, readsLastLayer)
    (self.dropout, self.weightDecay) = (dropout, weightDecay)
  }
}

/// A small network from the hidden states of a token, layer by layer, to one number ≥ 0:
/// m = ReLU(Σ_l c_l·g_l), g_l = ReLU(LayerNorm(h_l)·w_l + b_l), with one LayerNorm for all layers.
///
/// It starts with c_l = 1/L and b_l = 1, near a mask of 1: a mask that starts at 0 everywhere could never
/// leave it.
///
/// - Source: the released code of SparsePO (Christopoulou et al. 2024, arXiv 2410.05102). The start is a
///   choice of ours.
public struct MaskNetwork: Sendable {
  public let options: MaskNetworkOptions
  private let gain: Parameter
  private let bias: Parameter
  /// `[1, D]` and `[1]` of each layer that is read.
  private let layers: [(weight: Parameter, bias: Parameter)]
  /// `[1, L]`
  private let mixer: Parameter

  static let epsilon: Float = 1e-5

  /// Registers its parameters under `options.name`.
  ///
  /// - Parameters:
  ///   - layers: L, blocks of the model whose states it reads.
  ///   - width: D, the width of these states.
  public init(
    _ options: MaskNetworkOptions, layers count: Int, width: Int, _ builder: inout ParameterBuilder
  ) {
    self.options = options
    let count = options.readsLastLayer ? 1 : count
    (gain, bias, layers, mixer) = builder.freezing(false) { builder in
      builder.training(weightDecay: options.weightDecay) { builder in
        builder.scoped(options.name) { scope in
          (
            scope.add("norm.weight", [width], .ones, decays: false),
            scope.add("norm.bias", [width], .zeros, decays: false),
            (0..<count).map { layer in
              (
                scope.add("layers.\(layer).weight", [1, width], .uniform(fanIn: width)),
                scope.add("layers.\(layer).bias", [1], .ones, decays: false)
              )
            }, scope.add("mixer.weight", [1, count], .constant(1 / Float(count)))
          )
        }
      }
    }
  }

  var parameters: [Parameter] {
    [gain, bias] + layers.flatMap { [$0.weight, $0.bias] } + [mixer]
  }

  /// Bytes that a pass over so many tokens keeps for its gradients: the states one below the other, normed, and
  /// picked apart by layer.
  func keptBytes(tokens: Int, width: Int) -> Int { 3 * 4 * tokens * width * layers.count }

  /// Numbers `[C]` of tokens from their hidden states, `[C, D]` of each block, first to last.
  ///
  /// - Parameters:
  ///   - offsets: sequence s has the tokens `offsets[s] ..< offsets[s + 1]`.
  ///   - dropout: dropout is on with a key. Its numbers belong to a sequence and a place in it, so that the
  ///     same come for every split of a batch.
  public func callAsFunction(
    _ states: [Tensor], offsets: [Int32], _ weights: Weights, dropout key: DropoutKey?
  ) -> Variable {
    let read = options.readsLastLayer ? Array(states.suffix(1)) : states
    precondition(
      read.count == layers.count && !read.isEmpty,
      "\(options.name): states of \(states.count) layers for \(layers.count)")
    let count = read[0].shape[0]
    let rows = TokenHead.interleaved(read).layerNorm(
      gain: weights[gain], bias: weights[bias], epsilon: MaskNetwork.epsilon)
    let columns = layers.enumerated().map { index, layer in
      rows.rows((0..<count).map { Int32($0 * layers.count + index) })
        .dense(weights[layer.weight], bias: weights[layer.bias])
    }
    let hidden = dropped(Variable.concatenated(columns, axis: 1).relu(), offsets, key, 0)
    let mixed = hidden.dense(weights[mixer]).relu()
    return dropped(mixed, offsets, key, 1).reshaped([count])
  }

  /// Dropout on `[C, N]`.
  private func dropped(_ x: Variable, _ offsets: [Int32], _ key: DropoutKey?, _ layer: UInt64)
    -> Variable
  {
    guard let key, options.dropout > 0 else { return x }
    let width = x.shape[1]
    let scale = 1 / (1 - options.dropout)
    var keep = [Float](repeating: 0, count: x.shape.count)
    for sequence in 0..<offsets.count - 1 {
      var random = CounterRandom(
        seed: key.key &+ layer, stream: options.name,
        position: (key.start &+ UInt64(sequence)) << 32)
      for index in Int(offsets[sequence]) * width..<Int(offsets[sequence + 1]) * width {
        keep[index] = Float(random.uniform()) < options.dropout ? 0 : scale
      }
    }
    return x * Variable(constant: Tensor(x.shape, keep))
  }
}
