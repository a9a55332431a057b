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
  /// Memory for parameters, gradients, optimizer state, the window of pairs and activations.
  public var estimatedBytes: Int
  /// What the model reads, of models that read tokens.
  public var tokens: TokenPlan?
  public var ledger: [(name: String, value: Int)]
}

/// What came out of a run.
public struct TrainSummary: Sendable {
  public var folder: String
  /// The report that was written; nil with `trainer.report: false`.
  public var report: String?
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

/// The tokens of a run and what computing them will take.
public struct TokenPlan: Sendable {
  /// Tokens of one epoch, a shared prompt counted once.
  public var prompt = 0
  public var chosen = 0
  public var rejected = 0
  /// Tokens of the longest sequence.
  public var longest = 0
  /// Seconds of an average step, by the speed of products measured now.
  public var secondsPerStep = 0.0
  /// Seconds of the pass over all pairs that computes the reference, unless it is cached; 0 without one.
  public var referenceSeconds = 0.0
}
