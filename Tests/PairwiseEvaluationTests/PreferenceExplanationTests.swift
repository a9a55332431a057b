import PairwiseConfig
import PairwiseEvaluation
import Testing

struct PreferenceExplanationTests {
  /// Two principles decide, a third is noise: votes, factor and weights agree on which.
  @Test func explains() throws {
    var generator = BootstrapGenerator(seed: 21)
    let count = 1200
    let signs = (0..<count).map { _ in (0..<3).map { _ in Double(generator.integer(below: 3) - 1) }
    }
    let firstWins = signs.map { generator.uniform() < Logistic.sigmoid(1.2 * $0[0] - 0.8 * $0[1]) }
    let votes = (0..<3).map { p in signs.map { Principle.vote($0[p], 0) } }
    let found = try PreferenceExplanation(
      names: ["good", "bad", "noise"], votes: votes, firstWins: firstWins)
    #expect(found.count == count)
    #expect(found.rows[0].mean > 0.8 && found.rows[1].mean < -0.5)
    #expect(abs(found.rows[2].mean) < 0.2)
    #expect(found.rows[0].tauB > 0.2 && found.rows[1].votes.accuracy < 0.5)
    #expect(found.rows.allSatisfy { $0.splitRHat < 1.05 })
    #expect(found.rows[0].effect > 0.65 && found.rows[0].positive > 0.99)
    // Ties of the prediction, one row of nine, are wrong: the best reachable is about 0.66.
    let accuracy = try #require(found.heldOutAccuracy)
    #expect(accuracy > 0.58 && found.heldOutInterval?.contains(accuracy) == true)
    #expect(found.node["principles"] != nil)
    let few = try PreferenceExplanation(
      names: ["one"], votes: [[.first, .second]], firstWins: [true, true])
    #expect(few.heldOutAccuracy == nil)
    #expect(
      error { () throws(EvaluationError) in
        _ = try PropertyRegression.heldOut(comparisons: [[1]], firstWins: [true], folds: 2)
      } != nil)
  }
}
