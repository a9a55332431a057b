public import PairwiseAutodiff
public import PairwiseTensor

/// What of a reference model is wanted where completion tokens are predicted.
public struct ReferenceWants: Sendable, Equatable {
  /// The hidden states of every block.
  public var layers: Bool
  /// How active it is.
  public var activations: Bool
  /// Whether adapters take part.
  public var adapted: Bool

  public init(layers: Bool = false, activations: Bool = false, adapted: Bool = true) {
    (self.layers, self.activations, self.adapted) = (layers, activations, adapted)
  }
}

/// What a reference model computes where the scored tokens of some pairs are predicted: row c belongs to the
/// c-th of them, and holds what was known before that token. Constants.
public struct ReferenceStates: Sendable {
  /// Rows before the output matrix, and that matrix: enough for its distributions.
  public var output: TokenReference
  /// `[C, D]` behind each block, first to last, the last one normalised; empty unless wanted.
  public var layers: [Tensor]
  /// Mask 0 … 1 from its activations, `[C]`; nil unless wanted.
  public var activations: Tensor?

  public init(output: TokenReference, layers: [Tensor] = [], activations: Tensor? = nil) {
    (self.output, self.layers, self.activations) = (output, layers, activations)
  }
}

/// Values of the scored tokens of n pairs, each `[C]`.
public struct TokenValues {
  /// log π, nats.
  public let logps: Variable
  /// Sequence s, chosen of pair i at 2i and rejected at 2i + 1, has the tokens
  /// `offsets[s] ..< offsets[s + 1]`.
  public let offsets: [Int32]
  /// log Σ π² over the vocabulary, if it was asked for.
  public let logSumSquares: Tensor?
  /// log π_ref and KL(π_ref ‖ π), with a reference.
  public let referenceLogps: Tensor?
  public let divergence: Variable?
  /// What the model's mask networks make of the reference's states, by name.
  public let heads: [String: Variable]
  /// Mask from the reference's activations, if it has one.
  public let activations: Tensor?
}
