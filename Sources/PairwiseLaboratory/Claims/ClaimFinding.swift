public import PairwiseEvaluation

/// What a comparison says about a claim.
public struct ClaimFinding: Sendable {
  public enum Verdict: String, Sendable {
    case reproduced
    case partly
    case not = "not reproduced"
  }

  /// One expectation, measured.
  public struct Measured: Sendable {
    public enum Outcome: String, Sendable {
      /// The interval lies on the expected side.
      case holds
      /// The interval lies on the other side.
      case opposite
      /// The interval has both sides in it, or nothing could be measured.
      case open
    }

    public var expectation: Expectation
    /// Mean of the objective, and of what it is held against.
    public var mean: Double?
    public var other: Double?
    /// Of the difference, over seeds; nil of a single run.
    public var interval: Interval?
    public var runs: Int
    public var outcome: Outcome
  }

  public var claim: Claim
  public var measured: [Measured]

  /// Reproduced if every expectation holds, not if none does.
  public var verdict: Verdict {
    let held = measured.count { $0.outcome == .holds }
    return held == measured.count ? .reproduced : held == 0 ? .not : .partly
  }

  /// Holds a claim against the runs of its comparison.
  ///
  /// Intervals are Student's over the differences seed by seed, widened for the number of expectations, so that
  /// all of them together are right as often as `level` says.
  public init(_ claim: Claim, _ runs: [ComparedRun], level: Double) throws(EvaluationError) {
    self.claim = claim
    let each = 1 - (1 - level) / Double(max(1, claim.expectations.count))
    measured = []
    for expectation in claim.expectations {
      measured.append(try ClaimFinding.measured(expectation, runs, level: each))
    }
  }

  private static func measured(
    _ expectation: Expectation, _ runs: [ComparedRun], level: Double
  ) throws(EvaluationError) -> Measured {
    let own = values(runs, expectation.objective, expectation.measure, expectation.place)
    let pairs: [(own: Double, other: Double)]
    switch expectation.bound {
    case .number(let number): pairs = own.sorted { $0.key < $1.key }.map { ($0.value, number) }
    case .other(let label):
      let others = values(
        runs, label, expectation.measure, expectation.otherPlace ?? expectation.place)
      pairs = own.keys.sorted().compactMap { seed in
        own[seed].flatMap { value in others[seed].map { (value, $0) } }
      }
    }
    var result = Measured(expectation: expectation, runs: pairs.count, outcome: .open)
    guard !pairs.isEmpty else { return result }
    let differences = pairs.map { $0.own - $0.other }
    result.mean = pairs.reduce(0) { $0 + $1.own } / Double(pairs.count)
    result.other = pairs.reduce(0) { $0 + $1.other } / Double(pairs.count)
    result.interval = try .student(of: differences, level: level)
    let (low, high) =
      result.interval.map { ($0.low, $0.high) } ?? (differences[0], differences[0])
    if high < 0 { result.outcome = expectation.isBelow ? .holds : .opposite }
    if low > 0 { result.outcome = expectation.isBelow ? .opposite : .holds }
    return result
  }

  /// The mean over the points of the grid that count, of every seed that has all of them.
  private static func values(
    _ runs: [ComparedRun], _ objective: String, _ measure: String, _ place: [ComparedRun.Setting]
  ) -> [Int: Double] {
    let ours = runs.filter { run in
      run.objective == objective
        && place.allSatisfy { wanted in
          run.settings.contains {
            $0.key == wanted.key && $0.value.identity == wanted.value.identity
          }
        }
    }
    return Dictionary(grouping: ours, by: \.seed).compactMapValues { runs in
      let values = runs.compactMap { $0[measure: measure] }
      return values.count == runs.count ? values.reduce(0, +) / Double(values.count) : nil
    }
  }
}
