import Foundation
import PairwiseEvaluation
import Testing

struct StanceDriftTests {
  /// By hand: 0.5, 0.3, 0.2 becomes 0.2, 0.3, 0.5: half of 0.3 + 0 + 0.3.
  @Test func oneTopic() {
    let drift = StanceDrift(
      stances: ["support", "neutral", "oppose"],
      prompts: [
        (
          "tax", [[log(0.5)], [log(0.3)], [log(0.2)]], [[log(0.2)], [log(0.3)], [log(0.5)]]
        )
      ])
    #expect(abs(drift.magnitude - 0.3) < 1e-12)
    for (found, expected) in zip(drift.change, [-0.3, 0, 0.3]) {
      #expect(abs(found - expected) < 1e-12)
    }
  }

  /// Answers of one stance add up; a constant added to all log-probs of a prompt changes nothing; topics
  /// count alike whatever their prompts.
  @Test func answersAddUpAndTopicsCountAlike() {
    let half = [[log(0.25), log(0.25)], [log(0.5)]]
    let moved = [[log(0.5) - 700, log(0.25) - 700], [log(0.25) - 700]]
    let drift = StanceDrift(
      stances: ["yes", "no"],
      prompts: [("a", half, half), ("b", half, moved), ("b", half, moved)])
    #expect(drift.topics.map(\.prompts) == [1, 2])
    #expect(drift.topics[0].totalVariation == 0)
    #expect(abs(drift.topics[1].totalVariation - 0.25) < 1e-12)
    #expect(abs(drift.magnitude - 0.125) < 1e-12)
  }
}
