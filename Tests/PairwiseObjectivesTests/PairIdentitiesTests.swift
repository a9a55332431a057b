import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// What the methods document calls identities (section 2): limits, special cases, bounds and optima.
struct PairIdentitiesTests {
  private let a: [Float] = [1, 0.5, -0.25, 3, -2.5, 0]
  private let b: [Float] = [-0.5, 1.5, -0.5, -2, 4, 0]

  private func losses(_ objective: any Objective) throws -> [Float] {
    try PairSample.pairs(objective, a: a, b: b).losses.array
  }

  private func expectEqual(
    _ x: [Float], _ y: [Float], within ulps: Float = 4,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    for (x, y) in zip(x, y) {
      #expect(
        abs(x - y) <= ulps * 0x1p-23 * max(1, abs(y)), "\(x), expected \(y)",
        sourceLocation: sourceLocation)
    }
  }

  /// Each of these is DPO, bit for bit.
  @Test(
    arguments: [
      CDPO(beta: 0.5), RobustDPO(beta: 0.5), DPOGamma(beta: 0.5, gamma: 1),
      LengthDPO(beta: 0.5, alpha: 0), LengthDPO(beta: 0.5, alpha: 3),
      ODPO(beta: 0.5, alpha: 0, offset: .column), DPOP(beta: 0.5, lambda: 0), BetaDPO(beta: 0.5),
      FDPO(beta: 0.5, divergence: .reverseKL), DPONLL(beta: 0.5, weightOfNLL: 0),
      PhiDPO(beta: 0.5, gamma: 0),
    ] as [any Objective])
  func special(objective: any Objective) throws {
    // Lengths are equal here, so that length_dpo is DPO for any α.
    let (found, want) = (
      try PairSample.pairs(objective, a: a, b: b), try PairSample.pairs(DPO(beta: 0.5), a: a, b: b)
    )
    #expect(found.losses == want.losses)
    for (x, y) in zip(found.gradients, want.gradients) { #expect(x.tensor == y.tensor) }
  }

  /// Losses where policy and reference agree.
  @Test(
    arguments: [
      (DPO(), log(2)), (CDPO(labelSmoothing: 0.3), log(2)),
      (RobustDPO(labelSmoothing: 0.3), log(2)),
      (Hinge(), 1), (IPO(), 25), (IPO(normalization: .none), 25), (DPONorm(), log(2)),
      (FDPO(divergence: .forwardKL), log(2)), (FDPO(divergence: .js), log(2)),
      (FDPO(divergence: .alpha, alpha: 0.3), log(2)), (NCAPair(), 2 * log(2)),
      (BCOPair(), 2 * log(2)), (SPPOHard(), 50), (APOZero(), 1), (APODown(), 1),
      (DiscoPOP(), (log(2) + 1) / 2), (PhiDPO(), log(2) / 4), (PhiDPO(gamma: 1), log(2) / 2),
      (AOT(), log(2)), (AOTUnpaired(), log(2)), (CalDPO(), log(2) + 25),
    ] as [(any Objective, Double)])
  func start(objective: any Objective, loss: Double) throws {
    let result = try PairSample.pair(objective, a: 0, b: 0)
    #expect(abs(result.loss - loss) <= 1e-6 * loss)
    #expect(result.metrics.first { $0.name == "rewards/accuracies" }?.value == 0)
  }

  /// The mean over flips of the unbiased loss is the clean one; one order minus the other is −z/(1 − 2ε).
  @Test(arguments: [0.1, 0.25, 0.4, 0.49]) func unbiased(epsilon: Double) throws {
    let robust = RobustDPO(beta: 0.5, labelSmoothing: epsilon)
    let right = try PairSample.pairs(robust, a: a, b: b).losses.array
    let flipped = try PairSample.pairs(robust, a: b, b: a).losses.array
    let clean = try losses(DPO(beta: 0.5))
    for i in a.indices {
      let mean = (1 - epsilon) * Double(right[i]) + epsilon * Double(flipped[i])
      #expect(abs(mean - Double(clean[i])) <= 1e-6 * max(1, abs(Double(right[i]))))
      let z = 0.5 * Double(a[i] - b[i])
      let difference = Double(right[i] - flipped[i])
      #expect(abs(difference + z / (1 - 2 * epsilon)) <= 1e-6 * max(1, abs(difference)))
    }
    // Saturated, ε = 0.1: below 0 (section 2.3).
    let saturated = try PairSample.pair(RobustDPO(labelSmoothing: 0.1), a: 100, b: 0)
    #expect(abs(saturated.loss + 1.2499546011) < 1e-6)
  }

  /// cdpo is least at ln((1 − ε)/ε), where it is the entropy of ε; exo_pair is 0 there.
  @Test func smoothedOptima() throws {
    let z: Float = 2.1972245773
    let cautious = try PairSample.pair(CDPO(beta: 1, labelSmoothing: 0.1), a: z, b: 0)
    #expect(abs(cautious.loss - 0.3250829734) < 1e-6)
    #expect(abs(cautious.slopes.chosen[0]) < 3e-4)  // the log-ratio is rounded to 2⁻¹⁰ at −2¹⁴
    let exact = try PairSample.pair(EXOPair(beta: 1, labelSmoothing: 0.1), a: z, b: 0)
    #expect(abs(exact.loss) < 1e-6)
    for half: Float in [-3, -1, 0, 2, 5] {
      #expect(
        try PairSample.pair(EXOPair(beta: 1, labelSmoothing: 0.1), a: half, b: 0).loss > -1e-7)
    }
  }

  /// hinge is 0 from a margin of 1/β on, its slope at the kink too; dpop's penalty has none at pc = rc.
  @Test func kinks() throws {
    let done = try PairSample.pairs(Hinge(beta: 0.25), a: [4, 5, 3], b: [0, 0, 0])
    #expect(done.losses.array == [0, 0, 0.25])
    #expect(done.slopes.chosen[0] == 0 && done.slopes.chosen[1] == 0)
    #expect(abs(done.slopes.chosen[2] + 0.25) < 1e-7)
    let even = try PairSample.pair(DPOP(beta: 0.3, lambda: 50), a: 0, b: 0)
    #expect(abs(even.slopes.chosen[0] + 0.15) < 1e-7)
  }

  /// IPO per token with equal lengths n is h/n; the minimum is at 1/(2τ) exactly.
  @Test func targets() throws {
    let least = try PairSample.pair(IPO(tau: 0.125, normalization: .none), a: 3, b: -1)
    #expect(least.loss == 0)
    #expect(least.slopes.chosen == [0])
    let perToken = try PairSample.pair(IPO(tau: 0.125), a: 12, b: -4)
    #expect(perToken.loss == 0)
    expectEqual(
      try losses(DPONorm(beta: 2)), try losses(DPO(beta: 0.5)), within: 1)
  }

  @Test func divergences() throws {
    expectEqual(
      try losses(FDPO(beta: 0.5, divergence: .alpha, alpha: 1e-6)), try losses(DPO(beta: 0.5)),
      within: 64)
    expectEqual(
      try losses(FDPO(beta: 0.5, divergence: .alpha, alpha: 0.999_999_9)),
      try losses(FDPO(beta: 0.5, divergence: .forwardKL)), within: 128)
    // Where e^(−x) would overflow: finite, and far above 0.
    let far = try PairSample.pair(FDPO(divergence: .forwardKL), a: -1000, b: 0)
    #expect(far.loss.isFinite && far.loss > 1e30)
  }

  /// bco_pair bounds DPO from above, sppo with certain wins is half of sppo_hard.
  @Test func bounds() throws {
    for (upper, lower) in zip(try losses(BCOPair(beta: 0.5)), try losses(DPO(beta: 0.5))) {
      #expect(upper >= lower)
    }
    let inputs = PairSample.inputs(of: SPPO()).map { name, tensor -> (InputName, Tensor) in
      switch name {
      case .winProbabilityChosen: (name, Tensor([1, 1, 1]))
      case .winProbabilityRejected: (name, Tensor([0, 0, 0]))
      default: (name, tensor)
      }
    }
    let soft = try SPPO(beta: 0.25).evaluate(inputs.map { (name: $0.0, tensor: $0.1) })
    let hard = try PairSample.evaluate(SPPOHard(beta: 0.25))
    #expect(soft.losses.array.map { 2 * $0 } == hard.losses.array)
    for zero in try losses(APOZero(beta: 0.5)) + losses(APODown(beta: 0.5)) {
      #expect(zero > 0 && zero < 2)
    }
  }

  /// The mean of aot_unpaired does not depend on which rejected completion stands beside which chosen one;
  /// one pair alone is DPO or cDPO.
  @Test func transport() throws {
    let turned = try PairSample.pairs(AOTUnpaired(beta: 0.5), a: a, b: b.reversed())
    let plain = try PairSample.pairs(AOTUnpaired(beta: 0.5), a: a, b: b)
    #expect(turned.losses == plain.losses)
    for objective in [AOT(beta: 0.5), AOTUnpaired(beta: 0.5)] as [any Objective] {
      #expect(
        try PairSample.pair(objective, a: 1.25, b: -2).losses
          == PairSample.pair(DPO(beta: 0.5), a: 1.25, b: -2).losses)
    }
    #expect(
      try PairSample.pair(AOT(beta: 0.5, labelSmoothing: 0.2), a: 1.25, b: -2).losses
        == PairSample.pair(CDPO(beta: 0.5, labelSmoothing: 0.2), a: 1.25, b: -2).losses)
    // Ties keep their order: the first of two equal log-ratios has the lower rank, and the lower loss.
    let tied = try PairSample.pairs(AOTUnpaired(beta: 1), a: [2, 2], b: [-1, 4])
    #expect(abs(tied.slopes.chosen[0]) < abs(tied.slopes.chosen[1]))
  }

  /// mpo_mix is the weighted sum that it stands for.
  @Test func mixture() throws {
    let sum = WeightedSum([
      .init(0.8, DPO()), .init(0.2, BCOPair()), .init(1, SFT(.tokenMean)),
    ])
    let inputs = PairSample.inputs(of: MPOMix())
    #expect(try sum.evaluate(inputs).losses == MPOMix().evaluate(inputs).losses)
  }

  /// phi_dpo falls with z everywhere.
  @Test func focalFalls() throws {
    let margins = (-40...40).map { Float($0) / 2 }
    let found = try PairSample.pairs(PhiDPO(beta: 1), a: margins, b: margins.map { _ in 0 })
    for (left, right) in zip(found.losses.array, found.losses.array.dropFirst()) {
      #expect(left > right)
    }
  }
}
