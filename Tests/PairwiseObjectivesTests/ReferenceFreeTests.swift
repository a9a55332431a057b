import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Identities, limits and worked numbers of section 5 of the methods document.
struct ReferenceFreeTests {
  // MARK: 5.1

  @Test func cpoNumbers() throws {
    let preference = try FreeSample.evaluate(CPO(alpha: 0, nil))
    expectNear(preference.losses, [0.5981388694, 0.8259394199, 0.6325990353])
    let whole = try FreeSample.evaluate(CPO(.sequenceMean))
    expectNear(whole.losses, [2.9981388694, 3.3884394199, 3.3825990353])
    #expect(abs((whole[metric: "nll_loss"] ?? 0) - (2.4 + 2.5625 + 2.75) / 3) < 1e-6)
    // 40.75 nats over 16 tokens.
    let tokens = try FreeSample.evaluate(CPO(.tokenMean))
    expectNear(tokens.losses, [0.5981388694, 0.8259394199, 0.6325990353].map { $0 + 40.75 / 16 })
    #expect(abs((tokens[metric: "nll_loss"] ?? 0) - 40.75 / 16) < 1e-9)
  }

  @Test func cpoIsDPOWithoutAReference() throws {
    let cpo = try FreeSample.evaluate(CPO(beta: 0.3, alpha: 0, nil))
    let dpo = try FreeSample.evaluate(DPO(beta: 0.3, isReferenceFree: true))
    #expect(cpo.losses == dpo.losses)
    #expect(cpo.slopes(.policyChosenLogps) == dpo.slopes(.policyChosenLogps))
    #expect(cpo[metric: "rewards/chosen"] == dpo[metric: "rewards/chosen"])
  }

  /// Label smoothing is cDPO's, TRL's hinge and ipo are those of DPO without a reference.
  @Test func cpoVariants() throws {
    let none = [InputName.refChosenLogps, .refRejectedLogps]
      .reduce(into: [:]) { $0[$1] = Tensor([0, 0, 0]) }
    func matches(_ cpo: CPO, _ other: any Objective) throws {
      let expected = try FreeSample.evaluate(other, changing: none)
      #expect(try FreeSample.evaluate(cpo).losses == expected.losses)
    }
    try matches(CPO(alpha: 0, nil, loss: .hinge), Hinge())
    try matches(CPO(beta: 0.25, alpha: 0, nil, loss: .ipo), IPO(tau: 0.25))
    let smooth = try FreeSample.evaluate(CPO(alpha: 0, nil, labelSmoothing: 0.125))
    let expected = try FreeSample.evaluate(CDPO(labelSmoothing: 0.125), changing: none)
    expectNear(smooth.losses, expected.losses.array.map(Double.init))
  }

  // MARK: 5.2

  @Test func simpoNumbers() throws {
    let result = try FreeSample.evaluate(SimPO(gamma: 1))
    expectNear(result.losses, [1.4124475096, 1.3002385037, 1.9102241504])
    expectNear(
      result.slopes(.policyChosenLogps), [-0.3025814117, -0.1818832998, -0.5679685346])
  }

  @Test func simpoIdentities() throws {
    // γ = 0 and equal lengths n: CPO with β/n.
    let lengths: [InputName: Tensor] = [
      .chosenLength: Tensor([4, 4, 4]), .rejectedLength: Tensor([4, 4, 4]),
    ]
    let simpo = try FreeSample.evaluate(SimPO(beta: 2, gamma: 0), changing: lengths)
    let cpo = try FreeSample.evaluate(CPO(beta: 0.5, alpha: 0, nil))
    #expect(simpo.losses == cpo.losses)
    // Averages that tie: softplus(γ).
    let tie = try FreeSample.evaluate(
      SimPO(gamma: 0.75),
      changing: [
        .policyChosenLogps: Tensor([-10, -16, -6]), .policyRejectedLogps: Tensor([-12, -14, -8]),
      ])
    expectNear(tie.losses, [Double](repeating: log1p(exp(0.75)), count: 3))
    #expect(tie[metric: "rewards/accuracies"] == 0)
  }

  // MARK: 5.3

  @Test func alphapoNumbers() throws {
    let result = try FreeSample.evaluate(AlphaPO())
    expectNear(result.losses, [0.9137157301, 0.7223587883, 2.0217635216])
    // The document has ∂/∂avg_w; avg = pc / length.
    expectNear(
      zip(result.slopes(.policyChosenLogps), [5.0, 8, 3]).map(*),
      [-2.7284801953, -2.4403732642, -4.3134635311])
  }

  /// α → 0 is SimPO: bitwise at 0, and to the order of α beside it.
  @Test func smallBendsAreSimPO() throws {
    let simpo = try FreeSample.evaluate(SimPO(beta: 2.5, gamma: 0.1))
    let zero = try FreeSample.evaluate(AlphaPO(alpha: 0))
    #expect(zero.losses == simpo.losses)
    for alpha: Float in [1e-38, 1e-14, 1e-12, 1e-8, -1e-8] {
      let bent = try FreeSample.evaluate(AlphaPO(alpha: alpha))
      expectNear(bent.losses, simpo.losses.array.map(Double.init))
      expectNear(bent.slopes(.policyChosenLogps), simpo.slopes(.policyChosenLogps))
    }
  }

  /// e^(−α·avg) beyond 32-bit numbers is held, and just before it is not.
  @Test func improbableCompletionsStayFinite() throws {
    func evaluate(_ logp: Float, alpha: Float = 1) throws -> ObjectiveResult {
      try FreeSample.evaluate(
        AlphaPO(beta: 1, alpha: alpha, gamma: 0),
        changing: [
          .policyChosenLogps: Tensor([logp]), .policyRejectedLogps: Tensor([-1]),
          .chosenLength: Tensor([1]), .rejectedLength: Tensor([1]),
        ])
    }
    let near = try evaluate(-80)
    expectNear(near.losses, [exp(80) - exp(1)], relative: 1e-5)
    expectNear(near.slopes(.policyChosenLogps), [-exp(80)], relative: 1e-5)
    let far = try evaluate(-1e5)
    #expect(far.losses.firstNonFinite == nil && far.losses.item > 1e37)
    #expect(far.slopes(.policyChosenLogps) == [0])
    #expect(try evaluate(-1e5, alpha: 1e-6).losses.firstNonFinite == nil)
  }

  // MARK: 5.4

  @Test func orpoNumbers() throws {
    let result = try FreeSample.evaluate(ORPO(.sequenceMean))
    expectNear(result.losses, [2.4730607766, 2.6313323372, 2.8416951454])
    #expect(abs(result.loss - 2.6486960864) < 1e-6)
    let ratios = [-0.0735683989, 0.0096709999, -0.4065660698]
    let odds = [0.7306077661, 0.6883233716, 0.9169514543]
    #expect(abs((result[metric: "log_odds_chosen"] ?? 0) - ratios.reduce(0, +) / 3) < 1e-6)
    #expect(abs((result[metric: "log_odds_ratio"] ?? 0) + odds.reduce(0, +) / 3) < 1e-6)
    #expect(result[metric: "probability_one"] == 0)
    // λ = 1 without the likelihood: ∂/∂A = length·(slope + 1/length).
    let whole = try FreeSample.evaluate(ORPO(lambda: 1, .sequenceMean))
    expectNear(
      zip(whole.slopes(.policyChosenLogps), [5.0, 8, 3]).map { $0 * $1 + 1 },
      [-0.5701023250, -0.5391576420, -0.6412584851])
    expectNear(
      zip(whole.slopes(.policyRejectedLogps), [6.0, 7, 4]).map(*),
      [0.5740506279, 0.5387575045, 0.6618233638])
  }

  @Test func orpoIdentities() throws {
    let sft = try FreeSample.evaluate(SFT(.sequenceMean))
    #expect(try FreeSample.evaluate(ORPO(lambda: 0, .sequenceMean)).losses == sft.losses)
    let tie = try FreeSample.evaluate(
      ORPO(lambda: 1, .sequenceSum),
      changing: [
        .policyChosenLogps: Tensor([-10, -16, -6]), .policyRejectedLogps: Tensor([-12, -14, -8]),
      ])
    expectNear(tie.losses, [10, 16, 6].map { $0 + log(2) })
  }

  /// The prompt's tokens count as well with nll_span: all, in sum and mean.
  @Test func orpoOverThePrompt() throws {
    let prompt: [InputName: Tensor] = [
      .policyPromptLogps: Tensor([-4, -2, -9.25]), .promptLength: Tensor([4, 0, 12]),
    ]
    let plain = try FreeSample.evaluate(ORPO(lambda: 1, .sequenceSum)).losses.array
    let result = try FreeSample.evaluate(
      ORPO(lambda: 1, .tokenMean, span: .all), changing: prompt)
    #expect(abs((result[metric: "nll_loss"] ?? 0) - 56.0 / 32) < 1e-9)
    let odds = zip(plain, [12, 20.5, 8.25]).map { Double($0) - $1 }
    expectNear(result.losses, odds.map { $0 + 56.0 / 32 }, relative: 3e-6)
    #expect(ORPO(.tokenMean, span: .all).totals == [.chosenLength, .promptLength])
  }

  /// Probability 1 has infinite odds: held at −1e-12, without a gradient, and counted.
  @Test func certainCompletionsAreHeld() throws {
    let result = try FreeSample.evaluate(
      ORPO(lambda: 1, .sequenceMean),
      changing: [
        .policyChosenLogps: Tensor([0, 0, -1e-5]), .policyRejectedLogps: Tensor([0, -1, 0]),
      ])
    #expect(result.losses.firstNonFinite == nil)
    expectNear(result.losses.rows(0..<1), [log(2)])
    #expect(result.gradients.allSatisfy { $0.tensor.firstNonFinite == nil })
    #expect(result[metric: "probability_one"] == 4.0 / 6)
  }

  // MARK: 5.5

  @Test func slicNumbers() throws {
    let result = try FreeSample.evaluate(SLiCHF())
    expectNear(result.losses, [1.2, 5.55, 0.825])
    expectNear(result.slopes(.policyChosenLogps), [-0.1, -1.1, -0.1])
    expectNear(result.slopes(.policyRejectedLogps), [0, 1, 0])
    let target = try FreeSample.evaluate(
      SLiCHF(lambda: 0.5), changing: [.policySFTLogps: Tensor([-2, -4, -6])])
    expectNear(target.losses, [1, 5.5, 3])
    expectNear(target.slopes(.policySFTLogps), [-0.5, -0.5, -0.5])
    // At the kink the derivative is 0: pc − pr = 2 with δ = 2.
    let kink = try FreeSample.evaluate(SLiCHF(delta: 2, lambda: 0))
    #expect(kink.slopes(.policyChosenLogps)[0] == 0)
  }
}
