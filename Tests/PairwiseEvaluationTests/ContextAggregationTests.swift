import PairwiseEvaluation
import Testing

/// Worked example of the methods reference, §5.5.
struct ContextAggregationTests {
  @Test func workedExample() throws {
    let truth = try ContextAggregation(contexts: [0.6, 0.4])
    let guess = try ContextAggregation(contexts: [0.5, 0.5])
    let own = try truth.probability([0.9, 0.2])
    let found = try guess.probability([0.8, 0.35])
    #expect(abs(own - 0.62) < 1e-15 && abs(found - 0.575) < 1e-15)
    let bound = try truth.errorBound(
      preferences: [0.9, 0.2], guess: guess, modelled: [0.8, 0.35])
    #expect(abs(bound - 0.195) < 1e-15)
    #expect(abs(own - found) <= bound)
  }

  /// One context counts for a lot, two for a little: rewards and ranks disagree.
  @Test func rewardsAndRanksDisagree() throws {
    let contexts = try ContextAggregation(contexts: [0.2, 0.4, 0.4])
    let rewards: [[Double]] = [[10, 0], [0, 1], [0, 1]]
    let expected = try contexts.expectedReward(rewards)
    #expect(abs(expected[0] - 2) < 1e-15 && abs(expected[1] - 0.8) < 1e-15)
    let ranks = try contexts.borda(rewards)
    #expect(abs(ranks[0] - 0.2) < 1e-15 && abs(ranks[1] - 0.8) < 1e-15)
    #expect(try contexts.borda([[1, 1], [1, 1], [1, 1]]) == [0.5, 0.5])
  }

  @Test func refusals() throws {
    for contexts in [[], [0.5], [1.5, -0.5], [.nan, 1]] {
      #expect(throws: EvaluationError.self) { try ContextAggregation(contexts: contexts) }
    }
    let one = try ContextAggregation(contexts: [1])
    #expect(throws: EvaluationError.self) { try one.probability([0.5, 0.5]) }
    #expect(throws: EvaluationError.self) { try one.probability([2]) }
    #expect(throws: EvaluationError.self) { try one.borda([[]]) }
    #expect(throws: EvaluationError.self) { try one.expectedReward([[.infinity]]) }
  }
}
