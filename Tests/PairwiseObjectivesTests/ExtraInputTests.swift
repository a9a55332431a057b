import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Identities and worked numbers of sections 7.1, 7.2, 7.5 and 7.9 of the methods document.
struct ExtraInputTests {
  private func dpo(beta: Float = 0.1) throws -> ObjectiveResult {
    try FreeSample.evaluate(DPO(beta: beta))
  }

  // MARK: 7.1

  @Test func rationaleNumbers() throws {
    let result = try FreeSample.evaluate(RationaleDPO())
    expectNear(result.losses, [3.6695443994, 5.0085601170, 2.6337029141])
    let term = [3.0485873516, 4.2641634569, 1.9529776105]
    #expect(abs((result[metric: "rationale/loss"] ?? 0) - term.reduce(0, +) / 3) < 1e-6)
    let plain = try FreeSample.evaluate(RationaleDPO(term: .nll))
    expectNear(plain.losses, [3.6209570478, 4.9943966601, 2.4807253035])
    expectNear(plain.slopes(.rationaleLogps), [-0.1, -0.1, -0.1])
    let orpo = try FreeSample.evaluate(ORPO(.sequenceMean)).losses.array
    let added = try FreeSample.evaluate(RationaleORPO(ORPO(.sequenceMean))).losses.array
    expectNear(
      zip(added, orpo).map { Double($0 - $1) }, [0.15, 0.1416666667, 0.12], relative: 3e-6)
  }

  /// γ = 0 is DPO, plus ln 2 in the authors' form.
  @Test func rationaleWithoutWeight() throws {
    let expected = try dpo().losses.array
    #expect(
      try FreeSample.evaluate(RationaleDPO(gamma: 0, term: .nll)).losses.array == expected)
    expectNear(
      try FreeSample.evaluate(RationaleDPO(gamma: 0)).losses, expected.map { Double($0) + log(2) })
    let base = ORPO(.tokenMean)
    #expect(
      try FreeSample.evaluate(RationaleORPO(base, gamma: 0)).losses
        == FreeSample.evaluate(base).losses)
  }

  @Test func rationalesHaveTokens() throws {
    let error = #expect(throws: ObjectiveError.self) {
      try FreeSample.evaluate(
        RationaleORPO(), changing: [.rationaleLength: Tensor([20, 0, 15])])
    }
    #expect(error?.message == "rationale_len: row 1: expected a number >= 1.0, found 0.0")
  }

  // MARK: 7.2

  @Test func responseConditionedIsDPO() throws {
    let result = try FreeSample.evaluate(RCDPO())
    #expect(result.losses == (try dpo().losses))
    #expect(result.slopes(.policyRejectedLogps) == (try dpo().slopes(.policyRejectedLogps)))
    // Equal prompts: ln 2, and gradients that cancel in the one sequence there is.
    let same = try FreeSample.evaluate(
      RCDPO(),
      changing: [
        .policyRejectedLogps: Tensor([-12, -20.5, -8.25]),
        .refRejectedLogps: Tensor([-13, -21, -8]),
      ])
    expectNear(same.losses, [log(2), log(2), log(2)])
    #expect(
      zip(same.slopes(.policyChosenLogps), same.slopes(.policyRejectedLogps)).allSatisfy {
        $0 == -$1
      })
  }

  private static let prompts: [InputName: Tensor] = [
    "policy_fulfilled_logps": [-12, -20.5, -8.25], "policy_violated_logps": [-14, -18, -9.5],
    "ref_fulfilled_logps": [-13, -21, -8], "ref_violated_logps": [-13.5, -19.5, -9],
    "policy_constrained_chosen_logps": [-10, -20, -8],
    "policy_constrained_rejected_logps": [-15, -17, -10],
    "ref_constrained_chosen_logps": [-13, -21, -8],
    "ref_constrained_rejected_logps": [-13.5, -19.5, -9],
  ].mapValues { Tensor($0) }

  /// Δ = [3/2, −1, ¼] of the pair, and of the intra pair; [4.5, −1.5, 1] under the prompt with constraints.
  @Test func maplParts() throws {
    func evaluate(_ objective: MAPLDPO) throws -> ObjectiveResult {
      try FreeSample.evaluate(objective, changing: Self.prompts)
    }
    let plain = try dpo().losses.array.map(Double.init)
    #expect(
      try evaluate(MAPLDPO(lambdaIntra: 0, lambdaInter: 0)).losses.array.map(Double.init) == plain)
    let intra = try evaluate(MAPLDPO(lambdaInter: 0))
    expectNear(intra.losses, plain.map { 2 * $0 })
    #expect(intra[metric: "intra/accuracy"] == 2.0 / 3)
    let gaps = [3, -0.5, 0.75].map { log1p(exp(-0.1 * $0)) }
    let inter = try evaluate(MAPLDPO(lambdaIntra: 0, lambdaInter: 0.5))
    expectNear(inter.losses, zip(plain, gaps).map { $0 + 0.5 * $1 })
    let baseline = try evaluate(MAPLDPO(lambdaIntra: 0, inter: .dpo))
    let logits = [4.5, -1.5, 1].map { log1p(exp(-0.1 * $0)) }
    expectNear(baseline.losses, zip(plain, logits).map(+))
    // A part that is left out reads nothing.
    #expect(MAPLDPO(lambdaIntra: 0, lambdaInter: 0).inputs == DPO().inputs)
  }

  /// The gap z′ − z pulls z down and z′ up.
  @Test func maplGapHasBothGradients() throws {
    let result = try FreeSample.evaluate(MAPLDPO(lambdaIntra: 0), changing: Self.prompts)
    let plain = try dpo().slopes(.policyChosenLogps)
    let constrained = result.slopes("policy_constrained_chosen_logps")
    expectNear(
      zip(result.slopes(.policyChosenLogps), plain).map(-), constrained.map { -$0 },
      relative: 1e-5)
  }

  // MARK: 7.5

  @Test func textPriorNumbers() throws {
    let one = AVEmDPO(rejectedWeights: [1], lambdaAV: 0)
    expectNear(
      try FreeSample.evaluate(one).losses, [0.5333821554, 0.6443966601, 0.7844704307])
    // γ = 0 with one rejected completion is DPO; it is MODPO with the text's log-probs as margin.
    let bare = try FreeSample.evaluate(AVEmDPO(gamma: 0, rejectedWeights: [1], lambdaAV: 0))
    #expect(bare.losses == (try dpo().losses))
    let margins: [InputName: Tensor] = [
      .chosenMarginReward: Tensor([3, 1], [-15, -22, -9]),
      .rejectedMarginReward: Tensor([3, 1], [-14, -21, -10]),
    ]
    let modpo = try FreeSample.evaluate(MODPO(weights: [1, 0.2]), changing: margins)
    expectNear(
      try FreeSample.evaluate(one).losses, modpo.losses.array.map(Double.init))
  }

  /// Two equal rejected completions are one, with equal weights given or not.
  @Test func equalRejectedCompletions() throws {
    func twice(_ name: InputName) -> Tensor {
      let values = FreeSample.all[name]?.array ?? []
      return Tensor([values.count, 2], values.flatMap { [$0, $0] })
    }
    var changes: [InputName: Tensor] = [:]
    for name in [InputName.policyRejectedLogps, .refRejectedLogps, .textRejectedLogps] {
      changes[name] = twice(name)
    }
    for weights: [Float]? in [[0.5, 0.5], nil] {
      let objective = AVEmDPO(gamma: 0, rejectedWeights: weights, lambdaAV: 0)
      let result = try FreeSample.evaluate(objective, changing: changes)
      #expect(result.losses == (try dpo().losses))
      expectNear(
        result.slopes(.policyRejectedLogps),
        try dpo().slopes(.policyRejectedLogps).flatMap { [$0 / 2, $0 / 2] })
    }
    #expect(throws: ObjectiveError.self) {
      try FreeSample.evaluate(AVEmDPO(rejectedWeights: [1], lambdaAV: 0), changing: changes)
    }
  }

  @Test func corruptedInput() throws {
    let corrupted: [InputName: Tensor] = [
      .policyCorruptedLogps: Tensor([-16, -20, -8]), .refCorruptedLogps: Tensor([-13, -21, -8]),
    ]
    let plain = try FreeSample.evaluate(AVEmDPO(lambdaAV: 0)).losses.array
    let result = try FreeSample.evaluate(AVEmDPO(lambdaAV: 0.5), changing: corrupted)
    // Log-ratios 1, ½, −¼ against −3, 1, 0.
    let terms = [4, -0.5, -0.25].map { 0.5 * log1p(exp(-0.1 * $0)) }
    expectNear(result.losses, zip(plain, terms).map { Double($0) + $1 })
    #expect(result[metric: "corrupted/accuracy"] == 1.0 / 3)
  }

  // MARK: 7.9

  @Test func xpoNumbers() throws {
    let result = try FreeSample.evaluate(XPO(alpha: 1e-5))
    expectNear(result.losses, [0.6208470478, 0.7442066601, 0.6806353035])
    expectNear(result.slopes(.policyRefSampleLogps), [1e-5, 1e-5, 1e-5])
    #expect(try FreeSample.evaluate(XPO(alpha: 0)).losses == dpo().losses)
  }
}
