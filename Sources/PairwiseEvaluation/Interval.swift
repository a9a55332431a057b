/// A confidence interval that says how it was made.
public struct Interval: Sendable, Equatable {
  /// How an interval was computed.
  public enum Method: String, Sendable, CaseIterable {
    /// Wilson's score interval of a proportion.
    case wilson
    /// Percentiles of the mean over resampled rows.
    case bootstrapPercentile = "bootstrap_percentile"
    /// The same for the difference of two models on the same pairs, resampled together.
    case pairedBootstrapPercentile = "paired_bootstrap_percentile"
    /// Mean ± z standard errors; for many rows, where the bootstrap gives the same and costs more.
    case normal
    /// Newcombe's score interval of an area under a curve.
    case newcombe
    /// Mean ± t standard errors of a few runs.
    case student = "student_t"
  }

  public var low: Double
  public var high: Double
  /// Nominal coverage, 0 … 1; 0.95 unless asked otherwise.
  public var level: Double
  public var method: Method

  public init(low: Double, high: Double, level: Double, method: Method) {
    self.low = low
    self.high = high
    self.level = level
    self.method = method
  }

  public var width: Double { high - low }

  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}
