/// Which pairs of an unverified pool to keep, by what two reward models and an oracle say of them.
///
/// - Source: Liu et al. 2025, "Skywork-Reward-V2", arXiv 2507.01352, second stage.
public struct CurationFilter: Sendable, Equatable {
  public enum Mode: String, Sendable, CaseIterable {
    /// Keep what the best model is sure of; ask the oracle about the rest (filters A and B).
    case askTheRest = "ask"
    /// Keep what a model of trusted pairs agrees with, and besides the oracle or the best model (C).
    case goldConsistent = "gold"
  }

  public enum Decision: String, Sendable, CaseIterable {
    case keep
    /// The oracle decides: keep with its label.
    case ask
    case discard
    /// Keep with the sides exchanged.
    case recycle
  }

  public var mode = Mode.goldConsistent
  /// Whether what would be discarded is kept with its sides exchanged.
  public var recycles = false
  /// A model agrees with a label above this probability, 0.5 ..< 1.
  public var confidence = 0.5

  public init() {}

  /// What becomes of one pair.
  ///
  /// - Parameters:
  ///   - best: r(chosen) − r(rejected) under the best model.
  ///   - gold: the same under the model of trusted pairs; nil where there is none, which never agrees.
  ///   - oracle: whether the oracle agrees with the label; nil where it was not asked.
  public func decide(best: Double, gold: Double? = nil, oracle: Bool? = nil) -> Decision {
    let bestAgrees = agrees(best)
    switch mode {
    case .askTheRest:
      return bestAgrees ? .keep : .ask
    case .goldConsistent:
      if agrees(gold ?? 0) && (oracle ?? false || bestAgrees) { return .keep }
      return recycles ? .recycle : .discard
    }
  }

  private func agrees(_ difference: Double) -> Bool {
    // At one half by the sign alone: σ of a tiny difference rounds to exactly one half.
    confidence == 0.5 ? difference > 0 : Logistic.sigmoid(difference) > confidence
  }
}
