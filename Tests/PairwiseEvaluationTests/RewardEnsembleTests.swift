import PairwiseEvaluation
import Testing

struct RewardEnsembleTests {
  private let column = [[1.0], [0.4], [1.6], [0.8]]

  /// Worked example of §4.4.
  @Test func workedExample() throws {
    func one(_ ensemble: RewardEnsemble) throws -> Double { try ensemble.combined(column)[0] }
    #expect(abs(try one(.mean) - 0.95) < 1e-15)
    #expect(try one(.worst) == 0.4)
    #expect(abs(try one(.uncertaintyWeighted()) - 0.85625) < 1e-15)
    #expect(abs(try one(.uncertaintyWeighted(lambda: 0.5, ddof: 1)) - 0.825) < 1e-15)
  }

  /// §10.11, and that the worst is never above the mean.
  @Test func identities() throws {
    let single = [[0.3, -2, 7]]
    for ensemble in [.mean, .worst, .uncertaintyWeighted()] as [RewardEnsemble] {
      #expect(try ensemble.combined(single) == single[0])
    }
    #expect(
      try RewardEnsemble.uncertaintyWeighted(lambda: 0).combined(column)
        == RewardEnsemble.mean.combined(column))
    #expect(try RewardEnsemble.worst.combined(column)[0] <= RewardEnsemble.mean.combined(column)[0])
    // Standardised members: scales and shifts of their own change nothing.
    let reference = [[0.0, 1, 5], [3, 2, 1]]
    let scores = [[2.0, 4], [1, 0]]
    let scaled = scores.enumerated().map { m, row in row.map { $0 * Double(m + 2) - 7 } }
    let moved = reference.enumerated().map { m, row in row.map { $0 * Double(m + 2) - 7 } }
    let (a, b) = (
      try RewardEnsemble.standardised(scores, reference: reference),
      try RewardEnsemble.standardised(scaled, reference: moved)
    )
    for (x, y) in zip(a.joined(), b.joined()) { #expect(abs(x - y) < 1e-12) }
  }

  @Test func refuses() {
    func fails(_ ensemble: RewardEnsemble, _ scores: [[Double]]) -> Bool {
      error { () throws(EvaluationError) in _ = try ensemble.combined(scores) } != nil
    }
    #expect(fails(.mean, []))
    #expect(fails(.mean, [[1], [1, 2]]))
    #expect(fails(.mean, [[.infinity]]))
    #expect(fails(.uncertaintyWeighted(lambda: 1, ddof: 1), [[1]]))
    #expect(fails(.uncertaintyWeighted(lambda: -1), column))
    #expect(fails(.uncertaintyWeighted(lambda: 1, ddof: 2), column))
    #expect(
      error { () throws(EvaluationError) in
        _ = try RewardEnsemble.standardised([[1]], reference: [[2, 2]])
      } != nil)
  }
}
