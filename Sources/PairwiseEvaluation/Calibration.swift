/// How far predicted probabilities are from how often they come true.
///
/// Confidence is max(p, 1 − p) with p = σ(Δ), and a prediction is correct when the labelled side
/// scores strictly higher. Swapping both sides of every pair changes nothing.
/// - Source: Guo et al. 2017; methods reference, §8.2.
public struct Calibration: Sendable, Equatable {
  /// Where equal-width bins lie.
  public enum Range: String, Sendable, CaseIterable {
    /// n bins over 0 … 1, of which confidences use the upper half: the usual convention.
    case unit
    /// n bins over ½ … 1. Other values of ECE and MCE than with `unit`, so a report names it.
    case half
  }

  /// How confidences are cut into bins.
  public enum Binning: Sendable, Equatable {
    /// Bins (low, high] of equal width.
    case equalWidth(Range)
    /// Bins of about equal count; equal confidences share a bin, so some may stay empty.
    case quantile
  }

  /// One row of the reliability table.
  public struct Bin: Sendable, Equatable {
    /// The bin is (low, high].
    public var low: Double
    public var high: Double
    public var count: Int
    /// Mean confidence and share of correct ones; nil in an empty bin.
    public var confidence: Double?
    public var accuracy: Double?

    public init(
      low: Double, high: Double, count: Int, confidence: Double? = nil, accuracy: Double? = nil
    ) {
      self.low = low
      self.high = high
      self.count = count
      self.confidence = confidence
      self.accuracy = accuracy
    }
  }

  public var binning: Binning
  /// Every bin, empty ones too, in ascending order.
  public var bins: [Bin]
  /// Expected calibration error: Σ (n_b / N)·|accuracy − confidence|.
  public var expectedError: Double
  /// Maximum calibration error: the largest |accuracy − confidence| of a bin that is not empty.
  public var maximumError: Double
  /// Mean −log likelihood of the labels, nats.
  public var logLoss: Double
  /// Mean (p − label)².
  public var brier: Double

  /// Calibration of a model's scores, divided by a temperature.
  ///
  /// A soft label q counts as "correct" to the degree q says so; a tie of the scores as incorrect.
  /// - Parameter count: number of bins, 1 … 10,000.
  /// - Throws: `EvaluationError` for another number of bins.
  public init(
    _ scores: PairScores, at temperature: Temperature = Temperature(inverse: 1),
    bins count: Int = 10, binning: Binning = .equalWidth(.unit)
  ) throws(EvaluationError) {
    var predictions: [Prediction] = []
    predictions.reserveCapacity(scores.count)
    for row in 0..<scores.count {
      let outcome = scores.outcome(row).scaled(by: temperature.inverse)
      let agreement = outcome.margin > 0 ? outcome.label : 1 - outcome.label
      predictions.append(
        Prediction(
          confidence: Logistic.sigmoid(abs(outcome.margin)),
          correctness: outcome.isTied ? 0 : agreement,
          logLoss: outcome.logLoss, brier: outcome.brier))
    }
    try self.init(predictions, count, binning)
  }

  /// Calibration of predictions of any kind: a confidence between 0 and 1 each, and whether it came
  /// true.
  public init(
    confidences: [Double], correct: [Bool], bins count: Int = 10,
    binning: Binning = .equalWidth(.unit)
  ) throws(EvaluationError) {
    guard confidences.count == correct.count else {
      throw .lengthsDiffer("correct", found: correct.count, expected: confidences.count)
    }
    var predictions: [Prediction] = []
    for (row, confidence) in confidences.enumerated() {
      guard confidence > 0, confidence < 1 else {
        throw .outOfRange(
          "confidence", row: row, found: "\(confidence)", expected: "a number between 0 and 1")
      }
      let outcome = PairOutcome(
        chosen: Logistic.logit(confidence), rejected: 0, label: correct[row] ? 1 : 0)
      predictions.append(
        Prediction(
          confidence: confidence, correctness: correct[row] ? 1 : 0,
          logLoss: outcome.logLoss, brier: outcome.brier))
    }
    try self.init(predictions, count, binning)
  }

  private init(
    _ predictions: [Prediction], _ count: Int, _ binning: Binning
  ) throws(EvaluationError) {
    guard !predictions.isEmpty else { throw .empty("calibration") }
    guard (1...10_000).contains(count) else {
      throw .outOfRange("calibration bins", row: nil, found: "\(count)", expected: "1 … 10000")
    }
    self.binning = binning
    let n = Double(predictions.count)
    let edges = BinEdges(predictions.map(\.confidence), count: count, binning: binning)
    bins = edges.table(of: predictions)
    (expectedError, maximumError) = Calibration.errors(of: bins)
    logLoss = ExactSum(predictions.map(\.logLoss)).value / n
    brier = ExactSum(predictions.map(\.brier)).value / n
  }
}

extension Calibration {
  /// ECE and MCE of a reliability table.
  public static func errors(of bins: [Bin]) -> (expected: Double, maximum: Double) {
    var error = ExactSum()
    var largest = 0.0
    for bin in bins {
      guard let accuracy = bin.accuracy, let confidence = bin.confidence else { continue }
      let gap = abs(accuracy - confidence)
      error.addProduct(Double(bin.count), gap)
      largest = max(largest, gap)
    }
    let count = Double(max(1, bins.reduce(0) { $0 + $1.count }))
    // One bin's share can round past its own gap; ECE ≤ MCE holds exactly.
    return (min(error.value / count, largest), largest)
  }
}

/// One prediction as the calibration figures see it.
struct Prediction {
  var confidence: Double
  var correctness: Double
  var logLoss: Double
  var brier: Double
}
