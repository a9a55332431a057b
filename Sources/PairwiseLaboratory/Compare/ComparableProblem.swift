public import PairwiseData
public import PairwiseModels

/// A toy problem that objectives can be compared on: it draws data, names the model that learns, and
/// measures what was learned against the truth.
///
/// A problem with random numbers has the key `seed`; the same parameters draw the same trial.
public protocol ComparableProblem: ToyProblem {
  /// What a trained model is measured by; the first is what comparisons are about unless they say otherwise.
  static var measures: [Measure] { get }
  /// Data, start and truth.
  func trial() throws -> Trial
}

/// What one draw of a problem gives to every objective alike.
public struct Trial: Sendable {
  /// The pairs to train on: the split `train`; pairs of the split `test` are for held-out figures.
  public var pairs: InMemoryPairs
  /// The model that learns them, at its start.
  public var model: any ModelOptions
  /// Values of the problem's measures, by name, of a model after training.
  ///
  /// Called during training as well, to draw curves: it must be cheap beside the steps in between.
  public var measure: @Sendable (any Model) throws -> [String: Double]

  public init(
    pairs: InMemoryPairs, model: any ModelOptions,
    measure: @escaping @Sendable (any Model) throws -> [String: Double]
  ) {
    (self.pairs, self.model, self.measure) = (pairs, model, measure)
  }
}
