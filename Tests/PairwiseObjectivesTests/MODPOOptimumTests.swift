import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// The population optimum of MODPO on a finite set of completions, section 3.4: π* ∝ π_ref·exp(Σ w·r/β).
struct MODPOOptimumTests {
  /// Completions of one prompt with their rewards.
  struct Bandit: Sendable {
    var reference: [Double]
    var rewards: [[Double]]
    var beta: Double

    var arms: Int { reference.count }

    /// π* for a weighting of the rewards.
    func optimum(_ weights: [Double]) -> [Double] {
      let scores = (0..<arms).map { arm in
        zip(weights, rewards).reduce(0) { $0 + $1.0 * $1.1[arm] } / beta
      }
      let top = scores.max() ?? 0
      let mass = (0..<arms).map { reference[$0] * exp(scores[$0] - top) }
      return mass.map { $0 / mass.reduce(0, +) }
    }
  }

  /// K = 3 of section 3.4.
  static let three = Bandit(
    reference: [0.5, 0.3, 0.2], rewards: [[1, 0, 0.5], [0, 1, 0.25]], beta: 0.5)
  static let six = Bandit(
    reference: [0.1, 0.25, 0.15, 0.2, 0.05, 0.25],
    rewards: [[1, 0.75, 0.5, 0.25, 0, 0.5], [0, 0.25, 0.75, 0.5, 1, 0.125]], beta: 0.25)

  @Test func closedForm() {
    let expected = [
      0.25: [0.3242301947, 0.5288094279, 0.1469603774],
      0.6: [0.5986876601, 0.2407874039, 0.1605249360],
      1: [0.8140982630, 0.0661057314, 0.1197960056],
    ]
    for (w, optimum) in expected {
      expectNear(Self.three.optimum([w, 1 - w]), optimum, relative: 1e-9)
    }
  }

  /// Gradient descent on the loss over all pairs, each labelled by the reward of objective `labelled` and the
  /// other reward as its margin. The weights of the pairs are the Bradley–Terry probabilities.
  private func descend(_ bandit: Bandit, weights: [Double], labelled: Int) throws -> [Double] {
    let other = 1 - labelled
    let pairs = (0..<bandit.arms).flatMap { i in
      (0..<bandit.arms).compactMap { j in i == j ? nil : (i, j) }
    }
    let objective = MODPO(
      weights: [Float(weights[labelled]), Float(weights[other])], beta: Float(bandit.beta))
    func column(_ values: [Double], _ side: KeyPath<(Int, Int), Int>) -> Tensor {
      Tensor(pairs.map { Float(values[$0[keyPath: side]]) })
    }
    let constants: [(name: InputName, tensor: Tensor)] = [
      (.refChosenLogps, column(bandit.reference.map(log), \.0)),
      (.refRejectedLogps, column(bandit.reference.map(log), \.1)),
      (.chosenMarginReward, column(bandit.rewards[other], \.0).reshaped([pairs.count, 1])),
      (.rejectedMarginReward, column(bandit.rewards[other], \.1).reshaped([pairs.count, 1])),
      (
        .weight,
        Tensor(
          pairs.map {
            let gap = bandit.rewards[labelled][$0.0] - bandit.rewards[labelled][$0.1]
            return Float(1 / (1 + exp(-gap)))
          })
      ),
    ]
    var logits = bandit.reference.map(log)
    for _ in 0..<2500 {
      let top = logits.max() ?? 0
      let norm = top + log(logits.reduce(0) { $0 + exp($1 - top) })
      let logps = logits.map { $0 - norm }
      let result = try objective.evaluate(
        [
          (.policyChosenLogps, column(logps, \.0)), (.policyRejectedLogps, column(logps, \.1)),
        ] + constants)
      // The two sides cancel pair by pair, so the normalisation of the softmax drops out.
      var slope = [Double](repeating: 0, count: bandit.arms)
      for (index, pair) in pairs.enumerated() {
        slope[pair.0] += Double(result.gradients[0].tensor[flat: index])
        slope[pair.1] += Double(result.gradients[1].tensor[flat: index])
      }
      let rate = 4 * weights[labelled] * weights[labelled] / (bandit.beta * bandit.beta)
      for arm in 0..<bandit.arms { logits[arm] -= rate * slope[arm] }
    }
    let mass = logits.map { exp($0 - (logits.max() ?? 0)) }
    return mass.map { $0 / mass.reduce(0, +) }
  }

  /// From either reward's pairs the same optimum is reached. In float32 log-probs of order 5 leave 1e-6.
  @Test(arguments: [three, six], [0.25, 0.5, 0.75])
  func gradientDescentReachesIt(bandit: Bandit, w: Double) throws {
    let optimum = bandit.optimum([w, 1 - w])
    for labelled in [0, 1] {
      let found = try descend(bandit, weights: [w, 1 - w], labelled: labelled)
      for (x, y) in zip(found, optimum) { #expect(abs(x - y) < 1e-5, "\(found), \(optimum)") }
    }
  }
}
