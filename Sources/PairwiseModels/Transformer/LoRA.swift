internal import PairwiseNN
internal import PairwiseTensor

/// Low-rank adaptation: W x + (alpha / r)·B A x on some linear layers, with W frozen.
///
/// - Source: Hu et al. 2021 (arXiv 2106.09685); names and matching of targets as in PEFT.
public struct LoRAOptions: Sendable, Equatable {
  /// r ≥ 1, the rank of the updates.
  public var rank: Int
  public var alpha: Double
  /// Names of linear layers (`q_proj`), or the ends of their paths; `all-linear` stands for every linear layer but the
  /// head.
  public var targets: [String]
  /// Scales by alpha / √r instead.
  public var usesRankStabilizedScale: Bool

  public init(
    rank: Int = 8, alpha: Double = 16, targets: [String] = ["all-linear"],
    usesRankStabilizedScale: Bool = false
  ) {
    self.rank = rank
    self.alpha = alpha
    self.targets = targets
    self.usesRankStabilizedScale = usesRankStabilizedScale
  }

  init(_ adapter: PEFTAdapter) {
    self.init(
      rank: adapter.rank, alpha: adapter.alpha, targets: adapter.targets,
      usesRankStabilizedScale: adapter.usesRankStabilizedScale)
  }

  var scale: Float {
    Float(alpha / (usesRankStabilizedScale ? Double(rank).squareRoot() : Double(rank)))
  }

  /// Whether the linear layer at `path` is one of the targets.
  func matches(_ path: String) -> Bool {
    targets.contains { $0 == "all-linear" || path == $0 || path.hasSuffix("." + $0) }
  }
}

/// Registers the linear layers of a transformer, with their adapters if there are some.
struct ProjectionBuilder {
  let lora: LoRAOptions?
  /// Paths of the layers that got an adapter.
  private(set) var adapted: [String] = []

  init(_ lora: LoRAOptions?) { self.lora = lora }

  /// Layers with one input of width `inputs`, side by side.
  ///
  /// - Parameters:
  ///   - prefix: the path of the block.
  ///   - layers: path below the block and width of the output of each.
  mutating func build(
    _ prefix: String, _ layers: [(path: String, outputs: Int)], inputs: Int, bias: Bool,
    isTransposedInFiles: Bool = false, deviation: Float = 0.02, _ builder: inout ParameterBuilder
  ) -> Projection {
    let (weights, biases) = builder.freezing(lora != nil) { builder in
      (
        layers.map { layer in
          builder.add(
            "\(prefix).\(layer.path).weight", [layer.outputs, inputs],
            .normal(standardDeviation: deviation), isTransposedInFiles: isTransposedInFiles)
        },
        bias
          ? layers.map { layer in
            builder.add("\(prefix).\(layer.path).bias", [layer.outputs], .zeros, decays: false)
          } : []
      )
    }
    var updates: [Projection.Update] = []
    var start = 0
    for layer in layers {
      let path = "\(prefix).\(layer.path)"
      let columns = start..<start + layer.outputs
      start = columns.upperBound
      guard let lora, lora.matches(path) else { continue }
      adapted.append(path)
      updates.append(
        Projection.Update(
          columns: columns,
          a: builder.add(
            PEFTNames.a(path), [lora.rank, inputs], .uniform(fanIn: inputs)),
          b: builder.add(PEFTNames.b(path), [layer.outputs, lora.rank], .zeros),
          scale: lora.scale))
    }
    return Projection(weights: weights, biases: biases, updates: updates)
  }
}

/// How PEFT names the tensors of an adapter.
enum PEFTNames {
  static let prefix = "base_model.model."
  static func a(_ path: String) -> String { "\(prefix)\(path).lora_A.weight" }
  static func b(_ path: String) -> String { "\(prefix)\(path).lora_B.weight" }
}
