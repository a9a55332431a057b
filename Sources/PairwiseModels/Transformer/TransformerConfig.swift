internal import PairwiseConfig
internal import PairwiseData

/// The shape of a transformer, as a Hugging Face `config.json` describes it.
public struct TransformerConfig: Sendable, Equatable {
  /// `model_type` in `config.json`: it decides parameter names and where norms and biases are.
  public enum Family: String, Sendable, CaseIterable {
    case llama, qwen2, gpt2, bert
  }

  public var family: Family
  /// V
  public var vocabularySize: Int
  /// D, the width of the residual stream.
  public var hiddenSize: Int
  public var layers: Int
  public var heads: Int
  /// Heads of keys and values; each serves heads / keyHeads query heads.
  public var keyHeads: Int
  public var headSize: Int
  /// F, the width inside the feed-forward part.
  public var mlpSize: Int
  public var activation: MLPActivation
  public var normEpsilon: Float
  public var maxPositions: Int
  /// Nil for learned positions.
  public var rotary: RotaryScaling?
  /// Whether the output matrix is the embedding table.
  public var isTied: Bool
  public var hasQKVBias: Bool
  /// Whether the attention's output projection has a bias.
  public var hasOutputBias: Bool
  public var hasMLPBias: Bool
  /// Rows of the token-type table; 0 without one.
  public var tokenTypes: Int
  public var bos: Int32?
  public var eos: Int32?
  public var pad: Int32?

  /// The nonlinearity of the feed-forward part, under its Hugging Face name.
  public enum MLPActivation: String, Sendable, CaseIterable {
    case silu, gelu, relu, tanh
    case geluTanh = "gelu_new"

    init?(named name: String) {
      switch name {
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
      case "swish": self = .silu
      default: self.init(rawValue: name)
      }
    }
  }

  /// Decoders see only what came before; encoders see everything.
  public var isCausal: Bool { family != .bert }
  public var queryWidth: Int { heads * headSize }
  public var keyWidth: Int { keyHeads * headSize }
  /// Whether the feed-forward part multiplies an activated gate with a second projection.
  public var isGated: Bool { family == .llama || family == .qwen2 }
}

/// Rotary positions: the base and how frequencies are stretched for long contexts.
public struct RotaryScaling: Sendable, Equatable {
  public enum Stretch: Sendable, Equatable {
    case none
    /// Positions divided by a factor.
    case linear(factor: Double)
    /// Llama 3's: low frequencies divided, high ones kept, those between interpolated.
    case llama3(factor: Double, low: Double, high: Double, originalPositions: Double)
  }

  public var theta: Double
  public var stretch: Stretch

  public init(theta: Double, stretch: Stretch = .none) {
    self.theta = theta
    self.stretch = stretch
  }

  /// Inverse frequencies `[headSize / 2]`, in Float32 steps as transformers computes them.
  ///
  /// - Source: transformers' `modeling_rope_utils` for the stretches.
  public func frequencies(headSize: Int) -> [Float] {
    (0..<headSize / 2).map { pair in
      let exponent = Float(2 * pair) / Float(headSize)
      return stretched(1 / power(Float(theta), exponent))
    }
  }

  private func stretched(_ frequency: Float) -> Float {
    switch stretch {
    case .none: return frequency
    case .linear(let factor): return frequency / Float(factor)
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Float.pi / frequency
      if wavelength < Float(original / high) { return frequency }
      if wavelength > Float(original / low) { return frequency / Float(factor) }
      let smooth = (Float(original) / wavelength - Float(low)) / Float(high - low)
      return (1 - smooth) * (frequency / Float(factor)) + smooth * frequency
    }
  }

  /// baseᵉˣᵖᵒⁿᵉⁿᵗ, rounded once.
  private func power(_ base: Float, _ exponent: Float) -> Float {
    Float(pow(Double(base), Double(exponent)))
  }
}

#if canImport(Glibc)
  internal import Glibc
#endif
