public import PairwiseConfig

/// y′ = a·y + b: what ratings y become before they are learned, 20·y + 10 to bring 0 … 4 to 10 … 90.
///
/// - Source: Wang et al. 2024, directional preference alignment (arXiv 2402.18571).
public struct TargetScale: ConfigSection, Sendable, Equatable {
  /// > 0, default 1.
  public var factor: Float
  /// Default 0.
  public var offset: Float

  public init(factor: Float = 1, offset: Float = 0) {
    (self.factor, self.offset) = (factor, offset)
  }

  public init(from reader: inout SectionReader) {
    factor = reader.value("a", default: 1, .greater(than: 0), "What ratings are multiplied by.")
    offset = reader.value("b", default: 0, "What is added then.")
  }

  init(in reader: inout SectionReader) {
    self = reader.section(
      "target_scale", TargetScale.self,
      "Ratings y are learned as a y + b; errors are on that scale."
    )
  }

  func callAsFunction(_ rating: Float) -> Float { factor * rating + offset }
}
