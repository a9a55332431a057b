import PairwiseConfig
import PairwiseEvaluation
import RealModule
import Testing

/// Rewards of single completions against their labels.
struct CompletionReportTests {
  @Test func areaByHand() throws {
    // Of the six comparisons 3>2, 3>0, 2=2, 2>0, 1<2, 1>0 four are right and one is a tie.
    let area = try #require(AreaUnderCurve(above: [3, 2, 1], below: [2, 0]))
    #expect(area.value == 4.5 / 6)
    #expect(area.above == 3 && area.below == 2)
    #expect(AreaUnderCurve(above: [], below: [1]) == nil)
    #expect(AreaUnderCurve(above: [1], below: []) == nil)
  }

  /// Every comparison, one by one.
  @Test func areaCountsEveryComparison() throws {
    let above = (0..<57).map { Double($0 * 37 % 23) / 4 }
    let below = (0..<41).map { Double($0 * 29 % 19) / 4 - 1 }
    var wins = 0.0
    for a in above { for b in below { wins += a > b ? 1 : a == b ? 0.5 : 0 } }
    let area = try #require(AreaUnderCurve(above: above, below: below))
    #expect(area.value == wins / Double(57 * 41))
    let turned = try #require(AreaUnderCurve(above: below, below: above))
    #expect(abs(area.value + turned.value - 1) < 1e-15)
  }

  /// Hanley and McNeil 1982, written with Q₁ = θ/(2 − θ) and Q₂ = 2θ²/(1 + θ), for classes of equal size: at
  /// either end of the interval the area found is z standard errors away.
  @Test(arguments: [0.1, 0.5, 0.8, 0.975, 1], [1, 4, 30, 1000])
  func endsAreOneQuantileAway(theta: Double, count: Int) throws {
    var area = try #require(
      AreaUnderCurve(
        above: [Double](repeating: 1, count: count), below: [Double](repeating: 0, count: count)))
    area.value = theta
    let interval = try area.interval()
    let n = Double(count)
    for (end, limit) in [(interval.low, 0.0), (interval.high, 1.0)] where end != limit {
      let (q1, q2) = (end / (2 - end), 2 * end * end / (1 + end))
      let variance =
        (end * (1 - end) + (n - 1) * (q1 - end * end) + (n - 1) * (q2 - end * end)) / (n * n)
      #expect(abs(abs(theta - end) - 1.959963984540054 * variance.squareRoot()) < 1e-9)
    }
    #expect(interval.contains(theta) && interval.width > 0)
    #expect(interval.low >= 0 && interval.high <= 1)
    #expect(interval.method == .newcombe)
  }

  @Test func figuresAreThoseOfTheirDefinitions() throws {
    let desirable = [0.5, -0.25, 2, 0, 1.5], undesirable = [-1, 0.75, -0.125]
    let found = try CompletionReport(desirable: desirable, undesirable: undesirable)
    let rows = desirable.map { ($0, 1.0) } + undesirable.map { ($0, 0.0) }
    func mean(_ value: (Double, Double) -> Double) -> Double {
      rows.map(value).reduce(0, +) / Double(rows.count)
    }
    let sigmoid = { (x: Double) in 1 / (1 + Double.exp(-x)) }
    // A reward of 0 says nothing and is not right.
    #expect(found.report.statistics.accuracy == 5.0 / 8)
    let logLoss = mean { -Double.log($1 == 1 ? sigmoid($0) : 1 - sigmoid($0)) }
    #expect(abs((found.report.statistics.logLoss ?? 0) - logLoss) < 1e-12)
    let brier = mean { (sigmoid($0) - $1) * (sigmoid($0) - $1) }
    #expect(abs((found.report.statistics.brier ?? 0) - brier) < 1e-12)
    #expect(found.desirable.mean == 0.75 && found.undesirable.mean == -0.125)
    #expect(found.area?.value == 11.0 / 15)
    #expect(found.count == 8)
  }

  @Test func oneKindAloneHasNoArea() throws {
    let found = try CompletionReport(desirable: [1, -1], undesirable: [])
    #expect(found.area == nil && found.areaInterval == nil)
    #expect(found.report.statistics.accuracy == 0.5)
    guard case .table(let entries) = found.node.value else {
      Issue.record("no table")
      return
    }
    let keys = entries.map(\.key)
    #expect(!keys.contains("auc") && keys.contains("n_undesirable"))
    #expect(Set(keys).count == keys.count)
    #expect(throws: EvaluationError.self) { try CompletionReport(desirable: [], undesirable: []) }
    #expect(throws: EvaluationError.self) {
      try CompletionReport(desirable: [.nan], undesirable: [1])
    }
  }
}
