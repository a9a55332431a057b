import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseTensor
import Testing

/// T13 of the methods reference: the data and its maximum likelihood; other fits are tested with
/// property regression.
struct PropertyVotesTests {
  @Test func dataAndMaximumLikelihood() throws {
    let (properties, votes) = PropertyVotes().draw()
    #expect(votes.count == 1500 && votes.count { $0 } == 764)
    #expect(Set(properties) == [-1, 0, 1])
    agree(
      try PropertyVotes().pairs().fit(),
      [0.7841548866, 0.3850305644, 0.0298812023, -0.5228014364, -0.8247653479])
  }
}

/// T14 of the methods reference and §3.4's worked step.
struct MetaShiftTests {
  @Test func workedStep() throws {
    let pairs = LinearPairs([1 - 0.1, 0.2 - 0.5, 0.3 - 0.8, -0.4 - 0.1], width: 2)
    let meta = [[[1, 0], [0.2, 0.5], [-0.5, 1.0]]]
    let step = try MetaStep([0.5, -0.2], pairs, meta, metaRate: 0.1, rate: 0.05)
    agree(step.spread, 0.4342697207)
    agree(step.spreadSlope, [0.1457991908, -0.0972198698])
    agree(step.ahead, [0.5145799191, -0.2097219870])
    agree(step.loss, 0.6182945291)
    agree(step.lossSlope, [-0.0326401835, 0.1902246041])
    agree(step.next, [0.5016320092, -0.2095112302])
    let plain = try MetaStep([0.5, -0.2], pairs, meta, metaRate: 0, rate: 0.05)
    agree(plain.next, [0.5017239813, -0.2095318245])
  }

  /// With s = +1 the deployed model spreads shifted responses less, not more; the accuracy stays.
  @Test func spreadsOfTheDeployedModel() throws {
    let problem = MetaShift()
    let plain = try problem.trained(metaRate: 0)
    agree(plain.theta, [0.9932278214, -0.0765749382, 1.1065127149])
    agree(plain.spread, 0.5542698060)
    agree(try problem.trained(metaRate: 0.5).theta[2], 1.0488675490)
    let one = try problem.trained(metaRate: 1)
    agree(one.theta, [0.9923583543, -0.0765264472, 0.9858007502])
    agree([one.spread, one.spreadAhead], [0.5411655517, 0.5536034247])
    let two = try problem.trained(metaRate: 2)
    agree([two.theta[2], two.spread], [0.8399507786, 0.5234473529])
    let down = try problem.trained(metaRate: 1, sign: -1)
    agree([down.theta[2], down.spread], [1.2085377310, 0.5643584770])
    for outcome in [plain, one, down] {
      #expect((0.7715...0.772).contains(outcome.accuracy))
    }
  }
}

/// T15 of the methods reference, to its tolerance of 1e-3.
struct EmbedModesTests {
  private let problem = EmbedModes()
  private let start = [Double](repeating: 1e-3, count: 4)

  private func scores(_ correction: DirectionalCorrection, _ b: [Double]) -> [Double] {
    problem.modes.map { correction.reward(of: $0, by: b) ?? .nan }
  }

  @Test func before() throws {
    let plain = try DirectionalCorrection(embedding: problem.prompt)
    let scores = scores(plain, [0, 0, 0, 0])
    agree(scores, [0.9815489871] + [Double](repeating: 0.7669649888, count: 4) + [0.6734899962])
    agree(EmbedModes.entropy(scores), 1.6449276040)
    agree(EmbedModes.gap(scores), 0.2333, within: 5e-5)
  }

  @Test func dotWithinABall() throws {
    let correction = try DirectionalCorrection(embedding: problem.prompt)
    let b = try #require(correction.fit(problem.modes, start: start, steps: 3000))
    agree(b, [0.9695, 0.2449, 0, 0], within: 1e-3)
    let scores = scores(correction, b)
    agree(EmbedModes.gap(scores), -0.1755, within: 1e-3)
    agree(EmbedModes.entropy(scores), 1.7466, within: 1e-3)
    // Without the ball b keeps growing.
    let free = try #require(
      correction.fit(problem.modes, start: start, steps: 3000, maxLength: nil))
    agree(free.reduce(0) { $0 + $1 * $1 }.squareRoot(), 3.81, within: 0.015)
  }

  @Test func cosine() throws {
    let correction = try DirectionalCorrection(embedding: problem.prompt, score: .cosine)
    let b = try #require(correction.fit(problem.modes, start: start, steps: 3000))
    agree(b, [0.1164, -0.2225, 0, 0], within: 1e-3)
    let scores = scores(correction, b)
    agree(EmbedModes.gap(scores), -0.1110, within: 1e-3)
    agree(EmbedModes.entropy(scores), 1.7716, within: 1e-3)
  }
}

/// T16 of the methods reference, to the printed three decimals.
struct DirectionGapTests {
  @Test func neighboursHelpWhereThePolicyIsWeak() {
    let found = DirectionGap().outcomes(degrees: [10, 20, 30, 40, 45])
    agree(found.map(\.winRate), [0.393, 0.367, 0.503, 0.637, 0.663], within: 5.1e-4)
    agree(found.map(\.baseline), [1.350, 1.340, 1.146, 0.918, 0.826], within: 5.1e-4)
    agree(found.map(\.selected), [1.270, 1.226, 1.146, 1.036, 0.961], within: 5.1e-4)
  }
}

/// T17 of the methods reference.
struct QuadMixTests {
  @Test func oneRound() throws {
    var mixture = GroupMixture(groups: 3)
    mixture.oneHotFactor = 0.8
    let drops = QuadMix().drops((0..<3).map { mixture.trial($0) })
    let effects = try mixture.effects(drops: drops)
    agree(effects[0], [0.025675, -0.026325, -0.0557], within: 1e-9)
    agree(effects[1], [-0.024325, 0.123675, -0.1057], within: 1e-9)
    agree(effects[2], [-0.049325, -0.101325, 0.3193], within: 1e-9)
    mixture.normalizes = false
    agree(mixture.columnSums(effects), [-0.047975, -0.003975, 0.1579], within: 1e-9)
    mixture.normalizes = true
    try mixture.update(drops: drops)
    agree(mixture.proportions, [0.3280762497, 0.3308183822, 0.3411053681])
  }
}
