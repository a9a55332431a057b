import PairwiseObjectives
import PairwiseTensor
import Testing

/// PPO token by token against the same formulas in float64 (PyTorch), and its limits.
struct PPOValueTests {
  /// Two completions, of three tokens and of two; the last place holds none.
  private static let policy: [Float] = [-1, -0.5, -2, -0.3, -1.2, .nan]
  private static let old: [Float] = [-1.3, -0.45, -2, -0.9, -1.1, .nan]
  private static let values: [Float] = [0.2, -0.1, 0.4, 0.5, 0.3, .nan]
  private static let mask: [Float] = [1, 1, 1, 1, 1, 0]

  private func evaluate(
    _ objective: PPOValue, policy: [Float] = policy, old: [Float] = old,
    values: [Float] = values, reward: [Float] = [1, -0.5]
  ) throws -> ObjectiveResult {
    let shape = Shape([reward.count, policy.count / reward.count])
    return try objective.on([
      .policyChosenTokenLogps: Tensor(shape, policy), .refChosenTokenLogps: Tensor(shape, old),
      .chosenMask: Tensor(shape, Array(Self.mask.prefix(policy.count))),
      .values: Tensor(shape, values), .reward: Tensor(reward),
    ])
  }

  @Test func ofTheReference() throws {
    let plain = try evaluate(PPOValue(normalizes: false))
    expectClose(plain.doubles, [-0.9506807487, 1.0204735931])
    expectClose([plain.loss], [0.0348964222])
    // The first token is clipped; places without a token have no gradient.
    expectClose(
      plain[.policyChosenTokenLogps],
      [0, -0.2035630968, -0.12, 0.3498468097, 0.1447739869, 0])
    expectClose(plain[.values], [-0.01433, -0.0214, -0.012, 0.0192, 0.016, 0])
    expectClose(
      ["advantages/abs", "value_loss", "explained_variance", "returns/mean"].map {
        plain[metric: $0] ?? .nan
      }, [0.8293, 0.357987225, -0.4004412781, 0.3853])
    // Gains and losses of size 1 that cancel, in float32.
    #expect(abs((plain[metric: "policy_loss"] ?? .nan) + 0.0009023003) < 1e-7)
    #expect(plain[metric: "reward/mean"] == 0.25)

    let normal = try evaluate(PPOValue())
    expectClose(normal.doubles, [-0.8500884549, 1.234651697])
    expectClose(
      normal[.policyChosenTokenLogps],
      [0, -0.1920967712, -0.1014752443, 0.4227341822, 0.1789756663, 0])

    let short = try evaluate(PPOValue(gamma: 0.9, lambda: 0.5))
    expectClose(short.doubles, [-0.7717016645, 1.0618560773])
    expectClose(short[.values], [-0.00077, -0.0146, -0.012, 0.0118, 0.016, 0])
  }

  /// With λ = 1, γ = 1 and values of 0 the advantage of every token is the reward: PPO on tokens.
  @Test func withoutValuesTokensGetTheReward() throws {
    let result = try evaluate(
      PPOValue(valueCoefficient: 0, lambda: 1, normalizes: false), policy: [-1, -2], old: [-1, -2],
      values: [0, 0], reward: [3])
    expectClose([result.loss], [-3])
    expectClose(result[.policyChosenTokenLogps], [-1.5, -1.5])
  }

  /// What is foreseen teaches the policy nothing; one token's advantage cannot be normalised.
  @Test func nothingToLearn() throws {
    let foreseen = try evaluate(
      PPOValue(normalizes: false), policy: [-1, -2], old: [-1, -2], values: [3, 3], reward: [3])
    #expect(foreseen.loss == 0)
    #expect(foreseen[.values] == [0, 0] && foreseen[.policyChosenTokenLogps] == [0, 0])
    let single = try evaluate(
      PPOValue(valueCoefficient: 0), policy: [-1], old: [-1], values: [0], reward: [5])
    #expect(single.loss == 0)
  }

  /// A ratio that no float holds is clipped all the same.
  @Test func hugeRatios() throws {
    let result = try evaluate(
      PPOValue(valueCoefficient: 0, normalizes: false), policy: [-1], old: [-200], values: [0],
      reward: [1])
    expectClose([result.loss], [-1.2])
    #expect(result[.policyChosenTokenLogps] == [0])
  }
}
