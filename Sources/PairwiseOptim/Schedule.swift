#if canImport(Glibc)
  internal import Glibc
#endif

/// Learning-rate schedules as `transformers.get_scheduler` computes them, step for step.
///
/// Step s (from 1) uses `factor(s − 1)`: with any warm-up the first step has rate 0.
public struct Schedule: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    /// The full rate, after warm-up if there is any.
    case constant
    /// Falls in a straight line to 0 at the last step.
    case linear
    /// Falls along half a cosine to 0 at the last step.
    case cosine
  }

  public var kind: Kind
  public var warmupSteps: Int
  public var totalSteps: Int

  public init(_ kind: Kind, warmupSteps: Int = 0, totalSteps: Int) {
    self.kind = kind
    self.warmupSteps = warmupSteps
    self.totalSteps = totalSteps
  }

  /// The factor on the base rate after `done` completed steps.
  public func factor(_ done: Int) -> Double {
    if done < warmupSteps { return Double(done) / Double(max(1, warmupSteps)) }
    let decaySteps = Double(max(1, totalSteps - warmupSteps))
    switch kind {
    case .constant:
      return 1
    case .linear:
      return max(0, Double(totalSteps - done) / decaySteps)
    case .cosine:
      let progress = Double(done - warmupSteps) / decaySteps
      return max(0, 0.5 * (1 + cos(.pi * progress)))
    }
  }
}
