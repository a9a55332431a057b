/// How a distribution of stances moves over the checkpoints of a training run, on one topic.
///
/// `StanceDrift` measures distributions of a policy and its reference; this follows them through time.
/// - Source: the project's own definitions after "Value Drifts" 2025 (arXiv 2510.26707); methods reference, §8.11.
public struct ValueDrift: Sendable, Equatable {
  /// Total variation from the first checkpoint to the last, 0 … 1.
  public let magnitude: Double
  /// Change of P(first stance) − P(last stance): of support against opposition, where stances are in that order.
  public let signed: Double
  /// Index of the first checkpoint whose distance from the start is 90 % of `magnitude` or more; nil if nothing
  /// moved.
  public let time: Int?

  /// - Parameter distributions: of each checkpoint, the probabilities of its stances `[S]`, from support to
  ///   opposition; the first is the start.
  /// - Throws: for no checkpoints, fewer than two stances, another number of them, a probability outside 0 … 1,
  ///   or a sum that is not 1 to 1e-6.
  public init(_ distributions: [[Double]]) throws(EvaluationError) {
    guard let start = distributions.first, let end = distributions.last else {
      throw .empty("stances over time")
    }
    for (row, values) in distributions.enumerated() {
      guard values.count == start.count, values.count >= 2 else {
        throw .lengthsDiffer(
          "stances of checkpoint \(row)", found: values.count, expected: max(2, start.count))
      }
      for value in values { try EvaluationError.check(probability: value, "stance", row: row) }
      let sum = values.reduce(0, +)
      guard abs(sum - 1) <= 1e-6 else {
        throw .outOfRange("stances", row: row, found: "a sum of \(sum)", expected: "1")
      }
    }
    func distance(_ values: [Double]) -> Double {
      zip(values, start).reduce(0) { $0 + abs($1.0 - $1.1) } / 2
    }
    func side(_ values: [Double]) -> Double { values[0] - values[values.count - 1] }
    let magnitude = distance(end)
    self.magnitude = magnitude
    signed = side(end) - side(start)
    // Rounding must not push the last checkpoint below nine tenths of itself.
    time = magnitude > 0 ? distributions.firstIndex { distance($0) >= 0.9 * magnitude } : nil
  }
}
