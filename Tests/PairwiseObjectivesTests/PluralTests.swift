import Glibc
import PairwiseAutodiff
import PairwiseConfig
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Losses of ideal points, user latents and several instructions, and preferences between segments: worked
/// examples of the methods reference, §5.3, §5.4, §5.6 and §6.1.
struct PluralTests {
  /// Distances 0.1104813370 and 0.8343499127 to the user's point: a margin of 0.7238685757.
  @Test(arguments: [
    (PAL.Loss.logistic, 0.3953291495), (.hinge, 0.2761314244), (.smoothHinge(5), 0.0076248564),
    (.smoothHinge(1), 0.0381242818),
  ])
  func idealPoints(loss: PAL.Loss, expected: Double) throws {
    let result = try PAL(loss: loss).on([-0.1104813370], [-0.8343499127])
    expectClose([result.loss], [expected], relative: 2e-6)
  }

  /// The round part of the hinge meets the straight one in value and slope, and 0 at a lead of 1; γ → 0 is the
  /// hinge.
  @Test func smoothHinge() throws {
    let round = PAL(loss: .smoothHinge(0.5))
    for (lead, loss, slope) in [
      (-3.0, 3.75, -1.0), (0.5, 0.25, -1), (0.75, 0.0625, -0.5), (1, 0, 0), (2, 0, 0),
    ] {
      let result = try round.on([Float(lead)], [0])
      #expect(result.loss == loss)
      #expect(result[.chosenScores] == [slope])
    }
    #expect(try PAL(loss: .hinge).on([1], [0])[.chosenScores] == [0])
    let narrow = try PAL(loss: .smoothHinge(1e-6)).on([0.25], [0])
    #expect(abs(narrow.loss - 0.75) < 1e-6)
    #expect(try PAL(loss: .hinge).on([3, 0], [0, 0])[metric: "loss/zero"] == 0.5)
  }

  @Test(arguments: [
    ("{\"name\": \"pal\"}", "loss"), ("{\"name\": \"pal\", \"loss\": \"smooth_hinge\"}", "gamma"),
    ("{\"name\": \"pal\", \"loss\": \"hinge\", \"gamma\": 1}", "gamma"),
    ("{\"name\": \"pal\", \"loss\": \"smooth_hinge\", \"gamma\": 0}", "gamma"),
    ("{\"name\": \"vpl\"}", "kl_weight"), ("{\"name\": \"strength_flip\"}", "flip_threshold"),
    ("{\"name\": \"distributional\"}", "kind"),
    ("{\"name\": \"plackett_luce\", \"k\": 0}", "k"),
    ("{\"name\": \"hedge_router\", \"tau\": 0}", "tau"),
    ("{\"name\": \"ordinal_bt\", \"cut_points_init\": [1, 0.5]}", "cut_points_init"),
    ("{\"name\": \"scaled_bt\", \"strength_scale\": 0}", "strength_scale"),
    ("{\"name\": \"strength_soft\", \"soft_alpha\": 0.5}", "soft_alpha"),
  ])
  func refusedParameters(text: String, key: String) throws {
    let section = try JSON.parse(Array(text.utf8))
    do {
      _ = try ConfigReader.readVariant(
        ObjectiveRegistry.options(), discriminator: "name", from: section, path: "objective",
        file: "")
      Issue.record("accepted: \(text)")
    } catch {
      #expect(error.problems.contains { $0.path == "objective.\(key)" }, "\(error)")
    }
  }

  private func latents(
    _ mean: [Float], _ logVariance: [Float], weight: Float
  ) throws -> ObjectiveResult {
    try VPL(klWeight: weight).on([
      .chosenScores: Tensor([0.5]), .rejectedScores: Tensor([0]),
      .latentMean: Tensor([1, mean.count], mean),
      .latentLogVariance: Tensor([1, mean.count], logVariance),
    ])
  }

  @Test func userLatents() throws {
    let result = try latents([0.5, -1], [-0.3, 0.2], weight: 1)
    let plain = try RegularBT().on([0.5], [0])
    #expect(result.losses == plain.losses)
    expectClose([result[metric: "kl"] ?? .nan], [0.6561104894])
    expectClose([result.loss - plain.loss], [0.6561104894])
    expectClose([result[metric: "latent/norm"] ?? .nan], [sqrt(1.25)])
  }

  /// The divergence is 0 at the standard normal alone.
  @Test func divergences() throws {
    #expect(try latents([0, 0], [0, 0], weight: 1)[metric: "kl"] == 0)
    for (mean, logVariance): (Float, Float) in [(0.125, 0), (0, 0.125), (0, -0.125), (-1, 1)] {
      let found = try latents([mean], [logVariance], weight: 1)[metric: "kl"] ?? 0
      #expect(found > 0)
    }
    #expect(
      try latents([0.5], [0.5], weight: 0).loss == RegularBT().on([0.5], [0]).loss)
    #expect(
      refusal { try latents([1.5], [0], weight: 1) }
        == "latent_mean: row 0: expected a number in -1.0 ... 1.0, found 1.5")
  }

  /// Numbers of the document for T = 10⁴ and b = 0.1; the step after the last begins anew.
  @Test(arguments: [
    (0 as Float, 0.1, 1 as Float), (2500, 0.2318019485, 2501), (5000, 0.55, 5001),
    (9999, 0.9999999778, 0),
  ])
  func annealing(step: Float, share: Double, next: Float) throws {
    let objective = VPL(klWeight: 1, annealingSteps: 10_000)
    let inputs: [InputName: Tensor] = [
      .chosenScores: Tensor([0.5]), .rejectedScores: Tensor([0]),
      .latentMean: Tensor([1, 2], [0.5, -1]), .latentLogVariance: Tensor([1, 2], [-0.3, 0.2]),
      .annealingStep: Tensor([step]),
    ]
    let result = try objective.on(inputs)
    let plain = try RegularBT().on([0.5], [0])
    expectClose([result.loss - plain.loss], [share * 0.6561104894])
    expectClose([result[metric: "kl_weight"] ?? .nan], [share])
    let x = ObjectiveInputs(inputs.mapValues { Variable(constant: $0) })
    #expect(objective.nextState(x)[.annealingStep] == Tensor([next]))
    #expect(objective.isBatchDependent && !VPL().isBatchDependent)
  }

  @Test func severalInstructions() throws {
    func evaluate(_ intra: Float, _ inter: Float) throws -> ObjectiveResult {
      try MultiLevelAware(lambdaIntra: intra, lambdaInter: inter).on(
        [0.5], [0],
        [
          .satisfiedPromptScores: [1.2], .violatedPromptScores: [0.3], .multiChosenScores: [1.7],
          .multiRejectedScores: [0],
        ])
    }
    let plain = try RegularBT().on([0.5], [0])
    let none = try evaluate(0, 0)
    #expect(none.losses == plain.losses)
    #expect(none[.multiChosenScores] == [0])
    expectClose([try evaluate(1, 0).loss - plain.loss], [0.3411538747])
    expectClose([try evaluate(0, 1).loss - plain.loss], [0.2632824673])
    #expect(try evaluate(1, 1)[metric: "inter/accuracy"] == 1)
    // Identical prompts: ln 2, and their gradients cancel.
    let same = try MultiLevelAware().on(
      [0.5], [0],
      [
        .satisfiedPromptScores: [1], .violatedPromptScores: [1], .multiChosenScores: [0.5],
        .multiRejectedScores: [0],
      ])
    expectClose([same[metric: "intra/loss"] ?? .nan], [log(2.0)])
    #expect(same[.satisfiedPromptScores] == same[.violatedPromptScores].map { -$0 })
  }

  // MARK: Segments, §6.1: the chain 0–1–2–3

  private func returns(_ a: Float, _ b: Float, _ label: Float) throws -> ObjectiveResult {
    try PartialReturn().on([
      .aReturns: Tensor([a]), .bReturns: Tensor([b]), .labelProbability: Tensor([label]),
    ])
  }

  private func regrets(_ a: Float, _ b: Float, _ label: Float) throws -> ObjectiveResult {
    try Regret().on([
      .aRegrets: Tensor([a]), .bRegrets: Tensor([b]), .labelProbability: Tensor([label]),
    ])
  }

  @Test func segments() throws {
    // 0→1→2 against 2→1→0: the same return, regrets 0 and 4.
    #expect(abs(exp(-(try returns(-2, -2, 1).loss)) - 0.5) < 1e-7)
    expectClose([exp(-(try regrets(0, 4, 1).loss))], [0.9820137900])
    expectClose([exp(-(try regrets(0, 2, 1).loss))], [0.8807970780])
    #expect(try regrets(0, 4, 1).loss == returns(4, 0, 1).loss)
    #expect(try regrets(0, 4, 0).loss == regrets(4, 0, 1).loss)
    // Ties pull together.
    #expect(try returns(1, 0, 0.5)[.aReturns][0] > 0)
    #expect(try returns(1, 0, 0.5)[metric: "accuracy"] == nil)
    #expect(try regrets(0, 4, 1)[metric: "accuracy"] == 1)
  }
}
