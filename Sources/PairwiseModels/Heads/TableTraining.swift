internal import PairwiseConfig
internal import PairwiseNN

/// How what a head keeps of each name learns, where that is not as everything else: a row of a table sees only the
/// pairs of its own name, so that the mean over a batch moves it little.
public struct TableTraining: Sendable, Equatable {
  /// At the schedule's peak; nil: the optimizer's.
  public var learningRate: Double?
  /// Nil: the optimizer's.
  public var weightDecay: Double?

  public init(learningRate: Double? = nil, weightDecay: Double? = nil) {
    (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
  }

  /// Reads `NAME_learning_rate` and `NAME_weight_decay`.
  ///
  /// - Parameter what: what learns, in words.
  init(from reader: inout SectionReader, _ name: String, _ what: String) {
    learningRate = reader.optional(
      "\(name)_learning_rate", Double.self, .greater(than: 0),
      "Rate of \(what) at the schedule's peak; null: the optimizer's.")
    weightDecay = reader.optional(
      "\(name)_weight_decay", Double.self, .atLeast(0),
      "Weight decay of \(what); null: the optimizer's.")
  }

  func building<Layer>(
    _ builder: inout ParameterBuilder, _ build: (inout ParameterBuilder) -> Layer
  ) -> Layer {
    builder.training(learningRate: learningRate, weightDecay: weightDecay, build)
  }

  /// The keys, where they say anything.
  func configuration(_ name: String) -> [ConfigNode.Entry] {
    [
      learningRate.map { .init(key: "\(name)_learning_rate", value: $0.configNode) },
      weightDecay.map { .init(key: "\(name)_weight_decay", value: $0.configNode) },
    ].compactMap(\.self)
  }
}
