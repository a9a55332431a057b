/// A small network that an objective trains beside the policy: from the reference's hidden states at a
/// token, layer by layer, to one number.
///
/// A mask is ReLU(Σ_l c_l·ReLU(LayerNorm(h_l)·w_l + b_l)), a value Σ_l LayerNorm(h_l)·w_l + b, with one LayerNorm for
/// all layers l.
public struct TokenNetwork: Sendable, Equatable {
  /// Which layers it reads.
  public enum Layers: String, Sendable, CaseIterable {
    case all
    case last
  }

  /// What comes out.
  public enum Output: Sendable, Equatable {
    /// A number ≥ 0, near 1 at first.
    case mask
    /// Any number, 0 at first.
    case value
  }

  /// What its parameters are called: inputs with networks of one name share one network.
  public var name: String
  public var layers: Layers
  public var gives: Output
  /// Share of a mask's numbers, and of what they are made of, that are set to 0 while training, 0 ..< 1.
  public var dropout: Float
  /// Weight decay of its parameters, in place of the optimizer's, ≥ 0.
  public var weightDecay: Double

  public init(
    _ name: String, layers: Layers = .all, dropout: Float = 0.01, weightDecay: Double = 0.01,
    gives: Output = .mask
  ) {
    self.name = name
    self.gives = gives
    self.layers = layers
    self.dropout = dropout
    self.weightDecay = weightDecay
  }
}
