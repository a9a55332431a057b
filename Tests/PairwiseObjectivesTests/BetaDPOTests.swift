import PairwiseAutodiff
import PairwiseObjectives
import PairwiseTensor
import Testing

/// β-DPO: state, and which pairs are kept (methods document, section 2.12).
struct BetaDPOTests {
  private func inputs(
    _ objective: BetaDPO, a: [Float], state: (mean: Float, deviation: Float)? = nil,
    noise: [Float] = []
  ) -> PairSample.Inputs {
    let level = a.map { _ in -1024 as Float }
    var inputs: PairSample.Inputs = [
      (.policyChosenLogps, Tensor(zip(level, a).map { $0 + $1 })),
      (.policyRejectedLogps, Tensor(level)), (.refChosenLogps, Tensor(level)),
      (.refRejectedLogps, Tensor(level)),
    ]
    if let state {
      inputs.append((.runningMean, Tensor([state.mean])))
      inputs.append((.runningDeviation, Tensor([state.deviation])))
    }
    if objective.keep < 1 { inputs.append((.keepNoise, Tensor(noise))) }
    return inputs
  }

  private func next(_ objective: BetaDPO, _ inputs: PairSample.Inputs) -> (Float, Float) {
    var x = ObjectiveInputs()
    for (name, tensor) in inputs { x[name] = Variable(constant: tensor) }
    let state = objective.nextState(x)
    return (state[.runningMean]?.item ?? .nan, state[.runningDeviation]?.item ?? .nan)
  }

  /// Mean 2 and sample deviation 2 of [0, 2, 4], with momentum ½ from (1, 4): 1.5 and 3.
  @Test func running() throws {
    let objective = BetaDPO(beta: 0.5, alpha: 0.5, momentum: 0.5)
    let inputs = inputs(objective, a: [0, 2, 4], state: (1, 4))
    #expect(next(objective, inputs) == (1.5, 3))
    // β′ = 0.5·[1 + 0.5·(2 − 1.5)]
    let metrics = try objective.evaluate(inputs).metrics
    #expect(metrics.first { $0.name == "beta_dpo/beta_used" }?.value == 0.625)
    #expect(metrics.first { $0.name == "beta_dpo/mean" }?.value == 1.5)
    #expect(metrics.first { $0.name == "beta_dpo/std" }?.value == 3)
    #expect(metrics.first { $0.name == "beta_dpo/kept" }?.value == 3)
  }

  /// State that was left out is 0; a batch of one pair leaves the deviation as it was.
  @Test func edges() throws {
    let objective = BetaDPO(beta: 0.5, momentum: 0.5)
    #expect(objective.initialState == [.runningMean: Tensor([0]), .runningDeviation: Tensor([0])])
    let inputs = inputs(objective, a: [4], state: (0, 3))
    #expect(next(objective, inputs) == (2, 3))
    // β′ has a floor: 0.5·(1 + 100·(−4 − (−2))) is far below it.
    let low = BetaDPO(beta: 0.5, alpha: 100, momentum: 0.5)
    let metrics = try low.evaluate(self.inputs(low, a: [-4])).metrics
    #expect(metrics.first { $0.name == "beta_dpo/beta_used" }?.value == Double(Float(1e-3)))
  }

  /// Half of four pairs, those with the least −log(u)/w: at equal weights, those with the largest noise.
  @Test func drawsByNoise() throws {
    let objective = BetaDPO(beta: 0.5, keep: 0.5)
    let result = try objective.evaluate(
      inputs(objective, a: [1, 1, 1, 1], noise: [0.25, 0.75, 0, 0.5]))
    let loss = try PairSample.pair(DPO(beta: 0.5), a: 1, b: 0).losses.item
    #expect(result.losses.array == [0, 2 * loss, 0, 2 * loss])
    #expect(abs(result.loss - Double(loss)) < 1e-7)
    #expect(result.slopes.chosen[0] == 0 && result.slopes.chosen[2] == 0)
    #expect(result.metrics.first { $0.name == "beta_dpo/kept" }?.value == 2)
  }

  /// Pairs far from the running mean are left out, whatever the noise: weights e^(−½·distance²).
  @Test func dropsOutliers() throws {
    let objective = BetaDPO(beta: 0.5, keep: 0.75, momentum: 0.999)
    for noise: [Float] in [[0.1, 0.2, 0.999, 0.3], [0.5, 0.5, 0.5, 0.5], [0.01, 0.9, 0.9, 0.4]] {
      let result = try objective.evaluate(
        inputs(objective, a: [0, 0.5, 900, -0.5], state: (0, 1), noise: noise))
      #expect(result.losses.array[2] == 0)
      #expect(result.losses.array.count { $0 > 0 } == 3)
    }
  }

  /// The share of draws goes with the weights: of two pairs, at 0 and at 1 deviation, one is kept; the first
  /// with probability 1/(1 + e^(−½)) = 0.6225. Two thousand draws are within 0.04 (four deviations).
  @Test func drawsByWeight() throws {
    let objective = BetaDPO(beta: 0.5, keep: 0.5, momentum: 1 - 0x1p-20)
    var random = CounterRandom(seed: 5, stream: "draws")
    var first = 0
    for _ in 0..<2000 {
      let noise = [Float(random.uniform()), Float(random.uniform())]
      let result = try objective.evaluate(
        inputs(objective, a: [0, 1], state: (0, 1), noise: noise))
      if result.losses.array[0] > 0 { first += 1 }
    }
    #expect(abs(Double(first) / 2000 - 0.6225) < 0.04)
  }

  /// ⌊B·keep⌋ as it is meant, and never none.
  @Test(arguments: [(100, 0.29, 29), (5, 0.8, 4), (3, 0.2, 1), (10, 0.99, 9)])
  func howMany(count: Int, keep: Double, kept: Int) throws {
    let objective = BetaDPO(keep: keep)
    let noise = (0..<count).map { (Float($0) + 0.5) / Float(count) }
    let result = try objective.evaluate(
      inputs(objective, a: (0..<count).map(Float.init), noise: noise))
    #expect(result.losses.array.count { $0 > 0 } == kept)
  }
}
