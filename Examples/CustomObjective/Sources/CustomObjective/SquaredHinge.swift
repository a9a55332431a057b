import Pairwise

/// ℓ = max(0, gap − (r_chosen − r_rejected))²: zero for every pair that is apart by the gap.
struct SquaredHinge: Objective {
  static let name = "squared_hinge"
  static let summary = "squared hinge on the difference of scores"
  static let formula = "loss = max(0, gap - (r_chosen - r_rejected))^2"
  var gap: Float = 1

  init() {}
  init(from reader: inout SectionReader) {
    gap = reader.value("gap", default: 1, .greater(than: 0), "Difference that is enough.")
  }

  var inputs: [InputSpec] {
    [.computed(.chosenScores), .computed(.rejectedScores), .sampleWeight]
  }

  func losses(_ x: ObjectiveInputs) -> Variable { (gap - x.scoreMargin).relu().squared() }

  func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
  }
}
