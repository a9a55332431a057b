import PairwiseEvaluation
import PairwiseLaboratory
import PairwiseTensor
import Testing

/// T4 of the methods reference: an ensemble's view of wrong labels, and curation by two models.
struct NoisyLinearTests {
  private let problem = NoisyLinear()
  private let train: ToyPairs
  private let pairs: LinearPairs
  private let test: LinearPairs
  private let strength: PreferenceStrength

  init() throws {
    train = problem.draw(.train)
    pairs = LinearPairs(train)
    test = LinearPairs(problem.draw(.test))
    // Ten bootstrap resamples of the rows, one after the other from one stream.
    var rng = SplitMix64(seed: 23)
    var deltas = [[Double]](repeating: [], count: train.count)
    for _ in 0..<10 {
      let rows = (0..<train.count).map { _ in rng.randint(400) }
      let theta = try LinearPairs(train.selecting(rows)).fit(l2: 1e-3)
      for (row, score) in pairs.scores(theta).enumerated() { deltas[row].append(score) }
    }
    strength = try PreferenceStrength(deltas)
  }

  private func treated(_ treatment: StrengthTreatment) throws -> LinearPairs {
    let result = try treatment.applied(to: strength.means)
    var pairs = LinearPairs(train.flipping(result.flipped))
    pairs.margins = result.margins
    pairs.pulls = result.smoothing
    return pairs
  }

  @Test func draws() throws {
    #expect(train.count == 400 && train.notes.count { $0.isFlipped } == 98)
    agree(test.accuracy(problem.theta), 0.86075)
    let wrong = train.notes.indices.filter { train.notes[$0].isFlipped }
    try expect(LinearPairs(train.flipping(wrong)), 0.85400, 0.3224202600)
    try expect(pairs, 0.83625, 0.5018424614)
  }

  /// Test accuracy and, where it is printed, −log likelihood of a fit with the ensemble's penalty.
  private func expect(
    _ pairs: LinearPairs, _ accuracy: Double, _ loss: Double? = nil, l2: Double = 1e-3,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let theta = try pairs.fit(l2: l2)
    agree(test.accuracy(theta), accuracy, within: 1e-9, location)
    if let loss { agree(test.logLoss(theta), loss, within: 1e-6, location) }
  }

  @Test func strengthsFindFlips() {
    let wrong = train.notes.map(\.isFlipped)
    agree(strength.negativeShare, 0.33)
    let order = strength.order
    var shares: [Double] = []
    var means: [Double] = []
    for bin in 0..<5 {
      let rows = order[bin * 80..<(bin + 1) * 80]
      shares.append(Double(rows.count { wrong[$0] }) / 80)
      means.append(rows.reduce(0) { $0 + strength.means[$1] } / 80)
    }
    agree(shares, [0.825, 0.275, 0.1, 0.025, 0])
    agree(means, [-0.8715, -0.0702, 0.2941, 0.7311, 1.3500], within: 5e-5)
    agree(
      FlipDetection.area(strengths: strength.means, wrong: wrong)?.value ?? .nan, 0.9308,
      within: 5e-5)
  }

  @Test func whatIsDoneAboutThem() throws {
    var flip = StrengthTreatment()
    flip.flips = .fraction(0.2)
    var flipMargin = flip
    flipMargin.marginScale = 1
    var margin = StrengthTreatment()
    margin.marginScale = 1
    var softMargin = margin
    softMargin.softening = 0.1
    try expect(treated(flip), 0.8415, 0.3890257884)
    try expect(treated(margin), 0.83625)
    try expect(treated(flipMargin), 0.84050)
    try expect(treated(softMargin), 0.83600, 0.3957535264)
    let order = strength.order
    try expect(LinearPairs(train.selecting(Array(order.dropFirst(80)))), 0.84300, 0.3774376028)
    // Below chance: most labels of the weakest fifth are wrong. Printed at a penalty of 0.01.
    try expect(LinearPairs(train.selecting(Array(order.prefix(80)))), 0.1745, l2: 0.01)
  }

  @Test func curation() throws {
    let wrong = train.notes.map(\.isFlipped)
    let gold = problem.gold()
    let best = pairs.scores(try pairs.fit(l2: 1e-3))
    let trusted = try LinearPairs(gold).fit(l2: 0.05)
    let trustedScores = pairs.scores(trusted)
    func correct(_ rows: [Int]) -> Double {
      Double(rows.count { !wrong[$0] }) / Double(rows.count)
    }
    agree(correct(Array(0..<400)), 0.7550)
    agree(test.accuracy(trusted), 0.84975)
    var filter = CurationFilter()
    filter.mode = .askTheRest
    let sure = (0..<400).filter { filter.decide(best: best[$0]) == .keep }
    #expect(sure.count == 265)
    agree(correct(sure), 0.9434, within: 5e-5)
    filter.mode = .goldConsistent
    let kept = (0..<400).filter {
      filter.decide(best: best[$0], gold: trustedScores[$0]) == .keep
    }
    #expect(kept.count == 239)
    agree(correct(kept), 0.9540, within: 5e-5)
    filter.recycles = true
    let turned = (0..<400).filter {
      filter.decide(best: best[$0], gold: trustedScores[$0]) == .recycle
    }
    let right = (0..<400).count { wrong[$0] == turned.contains($0) }
    agree(Double(right) / 400, 0.7875)
    let onKept = try LinearPairs(train.selecting(kept)).fit(l2: 1e-3)
    agree(test.accuracy(onKept), 0.85175)
    let withGold = LinearPairs(train.selecting(kept).differences + gold.differences, width: 8)
    agree(test.accuracy(try withGold.fit(l2: 1e-3)), 0.85575)
    let recycled = LinearPairs(train.flipping(turned))
    agree(test.accuracy(try recycled.fit(l2: 1e-3)), 0.84400)
  }
}
