public import PairwiseAutodiff
public import PairwiseNN
public import PairwiseTensor

/// How a network on the hidden states of tokens is to be built.
public enum TokenHeadOptions: Sendable, Equatable {
  case mask(MaskNetworkOptions)
  case value(ValueHeadOptions)

  /// In front of the names of its parameters.
  public var name: String {
    switch self {
    case .mask(let options): options.name
    case .value(let options): options.name
    }
  }
}

/// A small network beside a policy: from the reference's hidden states at a token to one number.
public enum TokenHead: Sendable {
  case mask(MaskNetwork)
  case value(ValueHead)

  init(
    _ options: TokenHeadOptions, layers: Int, width: Int, _ builder: inout ParameterBuilder
  ) {
    switch options {
    case .mask(let options):
      self = .mask(MaskNetwork(options, layers: layers, width: width, &builder))
    case .value(let options):
      self = .value(ValueHead(options, layers: layers, width: width, &builder))
    }
  }

  public var name: String {
    switch self {
    case .mask(let network): network.options.name
    case .value(let head): head.options.name
    }
  }

  var parameters: [Parameter] {
    switch self {
    case .mask(let network): network.parameters
    case .value(let head): head.parameters
    }
  }

  /// Bytes that a pass over so many tokens keeps for its gradients.
  func keptBytes(tokens: Int, width: Int) -> Int {
    switch self {
    case .mask(let network): network.keptBytes(tokens: tokens, width: width)
    case .value(let head): head.keptBytes(tokens: tokens, width: width)
    }
  }

  /// Numbers `[C]` of tokens from their hidden states, `[C, D]` of each block, first to last.
  ///
  /// - Parameters:
  ///   - offsets: sequence s has the tokens `offsets[s] ..< offsets[s + 1]`.
  ///   - dropout: dropout of masks is on with a key.
  public func callAsFunction(
    _ states: [Tensor], offsets: [Int32], _ weights: Weights, dropout key: DropoutKey?
  ) -> Variable {
    switch self {
    case .mask(let network): network(states, offsets: offsets, weights, dropout: key)
    case .value(let head): head(states, weights)
    }
  }

  /// Tensors `[C, D]` as one `[C·L, D]`: row c of each, then row c + 1 of each.
  ///
  /// Token after token, each with its layers: a norm's gradients add up in an order that does not depend on how tokens are
  /// split into microbatches.
  static func interleaved(_ states: [Tensor]) -> Variable {
    if states.count == 1 { return Variable(constant: states[0]) }
    let (count, width) = (states[0].shape[0], states[0].shape[1])
    let parts = states.map { Variable(constant: $0) }
    return Variable.concatenated(parts, axis: 1).reshaped([count * states.count, width])
  }
}
