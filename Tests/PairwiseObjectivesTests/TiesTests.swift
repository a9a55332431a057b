import Glibc
import PairwiseObjectives
import PairwiseTensor
import Testing

/// Comparisons with ties: the worked examples of the methods reference, §1.3, and their identities.
struct TiesTests {
  private func raoKupper(_ margin: Float, _ label: Float, tau: Float) throws -> ObjectiveResult {
    try RaoKupper().on([
      .aScores: Tensor([margin]), .bScores: Tensor([0]), .label: Tensor([label]),
      .tau: Tensor([tau]),
    ])
  }

  private func davidson(_ margin: Float, _ label: Float, nu: Float) throws -> ObjectiveResult {
    try Davidson().on([
      .aScores: Tensor([margin]), .bScores: Tensor([0]), .label: Tensor([label]),
      .nu: Tensor([nu]),
    ])
  }

  @Test func raoKupperNumbers() throws {
    let results = try [1, 0, -1].map { try raoKupper(0.8, $0, tau: 0.5) }
    expectClose(results.map(\.loss), [0.5543552445, 1.5540388437, 1.5410084538])
    expectClose(results.map { exp(-$0.loss) }, [0.5744425168, 0.2113924662, 0.2141650170])
    expectClose(results[1][.aScores] + results[1][.tau], [0.3602774999, -1.9525609475])
    expectClose(results[0][.aScores] + results[0][.tau], [-0.4255574832, 0.4255574832])
    #expect(results[1][metric: "tau"] == 0.5)
    #expect(results[1][metric: "tie_rate_observed"] == 1)
    expectClose([results[1][metric: "tie_rate_predicted"] ?? .nan], [0.2113924662])
    expectClose([exp(-(try raoKupper(0, 0, tau: 0.5).loss))], [0.2449186624])
  }

  @Test func davidsonNumbers() throws {
    let results = try [1, 0, -1].map { try davidson(0.8, $0, nu: 0.6) }
    expectClose(results.map { exp(-$0.loss) }, [0.5400964960, 0.2172225049, 0.2426809991])
    expectClose([exp(-(try davidson(0, 0, nu: 0.6).loss))], [0.2307692308])
    expectClose([results[0][metric: "tie_rate_predicted"] ?? .nan], [0.2172225049])
  }

  /// Probabilities add up to 1, also where one side is certain. Each is right to a few units of the seventh
  /// digit.
  @Test(arguments: [0, 1e-3, 1, 30, 700, -700] as [Float])
  func probabilitiesAddUp(margin: Float) throws {
    var sums = [0.0, 0.0]
    for label: Float in [1, 0, -1] {
      sums[0] += exp(-(try raoKupper(margin, label, tau: 0.5).loss))
      sums[1] += exp(-(try davidson(margin, label, nu: 0.6).loss))
    }
    for sum in sums { #expect(abs(sum - 1) < 1e-6) }
  }

  /// A threshold so wide that a tie is all but certain leaves the loss its digits: 2e⁻²⁰, not 0.
  @Test func certainTies() throws {
    expectClose([try raoKupper(0, 0, tau: 20).loss], [2 * exp(-20.0)])
    let large = try davidson(0, 0, nu: 1e8)
    expectClose([large.loss], [2e-8])
  }

  @Test func noThresholdIsBradleyTerry() throws {
    for label: Float in [1, -1] {
      let plain = try BradleyTerry().on([label * 0.75], [0])
      let result = try raoKupper(0.75, label, tau: 0)
      #expect(result.loss == plain.loss)
      #expect(result[.aScores].map { Double(label) * $0 } == plain[.chosenScores])
      expectClose([try davidson(0.75, label, nu: 1e-12).loss], [plain.loss])
    }
  }

  @Test func raoKupperIsOrdinal() throws {
    for label: Float in [1, 0, -1] {
      let ordinal = try OrdinalBT().on([
        .aScores: Tensor([0.8]), .bScores: Tensor([0]), .category: Tensor([label]),
        .cutPoints: Tensor([-0.5, 0.5]),
      ])
      let ties = try raoKupper(0.8, label, tau: 0.5)
      expectClose([ordinal.loss] + ordinal[.aScores], [ties.loss] + ties[.aScores])
    }
  }

  @Test func swappingSidesSwapsWins() throws {
    #expect(try raoKupper(0.8, 1, tau: 0.5).loss == raoKupper(-0.8, -1, tau: 0.5).loss)
    #expect(try davidson(0.8, 1, nu: 0.6).loss == davidson(-0.8, -1, nu: 0.6).loss)
  }

  /// A tie between equals pulls neither way.
  @Test func tiesOfEquals() throws {
    #expect(try raoKupper(0, 0, tau: 0.5)[.aScores] == [0])
    #expect(try davidson(0, 0, nu: 0.6)[.aScores] == [0])
  }

  /// What is not learned is a constant, at its value before training unless given.
  @Test func fixedTies() throws {
    let comparison: [InputName: Tensor] = [
      .aScores: Tensor([0.8]), .bScores: Tensor([0]), .label: Tensor([0]),
    ]
    let fixed = try RaoKupper(tie: TieParameter(0.5, isLearned: false)).on(comparison)
    #expect(fixed.loss == (try raoKupper(0.8, 0, tau: 0.5).loss))
    #expect(fixed.gradients.map(\.name) == [.aScores, .bScores])
    expectClose(fixed[.aScores], [0.3602774999])
    let davidson = try Davidson(tie: TieParameter(0.6, isLearned: false)).on(comparison)
    expectClose([exp(-davidson.loss)], [0.2172225049])
  }

  /// Fixed at 0 a tie is impossible, and decided pairs are Bradley–Terry's.
  @Test func withoutTies() throws {
    let none = TieParameter(0, isLearned: false)
    for objective in [RaoKupper(tie: none), Davidson(tie: none)] as [any Objective] {
      var comparison: [InputName: Tensor] = [
        .aScores: Tensor([0.75, 0.5]), .bScores: Tensor([0, 1]), .label: Tensor([1, -1]),
      ]
      let result = try objective.on(comparison)
      let plain = try BradleyTerry().on([0.75, 1], [0, 0.5])
      expectClose(result.doubles, plain.doubles)
      expectClose(result[.aScores], zip(plain[.chosenScores], [1, -1]).map { $0 * $1 })
      #expect(result[metric: "tie_rate_predicted"] == 0)
      comparison[.label] = Tensor([1, 0])
      #expect(
        refusal { try objective.on(comparison) } == "label: row 1: expected -1 or 1, found 0.0")
    }
  }

  @Test func refusals() {
    #expect(
      refusal { try raoKupper(0, 0, tau: 0) }
        == "tau: expected more than 0, as row 0 is a tie, found 0")
    #expect(
      refusal { try raoKupper(0, 2, tau: 1) } == "label: row 0: expected -1, 0 or 1, found 2.0")
    #expect(
      refusal { try davidson(0, 1, nu: 0) } == "nu: row 0: expected a number > 0.0, found 0.0")
    #expect(refusal { try raoKupper(0, 1, tau: -0.5) }?.hasPrefix("tau: row 0") == true)
  }

  /// What is decided counts, by who wins: a is right, b wrong, the tie left out.
  @Test func figures() throws {
    let result = try RaoKupper().on([
      .aScores: Tensor([1, 2, 0]), .bScores: Tensor([0, 0, 3]), .label: Tensor([1, -1, 0]),
      .tau: Tensor([0.5]),
    ])
    #expect(result[metric: "accuracy"] == 0.5)
    #expect(result[metric: "margin"] == -0.5)
    expectClose([result[metric: "tie_rate_observed"] ?? .nan], [1.0 / 3])
    expectClose([result[metric: "mean_reward"] ?? .nan], [1])
  }
}

/// Graded comparisons: the worked example of §1.4 and what it reduces to.
struct OrdinalTests {
  private static let cuts: [Float] = [-1.5, -0.7, -0.2, 0.2, 0.7, 1.5]

  private func evaluate(
    _ margin: Float, _ category: Float, cuts: [Float] = cuts
  ) throws -> ObjectiveResult {
    try OrdinalBT().on([
      .aScores: Tensor([margin]), .bScores: Tensor([0]), .category: Tensor([category]),
      .cutPoints: Tensor(cuts),
    ])
  }

  @Test func numbers() throws {
    let losses = try (-3...3).map { try evaluate(0.8, Float($0)).loss }
    expectClose(
      losses.map { exp(-$0) },
      [
        0.0911229610, 0.0913025628, 0.0865158976, 0.0854022724, 0.1206771187, 0.1931669596,
        0.3318122278,
      ])
    expectClose([losses[5]], [1.6442003881])
  }

  /// Reversing the sign of the margin and of the category changes nothing.
  @Test(arguments: -3...3) func mirrors(category: Int) throws {
    let (left, right) = (
      try evaluate(0.75, Float(category)), try evaluate(-0.75, Float(-category))
    )
    expectClose([left.loss], [right.loss])
  }

  /// Two categories are Bradley–Terry; an odd number of cut points has no category 0.
  @Test func withoutTies() throws {
    #expect(try evaluate(0.75, 1, cuts: [0]).loss == BradleyTerry().on([0.75], [0]).loss)
    #expect(try evaluate(0.75, -1, cuts: [0]).loss == BradleyTerry().on([0], [0.75]).loss)
    let four = try [-2, -1, 1, 2].map { exp(-(try evaluate(0.75, $0, cuts: [-1, 0, 1]).loss)) }
    #expect(abs(four.reduce(0, +) - 1) < 1e-6)
    #expect(refusal { try evaluate(0.75, 0, cuts: [-1, 0, 1]) }?.contains("but not 0") == true)
  }

  /// −∂/∂c of each cut point by hand: the band between two of them is σ(c_hi − Δ) − σ(c_lo − Δ). Cut points of the
  /// other bands have none.
  @Test func cutPointGradients() throws {
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    let (low, high) = (0.7 - 0.8, 1.5 - 0.8)
    let band = sigmoid(high) - sigmoid(low)
    let slopes = [low, high].map { sigmoid($0) * sigmoid(-$0) / band }
    let found = try evaluate(0.8, 2)[.cutPoints]
    expectClose(found, [0, 0, 0, 0, slopes[0], -slopes[1]])
    expectClose(
      try evaluate(0.8, 3)[.cutPoints], [0, 0, 0, 0, 0, sigmoid(0.7)])
    expectClose(
      try evaluate(0.8, -3)[.cutPoints], [-sigmoid(2.3), 0, 0, 0, 0, 0])
  }

  @Test func refusals() {
    #expect(refusal { try evaluate(0, 4) }?.hasPrefix("category: row 0: expected a whole") == true)
    #expect(
      refusal { try evaluate(0, 0.5) }?.hasPrefix("category: row 0: expected a whole") == true)
    #expect(
      refusal { try evaluate(0, 0, cuts: [0.5, -0.5]) }?.contains("increasing numbers") == true)
    #expect(
      refusal { try evaluate(0, 0, cuts: [-0.5, 0.25]) }?.contains("mirror around 0") == true)
    #expect(refusal { try evaluate(0, 0, cuts: [-0.5, -0.5]) }?.contains("increasing") == true)
  }

  /// Where the trained numbers start, the cut points are the ones asked for.
  @Test func startsWhereAsked() throws {
    let objective = OrdinalBT(initialCuts: [0.25, 1])
    guard case .learned(let numbers)? = objective.inputs.last?.source else {
      Issue.record("cut points are learned")
      return
    }
    #expect(numbers.count == 4)
  }
}
