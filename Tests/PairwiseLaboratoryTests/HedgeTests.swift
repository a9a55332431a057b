import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseTensor
import Testing

/// §5.2 of the methods reference on T2: heads of the static mixture stay, the router learns from 100 pairs
/// whose context is known.
struct HedgeTests {
  /// Printed to four and three decimals.
  @Test(arguments: [(1.0, 0.3925, 0.826), (0.1, 0.4314, 0.814), (0.001, 0.4611, 0.802)])
  func routersFromAHundredPairs(_ row: (temperature: Double, loss: Double, accuracy: Double)) throws
  {
    let problem = TwoGroup()
    let (train, test) = (problem.draw(.train), problem.draw(.test))
    let fit = try MixtureFit(
      fitting: LinearPairs(train), .free, heads: [[0.5, 0.5], [0.5, -0.5]])
    var rng = SplitMix64(seed: 13)
    let rows = (0..<100).map { _ in rng.randint(4000) }
    let few = LinearPairs(train.selecting(rows))
    let scores = fit.heads.map { few.scores($0) }
    let losses = rows.indices.map { row in scores.map { Logistic.softplus(-$0[row]) } }
    let hedge = HedgeFit(
      intercept: Logistic.logit(fit.weights[0]), losses: losses,
      contexts: rows.map { train.notes[$0].context ?? .nan }, temperature: row.temperature)
    let pairs = LinearPairs(test)
    let deltas = fit.heads.map { pairs.scores($0) }
    let probabilities = test.notes.indices.map { place in
      let share = hedge.share(test.notes[place].context ?? .nan)
      return share * Logistic.sigmoid(deltas[0][place])
        + (1 - share) * Logistic.sigmoid(deltas[1][place])
    }
    agree(meanLogLoss(probabilities), row.loss, within: 5e-5)
    agree(share(aboveHalf: probabilities), row.accuracy, within: 5e-4)
  }

  /// τ = 1: the targets are the responsibilities of the mixture; example of §5.2.
  @Test func targets() {
    let losses = [Logistic.softplus(-1), Logistic.softplus(2)]
    agree(losses, [0.3132616875, 2.1269280110])
    // Many steps on one pair bring the router to its target.
    let hedge = HedgeFit(
      intercept: 0.4, losses: [losses], contexts: [0], temperature: 1, epochs: 1, steps: 5000)
    agree(hedge.share(0), 0.9014700559)
  }
}
