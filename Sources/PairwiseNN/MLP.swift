public import PairwiseAutodiff
internal import PairwiseTensor

/// The nonlinearity between layers.
public enum Activation: String, Sendable, CaseIterable {
  case relu, tanh, gelu, silu

  public func callAsFunction(_ x: Variable) -> Variable {
    switch self {
    case .relu: x.relu()
    case .tanh: x.tanh()
    case .gelu: x.gelu()
    case .silu: x.silu()
    }
  }
}

/// A dense layer, x·Wᵀ + b.
public struct Linear: Sendable {
  /// `[out, in]`.
  public let weight: Parameter
  /// `[out]`, or nil.
  public let bias: Parameter?

  public init(
    in inputs: Int, out outputs: Int, bias: Bool = true, initialization: Initialization? = nil,
    _ builder: inout ParameterBuilder
  ) {
    let start = initialization ?? .uniform(fanIn: inputs)
    weight = builder.add("weight", [outputs, inputs], start)
    self.bias = bias ? builder.add("bias", [outputs], start, decays: false) : nil
  }

  /// `[R, in]` → `[R, out]`.
  public func callAsFunction(_ x: Variable, _ weights: Weights, relu: Bool = false) -> Variable {
    x.linear(weights[weight], bias: bias.map { weights[$0] }, relu: relu)
  }
}

/// Dense layers with an activation between them and outputs without bias: a reward head has one.
///
/// The last bias is left out on purpose: it cancels in every difference of two scores. Names are those
/// of `torch.nn.Sequential`: `weight` alone without hidden layers, else `0.weight`, `0.bias`,
/// `2.weight`, …
public struct MLP: Sendable {
  public let layers: [Linear]
  public let activation: Activation
  public let dropout: Float

  public init(
    inputs: Int, hidden: [Int], outputs: Int = 1, activation: Activation = .relu,
    dropout: Float = 0, _ builder: inout ParameterBuilder
  ) {
    self.activation = activation
    self.dropout = dropout
    if hidden.isEmpty {
      layers = [Linear(in: inputs, out: outputs, bias: false, &builder)]
      return
    }
    let widths = [inputs] + hidden + [outputs]
    layers = (0..<widths.count - 1).map { index in
      builder.scoped("\(2 * index)") { scope in
        Linear(
          in: widths[index], out: widths[index + 1], bias: index < hidden.count, &scope)
      }
    }
  }

  /// `[R, in]` → scores `[R]` of a single output.
  public func callAsFunction(_ x: Variable, _ weights: Weights, dropout key: DropoutKey? = nil)
    -> Variable
  {
    values(x, weights, dropout: key).reshaped([x.shape[0]])
  }

  /// `[R, in]` → `[R, outputs]`. With a key, dropout is applied after each activation.
  public func values(_ x: Variable, _ weights: Weights, dropout key: DropoutKey? = nil) -> Variable
  {
    outputs(of: states(x, weights, dropout: key), weights)
  }

  /// `[R, H]`: what the last hidden layer gives, with dropout; the input itself without hidden layers.
  public func states(_ x: Variable, _ weights: Weights, dropout key: DropoutKey? = nil) -> Variable
  {
    var hidden = x
    for (index, layer) in layers.dropLast().enumerated() {
      hidden =
        activation == .relu
        ? layer(hidden, weights, relu: true) : activation(layer(hidden, weights))
      if let key {
        hidden = hidden.dropout(
          rate: dropout, key: DropoutKey(key: key.key &+ UInt64(index), start: key.start))
      }
    }
    return hidden
  }

  /// `[R, H]` → `[R, outputs]`, the last layer alone.
  public func outputs(of states: Variable, _ weights: Weights) -> Variable {
    layers[layers.count - 1](states, weights)
  }
}
