extension EvaluationError {
  /// Requires a finite number of at most `limit` in magnitude.
  static func check(
    _ value: Double, within limit: Double, _ what: String, row: Int
  ) throws(EvaluationError) {
    guard !(abs(value) <= limit) else { return }
    guard value.isFinite else { throw .notFinite(what, row: row, found: value) }
    throw .outOfRange(
      what, row: row, found: "\(value)", expected: "a magnitude of \(limit) at most")
  }

  /// Requires a number in 0 … `limit`.
  static func check(
    weight value: Double, upTo limit: Double, _ what: String, row: Int
  ) throws(EvaluationError) {
    try check(value, within: limit, what, row: row)
    guard value >= 0 else {
      throw .outOfRange(what, row: row, found: "\(value)", expected: "a number of 0 or more")
    }
  }

  /// Requires a number in 0 … 1.
  static func check(probability value: Double, _ what: String, row: Int) throws(EvaluationError) {
    guard !(value >= 0 && value <= 1) else { return }
    guard value.isFinite else { throw .notFinite(what, row: row, found: value) }
    throw .outOfRange(what, row: row, found: "\(value)", expected: "a probability in 0 … 1")
  }

  /// Requires what every pair has to have.
  static func check(
    pair row: Int, chosen: Double, rejected: Double, label: Double, weight: Double
  ) throws(EvaluationError) {
    let limit = PairScores.largestScore
    try check(chosen, within: limit, "chosen score", row: row)
    try check(rejected, within: limit, "rejected score", row: row)
    try check(probability: label, "label", row: row)
    try check(weight: weight, upTo: limit, "weight", row: row)
  }

  /// Requires at least one number, all finite and of a magnitude that sums can take.
  static func check(_ values: [Double], _ what: String) throws(EvaluationError) {
    if values.isEmpty { throw .empty(what) }
    for (row, value) in values.enumerated() {
      try check(value, within: Moments.largestMagnitude, what, row: row)
    }
  }

  /// Requires a confidence level strictly between 0 and 1.
  static func check(level: Double) throws(EvaluationError) {
    guard level > 0, level < 1 else {
      throw .outOfRange(
        "confidence level", row: nil, found: "\(level)", expected: "a number between 0 and 1")
    }
  }
}
