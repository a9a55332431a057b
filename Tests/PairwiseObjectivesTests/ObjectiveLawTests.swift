import PairwiseAutodiff
import PairwiseObjectives
import PairwiseTensor
import Testing

/// One row an objective, or several for its variants. A new objective joins by a row.
let objectiveCases: [ObjectiveCase] = rewardCases + policyCases

private let policyCases: [ObjectiveCase] = [
  ObjectiveCase(DPO(beta: 0.5), with: [.weight]),
  ObjectiveCase(DPO(beta: 0.25, isReferenceFree: true)),
  ObjectiveCase(TDPO1(beta: 0.5), with: [.weight]),
  ObjectiveCase(TDPO2(beta: 0.5, alpha: 0.75), with: [.weight], partlyConstant: [.chosenTokenKL]),
  ObjectiveCase(
    SparsePO(beta: 0.5, maskMode: .common, l1Reward: 0.25), seesOnlyTheMargin: false),
  ObjectiveCase(
    SparsePO(beta: 0.5, maskMode: .independent, l1Reward: 0.25, l1KL: 0.125),
    seesOnlyTheMargin: false),
  ObjectiveCase(
    SparsePO(beta: 0.5, maskMode: .independent, masksKL: false), seesOnlyTheMargin: false),
  ObjectiveCase(MAPO(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(DenseDPO(beta: 0.5, segmentLength: 1)),
  ObjectiveCase(LDDPO(beta: 0.5, alpha: 0.5), with: [.weight]),
  ObjectiveCase(
    WPO(beta: 0.5), partlyConstant: [.policyChosenTokenLogps, .policyRejectedTokenLogps],
    seesOnlyTheMargin: false),
  ObjectiveCase(CDPO(beta: 0.5, labelSmoothing: 0.2), with: [.weight]),
  ObjectiveCase(RobustDPO(beta: 0.5, labelSmoothing: 0.2)),
  ObjectiveCase(Hinge(beta: 0.5)),
  ObjectiveCase(IPO(tau: 0.5, normalization: .none)),
  ObjectiveCase(IPO(tau: 0.5, normalization: .perToken), seesOnlyTheMargin: false),
  ObjectiveCase(DPOGamma(beta: 0.5, gamma: 0.25)),
  ObjectiveCase(DPONorm(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(LengthDPO(beta: 0.5, alpha: 0.25)),
  ObjectiveCase(ODPO(beta: 0.5, alpha: 0.5), raising: .chosenScore),
  ObjectiveCase(ODPO(beta: 0.5, alpha: 0.5, offset: .difference)),
  ObjectiveCase(ODPO(beta: 0.5, alpha: 0.5, offset: .column)),
  ObjectiveCase(DPOP(beta: 0.25, lambda: 4), seesOnlyTheMargin: false),
  ObjectiveCase(CalDPO(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(BetaDPO(beta: 0.5)),
  ObjectiveCase(
    BetaDPO(beta: 0.5, alpha: 0.25), partlyConstant: [.policyChosenLogps, .policyRejectedLogps]),
  ObjectiveCase(BetaDPO(beta: 0.5, keep: 0.5)),
  ObjectiveCase(FDPO(beta: 0.5, divergence: .reverseKL)),
  ObjectiveCase(FDPO(beta: 0.5, divergence: .forwardKL), seesOnlyTheMargin: false),
  ObjectiveCase(FDPO(beta: 0.5, divergence: .js), seesOnlyTheMargin: false),
  ObjectiveCase(FDPO(beta: 0.5, divergence: .alpha, alpha: 0.25), seesOnlyTheMargin: false),
  ObjectiveCase(EXOPair(beta: 0.5, labelSmoothing: 0.1)),
  ObjectiveCase(NCAPair(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(BCOPair(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(SPPO(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(SPPOHard(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(APOZero(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(APODown(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(AOT(beta: 0.5, labelSmoothing: 0.2)),
  ObjectiveCase(DrDPO(beta: 0.5, betaPrime: 0.75)),
  ObjectiveCase(AOTUnpaired(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(DiscoPOP(beta: 0.125, tau: 0.5)),
  ObjectiveCase(DPONLL(beta: 0.5, reductionOfNLL: .sequenceMean), seesOnlyTheMargin: false),
  ObjectiveCase(DPONLL(beta: 0.5, reductionOfNLL: .tokenMean), seesOnlyTheMargin: false),
  ObjectiveCase(MPOMix(beta: 0.5), seesOnlyTheMargin: false),
  ObjectiveCase(PhiDPO(beta: 0.5)),
  ObjectiveCase(MODPO(weights: [1]), with: [.weight]),
  ObjectiveCase(MODPO(weights: [0.5, 0.25, 0.125], beta: 0.5)),
  ObjectiveCase(MODPO(weights: [0.5, 0.5], loss: .hinge)),
  ObjectiveCase(CPO(beta: 0.5, alpha: 0, nil), with: [.weight]),
  ObjectiveCase(CPO(.tokenMean), seesOnlyTheMargin: false),
  ObjectiveCase(CPO(.sequenceMean, labelSmoothing: 0.25), seesOnlyTheMargin: false),
  ObjectiveCase(CPO(alpha: 0.5, .sequenceSum, loss: .hinge), seesOnlyTheMargin: false),
  ObjectiveCase(CPO(beta: 2, alpha: 0, nil, loss: .ipo), seesOnlyTheMargin: false),
  ObjectiveCase(SimPO(gamma: 1), with: [.weight], seesOnlyTheMargin: false),
  ObjectiveCase(AlphaPO(), with: [.weight], seesOnlyTheMargin: false),
  ObjectiveCase(AlphaPO(alpha: 0), seesOnlyTheMargin: false),
  ObjectiveCase(AlphaPO(alpha: -0.5), seesOnlyTheMargin: false),
  ObjectiveCase(ORPO(.sequenceMean), seesOnlyTheMargin: false),
  ObjectiveCase(ORPO(lambda: 1, .tokenMean), seesOnlyTheMargin: false),
  ObjectiveCase(ORPO(.tokenMean, span: .all), seesOnlyTheMargin: false),
  ObjectiveCase(SLiCHF(), with: [.weight], seesOnlyTheMargin: false),
  ObjectiveCase(SLiCHF(lambda: 0.5), with: [.policySFTLogps]),
  ObjectiveCase(KTO(desirableWeight: 1.5), seesOnlyTheMargin: false),
  ObjectiveCase(KTO(beta: 0.5, usesKL: false), with: [.weight], seesOnlyTheMargin: false),
  ObjectiveCase(BCO(), partlyConstant: [.policyLogps], seesOnlyTheMargin: false),
  ObjectiveCase(
    BCO(), with: [.weight, .runningMean, .runningCount], partlyConstant: [.policyLogps],
    seesOnlyTheMargin: false),
  ObjectiveCase(APOZeroUnpaired(), with: [.weight], seesOnlyTheMargin: false),
  ObjectiveCase(RationaleDPO(), with: [.weight]),
  ObjectiveCase(RationaleDPO(term: .nll, averages: true)),
  ObjectiveCase(RationaleORPO(), seesOnlyTheMargin: false),
  ObjectiveCase(RCDPO(beta: 0.5), with: [.weight]),
  ObjectiveCase(MAPLDPO(beta: 0.5), with: [.weight]),
  ObjectiveCase(MAPLDPO(lambdaIntra: 0, inter: .dpo)),
  ObjectiveCase(AVEmDPO(), seesOnlyTheMargin: false),
  ObjectiveCase(
    AVEmDPO(rejectedWeights: [0.25, 0.5, 0.25], lambdaAV: 0), seesOnlyTheMargin: false),
  ObjectiveCase(XPO(alpha: 0.5), with: [.weight]),
  ObjectiveCase(SFT(.sequenceSum), seesOnlyTheMargin: false),
  ObjectiveCase(SFT(.sequenceMean), seesOnlyTheMargin: false),
  ObjectiveCase(SFT(.tokenMean), seesOnlyTheMargin: false),
  ObjectiveCase(BestOfN(), seesOnlyTheMargin: false),
  ObjectiveCase(BestOfNNegative(negativeWeight: 0.25), seesOnlyTheMargin: false),
  ObjectiveCase(BestOfNNegative(negativeWeight: 0.5, negative: .rest), seesOnlyTheMargin: false),
  ObjectiveCase(RWR(beta: 0.5, weighting: .exp), seesOnlyTheMargin: false),
  ObjectiveCase(RWR(beta: 0.5, weighting: .softmax), seesOnlyTheMargin: false),
  ObjectiveCase(RLOO(), seesOnlyTheMargin: false),
  ObjectiveCase(PPO(), seesOnlyTheMargin: false, giving: [.advantages: [0.5, -1, 0.25]]),
  ObjectiveCase(
    PPOValue(normalizes: false), partlyConstant: [.values], seesOnlyTheMargin: false,
    giving: [.reward: [0.5, 1, 0.25]]),
  ObjectiveCase(
    WeightedSum([.init(0.75, DPO(beta: 0.5)), .init(0.25, SFT(.sequenceMean))]),
    seesOnlyTheMargin: false),
]

/// Laws that hold for every objective.
struct ObjectiveLawTests {
  private func scores(_ count: Int, _ seed: UInt64) -> [Float] {
    var random = CounterRandom(seed: seed, stream: "laws")
    return (0..<count).map { _ in Float(random.normal()) * 2 }
  }

  @Test(arguments: objectiveCases) func finiteEverywhere(row: ObjectiveCase) throws {
    for margin: Float in [0, 1e-30, 1, 30, 300, 1e4] {
      for sign: Float in [1, -1] {
        let result = try row.evaluate(
          [sign * margin, 0], [0, sign * margin], level: -16_384)
        #expect(result.loss.isFinite)
        #expect(result.losses.firstNonFinite == nil)
        #expect(result.gradients.allSatisfy { $0.tensor.firstNonFinite == nil })
        #expect(result.metrics.allSatisfy { $0.value.isFinite })
      }
    }
  }

  /// Adding a constant to both sides changes nothing, and the two gradients cancel.
  @Test(arguments: objectiveCases.filter(\.seesOnlyTheMargin))
  func onlyTheMarginMatters(row: ObjectiveCase) throws {
    // Multiples of 1/8 shifted by 4: exact in float32, so equality is exact too.
    let chosen = scores(16, 1).map { ($0 * 8).rounded() / 8 }
    let rejected = scores(16, 2).map { ($0 * 8).rounded() / 8 }
    let plain = try row.evaluate(chosen, rejected)
    let shifted = try row.evaluate(chosen.map { $0 + 4 }, rejected.map { $0 + 4 })
    #expect(plain.losses == shifted.losses)
    for (c, r) in zip(plain.gradients[0].tensor.array, plain.gradients[1].tensor.array) {
      #expect(c == -r)
    }
  }

  /// Swapping the sides negates the margin of the rewards.
  @Test(arguments: objectiveCases) func swappingNegatesTheMargin(row: ObjectiveCase) throws {
    let inputs = row.inputs(scores(5, 9), scores(5, 10))
    func margin(_ inputs: ObjectiveCase.Inputs) throws -> Double? {
      let metrics = try row.objective.evaluate(inputs).metrics
      return metrics.first { $0.name == "rewards/margins" || $0.name == "margin" }?.value
    }
    var swapped = inputs
    for (index, (name, tensor)) in inputs.enumerated() {
      guard let other = inputs.first(where: { $0.name == name.otherSide })?.tensor else { continue }
      guard other.shape == tensor.shape else { return }
      swapped[index].tensor = other
    }
    // The other way round some inputs make no sense: an offset from scores, for one.
    guard row.objective.problem(swapped) == nil else { return }
    guard let plain = try margin(inputs), let turned = try margin(swapped),
      inputs.contains(where: { $0.name.otherSide != $0.name })
    else { return }
    #expect(abs(plain + turned) <= 1e-6 * abs(plain))
  }

  /// The losses of a batch are those of its pairs alone.
  @Test(arguments: objectiveCases.filter(\.isPairwise)) func batchesAreConcatenations(
    row: ObjectiveCase
  ) throws {
    let inputs = row.inputs(scores(9, 3), scores(9, 4))
    let whole = try row.objective.evaluate(inputs)
    for i in 0..<9 {
      let single = row.rows(i..<i + 1, of: inputs.filter { $0.name != .weight })
      #expect(try row.objective.evaluate(single).losses.item == whole.losses.array[i])
    }
  }

  /// Shares of microbatches add up to the loss of the whole batch.
  @Test(arguments: objectiveCases.filter { !$0.objective.isBatchDependent })
  func sharesAddUp(row: ObjectiveCase) throws {
    let inputs = row.inputs(scores(10, 5), scores(10, 6))
    func input(_ name: InputName) -> Tensor? { inputs.first { $0.name == name }?.tensor }
    let totals = row.objective.batchTotals(
      pairs: 10, weights: input(.weight), constant: input)
    var split = LossSum()
    for range in [0..<3, 3..<4, 4..<10] {
      var x = ObjectiveInputs()
      for (name, tensor) in row.rows(range, of: inputs) {
        x[name] = Variable(constant: tensor)
      }
      row.objective.value(x, of: totals).add(to: &split)
    }
    let whole = try row.objective.evaluate(inputs).loss
    // A mean over tokens rounds each microbatch's part to float32 once.
    #expect(row.isPairwise ? split.value == whole : abs(split.value - whole) < 1e-6 * abs(whole))
  }

  /// The order of the pairs does not matter to the loss, and gradients go with the pairs: for what sees the
  /// whole batch as well.
  @Test(arguments: objectiveCases) func orderDoesNotMatter(row: ObjectiveCase) throws {
    let order = [3, 0, 6, 2, 5, 1, 4]
    let inputs = row.inputs(scores(7, 11), scores(7, 12))
    let moved = inputs.map { name, tensor in
      // A state is no row.
      guard tensor.shape[0] == 7 else { return (name: name, tensor: tensor) }
      let rows = order.flatMap { tensor.rows($0..<$0 + 1).array }
      return (name: name, tensor: Tensor(tensor.shape, rows))
    }
    let (plain, permuted) = (
      try row.objective.evaluate(inputs), try row.objective.evaluate(moved)
    )
    #expect(abs(plain.loss - permuted.loss) <= 1e-6 * max(1, abs(plain.loss)))
    for (a, b) in zip(plain.gradients, permuted.gradients) {
      guard a.tensor.shape[0] == 7 else { continue }
      for (place, from) in order.enumerated() {
        let want = a.tensor.rows(from..<from + 1).array
        for (x, y) in zip(want, b.tensor.rows(place..<place + 1).array) {
          #expect(abs(x - y) <= row.rounding * max(1e-3, abs(x)))
        }
      }
    }
  }

  /// Gradients of every input against central differences of the loss. Steps of 2⁻⁶ on float32 losses
  /// of order 1 leave an error of about 1e-5 from rounding and 1e-4 from curvature.
  @Test(arguments: objectiveCases) func gradientsAreSlopes(row: ObjectiveCase) throws {
    let inputs = row.inputs(scores(4, 7), scores(4, 8), level: -16)
    for (name, gradient) in try row.objective.evaluate(inputs).gradients
    where !row.partlyConstant.contains(name) {
      guard let place = inputs.firstIndex(where: { $0.name == name }) else { continue }
      for i in 0..<gradient.count {
        func loss(_ step: Float) throws -> Double {
          var moved = inputs
          moved[place].tensor.withMutableSpan { $0[i] += step }
          return try row.objective.evaluate(moved).loss
        }
        let slope = (try loss(0x1p-6) - loss(-0x1p-6)) / 0x1p-5
        #expect(
          abs(slope - Double(gradient[flat: i])) < 3e-4 * max(1, abs(slope)), "\(name) \(i)")
      }
    }
  }

  /// Where every logit is 0 the loss is what the objective says it is of a coin.
  @Test(arguments: objectiveCases.filter { $0.objective.undecidedLoss != nil })
  func undecidedLossesAreDeclared(row: ObjectiveCase) throws {
    let inputs = row.inputs(scores(4, 13), scores(4, 14)).filter {
      !$0.name.text.contains("running")
    }
    let level = inputs.map { name, tensor in
      let value: Float? =
        ["logps", "scores", "returns", "regrets", "chosen_mean", "rejected_mean"].contains {
          name.text.hasSuffix($0)
        }
        ? -2
        : name.text.hasSuffix("_len")
          || name.text.split(separator: "_").count > 2 && name.text.hasSuffix("mask")
          ? 1 : name.text.contains("kl") ? 0.25 : nil
      guard let value else { return (name: name, tensor: tensor) }
      return (
        name: name, tensor: Tensor(repeating: name == .klLogRatios ? 0 : value, tensor.shape)
      )
    }
    let expected = try #require(row.objective.undecidedLoss)
    let result = try row.objective.evaluate(level)
    let mean = result.losses.array.reduce(0) { $0 + Double($1) } / Double(result.losses.count)
    #expect(abs(mean - expected) < 1e-6 * max(1, expected))
  }

  /// What is carried on is made of a whole batch, which only objectives that ask for it are given.
  @Test(arguments: objectiveCases) func stateNeedsTheWholeBatch(row: ObjectiveCase) {
    #expect(row.objective.initialState.isEmpty || row.objective.isBatchDependent)
  }

  @Test func everyRegisteredObjectiveHasARow() {
    for type in objectives {
      #expect(objectiveCases.contains { Swift.type(of: $0.objective) == type }, "\(type.name)")
    }
  }

  @Test func namesAreUnique() {
    let names = objectives.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
  }
}

extension InputName {
  /// The same input of the other side of the pair, or itself.
  fileprivate var otherSide: InputName {
    let parts = text.split(separator: "_").map { part in
      part == "chosen" ? "rejected" : part == "rejected" ? "chosen" : String(part)
    }
    return InputName(parts.joined(separator: "_"))
  }
}
