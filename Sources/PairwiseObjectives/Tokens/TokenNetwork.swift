/// A small network that an objective trains beside the policy: from the reference's hidden states at a
/// token, layer by layer, to one number ≥ 0.
///
/// m = ReLU(Σ_l c_l·ReLU(LayerNorm(h_l)·w_l + b_l)), with one LayerNorm for all layers l.
public struct TokenNetwork: Sendable, Equatable {
  /// Which layers it reads.
  public enum Layers: String, Sendable, CaseIterable {
    case all
    case last
  }

  /// What its parameters are called: inputs with networks of one name share one network.
  public var name: String
  public var layers: Layers
  /// Share of the g_l and of the m that are set to 0 while training, 0 ..< 1.
  public var dropout: Float
  /// Weight decay of its parameters, in place of the optimizer's, ≥ 0.
  public var weightDecay: Double

  public init(
    _ name: String, layers: Layers = .all, dropout: Float = 0.01, weightDecay: Double = 0.01
  ) {
    self.name = name
    self.layers = layers
    self.dropout = dropout
    self.weightDecay = weightDecay
  }
}
