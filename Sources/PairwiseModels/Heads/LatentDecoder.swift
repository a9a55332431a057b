internal import PairwiseAutodiff
internal import PairwiseNN
internal import PairwiseTensor

/// From completions and latent vectors to rewards.
struct LatentDecoder: Sendable {
  private let options: VariationalHeadOptions
  /// From z to what is added to the completion's numbers, and from there to the reward; nil: linear.
  private let layers: (latent: Linear, hidden: Linear, out: Linear)?

  init(_ options: VariationalHeadOptions, _ builder: inout ParameterBuilder) {
    self.options = options
    if options.decoder == .linear {
      layers = nil
      return
    }
    layers = (
      builder.linear("decoder.latent", options.latent, options.hidden),
      builder.linear("decoder.2", options.hidden, options.hidden),
      builder.linear("decoder.4", options.hidden, 1, bias: false)
    )
  }

  /// - Parameters:
  ///   - rows: `[2n, W]`, chosen before rejected.
  ///   - z: `[n, L]`
  /// - Returns: `[2n]`
  func callAsFunction(_ rows: Variable, _ z: Variable, _ weights: Weights) -> Variable {
    guard let layers else {
      let rewards = rows.sliced(axis: 1, options.columns.rewards)
      return rewards.column(0) + rewards.sliced(axis: 1, 1..<1 + options.latent).weightedSums(z)
    }
    let shift = layers.latent(z, weights).rows((0..<rows.shape[0]).map { Int32($0 / 2) })
    let first = (rows.sliced(axis: 1, options.columns.hidden) + shift).leaky()
    return layers.out(layers.hidden(first, weights).leaky(), weights).reshaped([rows.shape[0]])
  }
}

extension Variable {
  /// max(x, 0.2·x)
  func leaky() -> Variable { 0.8 * relu() + 0.2 * self }
}
