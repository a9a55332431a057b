import PairwiseAutodiff
import PairwiseConfig
import PairwiseObjectives
import PairwiseTensor
import Testing

/// The worked example of the methods reference, §1.1; its numbers are double precision, ours float32, so
/// values agree to a few units of the seventh digit.
struct BradleyTerryTests {
  private let chosen: [Float] = [1.2, -0.3, 2.0]
  private let rejected: [Float] = [0.7, 0.4, -1.5]

  private func evaluate(
    _ objective: BradleyTerry, _ more: [InputName: [Float]] = [:]
  ) throws -> ObjectiveResult {
    var inputs: [(name: InputName, tensor: Tensor)] = [
      (.chosenScores, Tensor(chosen)), (.rejectedScores, Tensor(rejected)),
    ]
    for (name, values) in more { inputs.append((name, Tensor(values))) }
    return try objective.evaluate(inputs)
  }

  private func expect(
    _ values: [Float], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(values.count == expected.count, sourceLocation: sourceLocation)
    for (value, want) in zip(values, expected) {
      #expect(
        abs(Double(value) - want) <= 3e-7 * max(0.1, abs(want)), "\(value), expected \(want)",
        sourceLocation: sourceLocation)
    }
  }

  @Test func plain() throws {
    let result = try evaluate(BradleyTerry())
    expect(result.losses.array, [0.4740769842, 1.1031860489, 0.0297504183])
    #expect(abs(result.loss - 0.5356711504) < 1e-7)
  }

  @Test func margin() throws {
    let result = try evaluate(BradleyTerry(margin: .column), [.margin: [0, 0.5, 1]])
    expect(result.losses.array, [0.4740769842, 1.4632824673, 0.0788897343])
    #expect(abs(result.loss - 0.6720830619) < 1e-7)
  }

  @Test func smoothing() throws {
    let result = try evaluate(BradleyTerry(labelSmoothing: 0.1))
    expect(result.losses.array, [0.5240769842, 1.0331860489, 0.3797504183])
    #expect(abs(result.loss - 0.6456711504) < 1e-7)
  }

  @Test func smoothingAndMargin() throws {
    let result = try evaluate(
      BradleyTerry(margin: .column, labelSmoothing: 0.1), [.margin: [0, 0.5, 1]])
    expect(result.losses.array, [0.5240769842, 1.3432824673, 0.3288897343])
    #expect(abs(result.loss - 0.7320830619) < 1e-7)
  }

  @Test(arguments: [
    (Reduction.mean, 0.6775498751), (.meanBatch, 0.9033998334), (.sum, 2.7101995004),
  ])
  func weights(reduction: Reduction, expected: Double) throws {
    let result = try evaluate(BradleyTerry(reduction: reduction), [.weight: [1, 2, 1]])
    #expect(abs(result.loss - expected) < 3e-7)
  }

  @Test func centering() throws {
    let result = try evaluate(BradleyTerry(centerRewardsCoefficient: 0.01))
    #expect(abs(result.loss - 0.5485711504) < 1e-7)
    #expect(abs(result.loss - (try evaluate(BradleyTerry()).loss) - 0.0129) < 1e-7)
    expect(
      try #require(result.gradients.first { $0.name == .chosenScores }).tensor.array,
      [-0.1131802229, -0.2220625907, -0.0064374103])
  }

  @Test func softLabels() throws {
    let result = try evaluate(BradleyTerry(), [.labelProbability: [0.9, 0.5, 1]])
    expect(result.losses.array, [0.5240769842, 0.7531860489, 0.0297504183])
    #expect(abs(result.loss - 0.4356711504) < 1e-7)
  }

  /// Both rewards up by k: the comparison stays, the centring penalty is least at −mean(r_c + r_r)/2.
  @Test func shifts() throws {
    func loss(_ shift: Float, _ center: Float?) throws -> Double {
      try BradleyTerry(centerRewardsCoefficient: center).evaluate([
        (.chosenScores, Tensor(chosen.map { $0 + shift })),
        (.rejectedScores, Tensor(rejected.map { $0 + shift })),
      ]).loss
    }
    #expect(abs(try loss(3, nil) - loss(0, nil)) < 1e-6)
    // Sums of both sides are 1.9, 0.1 and 0.5.
    let best: Float = -2.5 / 6
    for other in [best - 0.25, best + 0.25, 0] {
      #expect(try loss(best, 1) < loss(other, 1))
    }
  }

  /// Confident pairs keep their last digits: −log σ(40) = 4.2483542553e-18, and ±10⁴ stays finite.
  @Test(arguments: [(40 as Float, 4.2483542553e-18), (800, 0), (-800, 800), (-1e4, 1e4)])
  func extremeMargins(margin: Float, loss: Double) throws {
    let result = try BradleyTerry().evaluate([
      (.chosenScores, Tensor([margin])), (.rejectedScores, Tensor([0])),
    ])
    #expect(abs(Double(result.losses.array[0]) - loss) <= 1e-6 * loss)
    #expect(result.gradients.allSatisfy { $0.tensor.firstNonFinite == nil })
  }

  /// α-smoothing on one pair is least at z = ln((1 − α)/α) = ln 9.
  @Test func smoothedOptimum() throws {
    let result = try BradleyTerry(labelSmoothing: 0.1).evaluate([
      (.chosenScores, Tensor([2.1972245773])), (.rejectedScores, Tensor([0])),
    ])
    #expect(abs(result.gradients[0].tensor.item) < 1e-7)
  }

  @Test func tiesPullTogether() throws {
    let result = try BradleyTerry().evaluate([
      (.chosenScores, Tensor([0.5, 0])), (.rejectedScores, Tensor([0, 0])),
      (.labelProbability, Tensor([0.5, 0.5])),
    ])
    #expect(result.gradients[0].tensor.array[0] > 0)
    #expect(result.gradients[0].tensor.array[1] == 0)
  }
}
