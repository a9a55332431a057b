import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Baselines on the policy's own samples: the worked examples of the policy document, §8, and their limits.
struct SampleBaselineTests {
  private func evaluate(
    _ objective: any Objective, _ logps: [Float], _ rewards: [Float]
  ) throws -> ObjectiveResult {
    try objective.on([
      .policyLogps: Tensor([1, logps.count], logps), .rewards: Tensor([1, rewards.count], rewards),
    ])
  }

  private let logps: [Float] = [-1, -2, -3]
  private let rewards: [Float] = [1, 0, 0.5]

  @Test func weightedByReward() throws {
    let raw = try evaluate(RWR(beta: 0.5, weighting: .exp), logps, rewards)
    expectClose([raw.loss], [5.8479671948])
    expectClose(
      raw[.policyLogps].map { -3 * $0 }, [7.3890560989, 1, 2.7182818285])
    let shares = try evaluate(RWR(beta: 0.5, weighting: .softmax), logps, rewards)
    expectClose([shares.loss], [1.5794875153])
    expectClose(
      shares[.policyLogps].map { -$0 }, [0.6652409558, 0.0900305732, 0.2447284711])
    expectClose([shares[metric: "weights/max"] ?? .nan], [0.6652409558])
    // A low temperature takes the best alone.
    let cold = try evaluate(RWR(beta: 1e-3), logps, rewards)
    #expect(cold.loss == (try evaluate(BestOfN(), logps, rewards)).loss)
  }

  @Test func leaveOneOut() throws {
    let result = try evaluate(RLOO(), logps, rewards)
    expectClose(result[.policyLogps].map { -3 * $0 }, [0.75, -0.75, 0])
    #expect(try evaluate(RLOO(), logps, [2, 2, 2]).loss == 0)
    #expect(result[metric: "advantages/abs"] == 0.5)
  }

  /// The first of equals is the best, and the worst.
  @Test func bestOfSeveral() throws {
    #expect(try evaluate(BestOfN(), logps, rewards).loss == 1)
    #expect(try evaluate(BestOfN(), logps, [0, 1, 1]).loss == 2)
    #expect(try evaluate(BestOfN(), [-4], [0]).loss == 4)
    #expect(try evaluate(BestOfNNegative(negativeWeight: 0.5), logps, rewards).loss == 0)
    #expect(
      try evaluate(BestOfNNegative(negativeWeight: 0.5, negative: .rest), logps, rewards).loss
        == -0.25)
    #expect(try evaluate(BestOfNNegative(negativeWeight: 0.5), logps, [1, 1, 1]).loss == 0.5)
    #expect(
      try evaluate(BestOfNNegative(negativeWeight: 0), logps, rewards).losses
        == evaluate(BestOfN(), logps, rewards).losses)
  }

  @Test func refusals() {
    #expect(
      refusal { try evaluate(RLOO(), [-1], [1]) }
        == "rewards: rloo needs two completions a prompt at least, found 1")
    #expect(
      refusal { try evaluate(BestOfNNegative(negativeWeight: 1), [-1], [1]) }?
        .hasPrefix("rewards: best_of_n_neg") == true)
    #expect(
      refusal { try evaluate(RWR(beta: 0.01, weighting: .exp), [-1], [1]) }
        == "rewards: row 0: e^(1.0/0.01) is too large for 32-bit floating point; take weighting softmax"
    )
  }

  private func ppo(_ policy: [Float], _ old: [Float], _ advantages: [Float]) throws
    -> ObjectiveResult
  {
    try PPO().on([
      .policyLogps: Tensor(policy), .oldLogps: Tensor(old), .advantages: Tensor(advantages),
    ])
  }

  /// The first is clipped and pulls no more; the last is not, as its advantage is negative.
  @Test func clipped() throws {
    let result = try ppo([-1, -2, -0.5, -1.5], [-1.2, -1.5, -0.5, -2.5], [1, 1, -0.5, -1])
    expectClose(result.doubles, [-1.2, -0.6065306597, 0.5, 2.7182818285])
    expectClose([result.loss], [0.3529377922])
    expectClose(
      result[.policyLogps], [0, -0.6065306597 / 4, 0.125, 2.7182818285 / 4])
    #expect(result[metric: "clip_fraction"] == 0.25)
  }

  /// A ratio that no float holds is clipped all the same, or has no advantage to multiply.
  @Test func hugeRatios() throws {
    let result = try ppo([-1, -1], [-200, -200], [1, 0])
    expectClose(result.doubles, [-1.2, 0])
    #expect(result[.policyLogps] == [0, 0])
  }
}
