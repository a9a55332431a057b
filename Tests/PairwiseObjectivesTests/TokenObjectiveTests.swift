import PairwiseObjectives
import PairwiseTensor
import Testing

/// The identities and worked numbers of token-level objectives: methods document, sections 4.1 to 4.6.
struct TokenObjectiveTests {
  typealias Given = [(name: InputName, tensor: Tensor)]

  // MARK: Fixture T (section 1.9), with numbers at masked places that must not matter

  private static let junk: Float = 7
  private static let tokens: Given = [
    (
      .policyChosenTokenLogps,
      matrix([-0.7873386717, -0.4648151647, -0.4013236954, -0.9059565157, -0.3423495824, junk])
    ),
    (
      .policyRejectedTokenLogps,
      matrix([-1.3157695534, -1.2873386717, junk, -1.3537327985, -0.5820589155, -0.4584342131])
    ),
    (
      .refChosenTokenLogps,
      matrix([-1.1672241647, -0.7873386717, -0.8947715067, -1.1672241647, -0.7873386717, junk])
    ),
    (
      .refRejectedTokenLogps,
      matrix([-1.3585520976, -1.6672241647, junk, -1.2327659662, -0.8157695534, -0.7873386717])
    ),
    (.chosenMask, matrix([1, 1, 1, 1, 1, 0])), (.rejectedMask, matrix([1, 1, 0, 1, 1, 1])),
  ]
  private static let divergences: Given = [
    (
      .chosenTokenKL,
      matrix([0.0588848414, 0.0968684361, 0.1461153827, 0.0525026854, 0.2165936120, junk])
    ),
    (
      .rejectedTokenKL,
      matrix([0.0421992178, 0.1201145070, junk, 0.0242617040, 0.0625307612, 0.0815705968])
    ),
  ]
  /// Masks of the example of section 4.2.6.
  private static let chosenMask: [Float] = [0.2, 0.9, 0, 1, 0.5, junk]
  private static let rejectedMask: [Float] = [0, 0.75, junk, 0.25, 0, 1]

  private static func matrix(_ values: [Float]) -> Tensor { Tensor([2, 3], values) }

  private static func masks(_ chosen: [Float], _ rejected: [Float], _ kind: String = "sparse")
    -> Given
  {
    [
      (InputName("chosen_\(kind)_mask"), matrix(chosen)),
      (InputName("rejected_\(kind)_mask"), matrix(rejected)),
    ]
  }

  private static func full(_ value: Float) -> [Float] { [Float](repeating: value, count: 6) }

  private func evaluate(_ objective: any Objective, _ more: Given = divergences) throws
    -> ObjectiveResult
  {
    try objective.evaluate(TokenObjectiveTests.tokens + more)
  }

  /// Inputs are rounded to ten decimals, and losses of order 1 are float32: a few units of 6e-8.
  private func expect(_ got: Tensor, _ want: [Float], _ comment: Comment? = nil) {
    #expect(zip(got.array, want).allSatisfy { abs($0 - $1) < 5e-7 }, comment)
    #expect(got.count == want.count, comment)
  }

  private func dpo(beta: Float = 0.1) throws -> ObjectiveResult {
    try DPO(beta: beta).evaluate([
      (.policyChosenLogps, Tensor([-1.6534775317, -1.2483060981])),
      (.policyRejectedLogps, Tensor([-2.6031082251, -2.3942259272])),
      (.refChosenLogps, Tensor([-2.8493343432, -1.9545628364])),
      (.refRejectedLogps, Tensor([-3.0257762624, -2.8358741913])),
    ])
  }

  // MARK: 4.1

  @Test func divergencesEnterBothForms() throws {
    expect(try evaluate(TDPO1()).losses, [0.6485510101, 0.6750469290])
    expect(try evaluate(TDPO2()).losses, [0.6518868457, 0.6775224325])
  }

  @Test func tdpo2WithoutAlphaIsDPO() throws {
    expect(try evaluate(TDPO2(alpha: 0)).losses, try dpo().losses.array)
  }

  /// The same value, but the chosen side's divergence gets no gradient.
  @Test func tdpo2WithAlpha1HasAnotherGradient() throws {
    let (one, two) = (try evaluate(TDPO1()), try evaluate(TDPO2(alpha: 1)))
    expect(one.losses, two.losses.array)
    #expect(two.gradients[2].name == .chosenTokenKL)
    #expect(two.gradients[2].tensor.array.allSatisfy { $0 == 0 })
    #expect(one.gradients[2].tensor.array[0] != 0)
    expect(one.gradients[3].tensor, two.gradients[3].tensor.array)
  }

  // MARK: 4.2

  @Test func sparseExamples() throws {
    let masks = Self.masks(Self.chosenMask, Self.rejectedMask) + Self.divergences
    expect(try evaluate(SparsePO(maskMode: .common), masks).losses, [0.6886470113, 0.6803174073])
    expect(
      try evaluate(SparsePO(maskMode: .common, l1Reward: 0.001, l1KL: 0.001), masks).losses,
      [0.6904970113, 0.6830674073])
    let independent =
      Self.masks(Self.chosenMask, Self.rejectedMask, "reward")
      + Self.masks([0.5, 0, 1, 0.25, 0.75, Self.junk], [1, 0.5, Self.junk, 0, 0.5, 0.25], "kl")
      + Self.divergences
    expect(
      try evaluate(SparsePO(maskMode: .independent), independent).losses,
      [0.6854452971, 0.6778159219])
    expect(
      try evaluate(SparsePO(maskMode: .independent, l1Reward: 0.001, l1KL: 0.001), independent)
        .losses, [0.6902952971, 0.6823159219])
  }

  @Test func masksOfOneAreTDPO1() throws {
    let plain = try evaluate(TDPO1())
    for masked in [
      try evaluate(
        SparsePO(maskMode: .common), Self.masks(Self.full(1), Self.full(1)) + Self.divergences),
      try evaluate(MAPO(), Self.masks(Self.full(1), Self.full(1)) + Self.divergences),
      try evaluate(SparsePO(maskMode: .independent, masksReward: false, masksKL: false)),
    ] {
      #expect(masked.losses == plain.losses)
      for i in 0..<4 { #expect(masked.gradients[i].tensor == plain.gradients[i].tensor) }
    }
  }

  @Test func masksOnRewardsAloneAreDPO() throws {
    let given =
      Self.masks(Self.full(1), Self.full(1), "reward")
      + Self.masks(Self.full(0), Self.full(0), "kl")
      + Self.divergences
    expect(try evaluate(SparsePO(maskMode: .independent), given).losses, try dpo().losses.array)
  }

  @Test func deadMasksTrainNothing() throws {
    let dead = try evaluate(
      SparsePO(maskMode: .common), Self.masks(Self.full(0), Self.full(0)) + Self.divergences)
    expect(dead.losses, [0.6931471806, 0.6931471806])
    for i in 0..<4 { #expect(dead.gradients[i].tensor.array.allSatisfy { $0 == 0 }) }
  }

  /// Masks of c are TDPO1 with β·c; the activation mask does what a common mask does.
  @Test func scaledMasksAndActivations() throws {
    let given = Self.masks(Self.full(0.5), Self.full(0.5)) + Self.divergences
    let half = try evaluate(SparsePO(beta: 0.5, maskMode: .common), given)
    expect(half.losses, try evaluate(TDPO1(beta: 0.25)).losses.array)
    #expect(try evaluate(MAPO(beta: 0.5), given).losses == half.losses)
  }

  @Test func tiedMasksAreCommonOnes() throws {
    let tied =
      Self.masks(Self.chosenMask, Self.rejectedMask, "reward")
      + Self.masks(Self.chosenMask, Self.rejectedMask, "kl") + Self.divergences
    let common = Self.masks(Self.chosenMask, Self.rejectedMask) + Self.divergences
    // λ counts twice for independent masks: half of it is the common one's.
    let a = try evaluate(SparsePO(maskMode: .independent, l1Reward: 0.25, l1KL: 0.25), tied)
    let b = try evaluate(SparsePO(maskMode: .common, l1Reward: 0.5, l1KL: 0.5), common)
    expect(a.losses, b.losses.array)
  }

  @Test func gradientsOfMasks() throws {
    let reward =
      Self.masks(Self.chosenMask, Self.rejectedMask, "reward")
      + Self.masks(Self.chosenMask, Self.rejectedMask, "kl") + Self.divergences
    let gradients = try evaluate(SparsePO(maskMode: .independent), reward).gradients
    // Of the mean over two pairs: half of what section 4.2.6 prints.
    let expected: [InputName: [Float]] = [
      .chosenRewardMask: [
        -0.0189086046, -0.0160534413, -0.0245611104, -0.0128947025, -0.0219621600, 0,
      ],
      .rejectedRewardMask: [
        0.0021294791, 0.0189086046, 0, -0.0059702428, 0.0115346433, 0.0162328752,
      ],
      .chosenKLMask: [
        -0.0029309626, -0.0048215765, -0.0072728179, -0.0025912374, -0.0106898431, 0,
      ],
      .rejectedKLMask: [0.0021004443, 0.0059786377, 0, 0.0011974213, 0.0030861669, 0.0040258661],
    ]
    for (name, want) in expected {
      let got = try #require(gradients.first { $0.name == name }).tensor
      expect(got, want.map { $0 / 2 }, "\(name)")
    }
  }

  @Test func maskFigures() throws {
    let given = Self.masks(Self.chosenMask, Self.rejectedMask) + Self.divergences
    let metrics = try evaluate(SparsePO(maskMode: .common), given).metrics
    func metric(_ name: String) -> Double { metrics.first { $0.name == name }?.value ?? .nan }
    #expect(metric("masks/reward/sparsity/chosen") == 20)
    #expect(metric("masks/reward/sparsity/rejected") == 40)
    #expect(abs(metric("masks/kl/mean/chosen") - 2.6 / 5) < 1e-7)
    #expect(metric("masks/kl/max/rejected") == 1)
    #expect(abs(metric("masks/reward/l1/chosen") - 1.3) < 1e-7)
    let mapo = try evaluate(MAPO(), Self.masks(Self.chosenMask, Self.full(1)) + Self.divergences)
    #expect(mapo.metrics.first { $0.name == "masks/undefined" }?.value == 0.5)
  }

  // MARK: 4.3

  private func dense(_ labels: Tensor, length: Int) throws -> ObjectiveResult {
    func row(_ values: [Float]) -> Tensor { Tensor([2, 3], values) }
    return try DenseDPO(segmentLength: length).evaluate([
      (.policyChosenTokenLogps, row([-0.5, -1.25, -0.25, -1, -0.75, -1.5])),
      (.policyRejectedTokenLogps, row([-0.75, -0.5, -1.5, -0.5, -0.5, -0.75])),
      (.refChosenTokenLogps, row([-1, -1, -1, -2, -1, -1])),
      (.refRejectedTokenLogps, row([-1, -1, -1, -1, -1, -1])),
      (.chosenMask, row([1, 1, 1, 1, 1, 1])), (.rejectedMask, row([1, 1, 1, 1, 1, 1])),
      (.segmentLabels, labels),
    ])
  }

  @Test func segmentsOfTheExample() throws {
    let labels = Tensor([2, 3], [1, -1, 1, 1, 0, -1])
    expect(try dense(labels, length: 1).losses, [0.5869620020, 0.6325990353])
  }

  @Test func ofOneSegmentOrOneLabelItIsDPO() throws {
    let plain = try dense(Tensor([2, 1], [1, 1]), length: 3)
    #expect(try dense(Tensor([2, 3], [1, 1, 1, 1, 1, 1]), length: 1).losses == plain.losses)
    let ties = try dense(Tensor([2, 3], [0, 0, 0, 0, 0, 0]), length: 1)
    expect(ties.losses, [0.6931471806, 0.6931471806])
    #expect(ties.gradients.allSatisfy { $0.tensor.array.allSatisfy { $0 == 0 } })
    #expect(ties.metrics.first { $0.name == "segments/unlabelled_pairs" }?.value == 1)
  }

  @Test func segmentsMustFit() {
    for (labels, length, word) in [
      (Tensor([2, 2], [1, 1, 1, 1]), 1, "2 labels a row"),
      (Tensor([2, 2], [1, 1, 1, -1]), 3, "segment 1 has a label"),
      (Tensor([2, 3], [1, 1, 1, 0.5, 1, 1]), 1, "-1, 0 or 1"),
    ] {
      #expect {
        try dense(labels, length: length)
      } throws: { "\($0)".contains(word) }
    }
  }

  // MARK: 4.4 and 4.6

  @Test func lengthDesensitised() throws {
    expect(try evaluate(LDDPO(alpha: 0.5), []).losses, [0.6671703537, 0.6719242441])
    expect(try evaluate(LDDPO(alpha: 1), []).losses, try dpo().losses.array)
  }

  @Test func weightedByThePolicy() throws {
    // log Σ π² of the policy's distributions of fixture T.
    func squares(_ logits: [[Double]?]) -> Tensor {
      Self.matrix(
        logits.map { row in
          guard let row else { return Self.junk }
          let total = row.reduce(0) { $0 + exp($1) }
          return Float(log(row.reduce(0) { $0 + exp(2 * $1) } / (total * total)))
        })
    }
    let given: Given = [
      (
        .chosenTokenLogSumSquares,
        squares([
          [1, 0.5, -0.5, 0], [0.25, 1.5, 0, -1], [0, 0, 2, 0.5], [-0.5, 0.75, 0.25, 1],
          [2, -1, 0.5, 0], nil,
        ])
      ),
      (
        .rejectedTokenLogSumSquares,
        squares([
          [0, 1, 0.5, -0.25], [1, 0, -0.5, 0.5], nil, [0.5, 0.5, 1, -1], [0, 0.25, -0.75, 1.25],
          [1.5, 0, 0, -0.5],
        ])
      ),
    ]
    expect(try evaluate(WPO(clamps: false), given).losses, [0.7880781741, 1.0603848385])
    let clamped = try evaluate(WPO(), given)
    expect(clamped.losses, try dpo().losses.array)
    #expect(clamped.metrics.first { $0.name == "wpo/clamped_share" }?.value == 1)
  }

  // MARK: Mixtures

  @Test func mixesWithOthers() throws {
    let mixed = WeightedSum([.init(0.75, TDPO1()), .init(0.25, TDPO2())])
    let losses = zip(
      try evaluate(TDPO1()).losses.array, try evaluate(TDPO2()).losses.array
    ).map { 0.75 * $0 + 0.25 * $1 }
    expect(try evaluate(mixed).losses, losses)
  }
}

#if canImport(Glibc)
  import Glibc
#endif
