/// What a run reports while it goes on; a terminal, a test or a library user listens.
public enum TrainEvent: Sendable {
  /// Before the first step.
  case started(TrainPlan)
  /// Work before the first step goes on.
  case preparing(String, done: Int, total: Int)
  case step(Int, StepResult)
  /// The accuracy is nil where an objective compares nothing.
  case evaluated(
    step: Int, loss: Double, accuracy: Double?, low: Double, high: Double, isBest: Bool)
  case checkpoint(String)
  /// A sentence worth reading that stops nothing.
  case note(String)
  case finished(TrainSummary)
}

/// What a run is about to do.
public struct TrainPlan: Sendable {
  public var folder: String
  public var totalSteps: Int
  /// Steps that an earlier session did.
  public var doneSteps: Int
  public var batchSize: Int
  public var trainPairs: Int
  public var validationPairs: Int
  public var parameters: Int
  /// Those of them that an optimizer updates.
  public var trained: Int
  /// Memory for parameters, gradients, optimizer state and the window of pairs.
  public var estimatedBytes: Int
  public var ledger: [(name: String, value: Int)]
}

/// What came out of a run.
public struct TrainSummary: Sendable {
  public var folder: String
  public var steps: Int
  public var seconds: Double
  /// Pairs trained on per second of this session's steps, evaluations and checkpoints left out.
  public var pairsPerSecond: Double
  public var peakMemoryBytes: Int
  public var finalLoss: Double?
  /// Named figures for the table at the end, with their intervals.
  public var figures: [(name: String, value: Double, low: Double?, high: Double?)]
  public var stoppedEarly: Bool
}
