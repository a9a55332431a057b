internal import PairwiseConfig

/// The grades of strength that an objective takes.
struct StrengthGrades: Sendable, Equatable {
  /// S ≥ 1: grades are whole numbers up to it; nil: any numbers.
  var levels: Int?

  init(levels: Int? = nil) { self.levels = levels }

  init(from reader: inout SectionReader) {
    levels = reader.optional(
      "strength_levels", Int.self, .closed(1...1_000_000),
      "Grades are whole numbers up to this one, and others refused; null: any numbers.")
  }

  /// The column.
  ///
  /// - Parameters:
  ///   - takesZero: whether 0, no preference, is a grade.
  ///   - dropsZero: whether pairs of grade 0 are left out where data are read.
  func spec(takesZero: Bool, dropsZero: Bool = false) -> InputSpec {
    let rule: ValueRule =
      levels.map { .whole(takesZero ? 0 : 1, $0) } ?? (takesZero ? .atLeast(0) : .greater(0))
    var spec = InputSpec.column(.strength, rule)
    if dropsZero { spec.leavesOut = 0 }
    return spec
  }
}
