import PairwiseEvaluation
import PairwiseLaboratory
import Testing

/// T1 of the methods reference: every number is from its table, printed to ten decimals.
struct LinearBTTests {
  private let train = LinearBT().draw(.train)
  private let test = LinearPairs(LinearBT().draw(.test))

  private func flipped() -> ToyPairs {
    var problem = LinearBT()
    problem.flipRate = 0.2
    return problem.draw(.train)
  }

  @Test func plainFit() throws {
    let pairs = LinearPairs(train)
    let theta = try pairs.fit()
    agree(theta, [1.1259172774, -0.5396635744, 0.3397060392, 0.0016714757])
    agree(pairs.logLoss(theta), 0.4891777507)
    agree(test.logLoss(theta), 0.4900677403)
    agree(test.accuracy(theta), 0.758)
    agree(
      try #require(pairs.standardErrors(at: theta)),
      [0.0778934057, 0.0628016917, 0.0577070416, 0.0552478706])
  }

  @Test func smoothingAndMargin() throws {
    let smooth = try LinearPairs(train).pulled(by: 0.1).fit()
    agree(smooth, [0.7479970751, -0.3576487684, 0.2255848635, 0.0026452869])
    agree(test.accuracy(smooth), 0.758)
    var pairs = LinearPairs(train)
    pairs.margins = [Double](repeating: 1, count: pairs.count)
    let margin = try pairs.fit()
    agree(margin, [1.6753973448, -0.8079732747, 0.5020509154, 0.0191776961])
    agree(test.accuracy(margin), 0.757)
  }

  @Test func flipsAndTheirCorrection() throws {
    let pairs = flipped()
    #expect(pairs.notes.count { $0.isFlipped } == 227)
    let plain = try LinearPairs(pairs).fit()
    agree(plain, [0.4029648703, -0.1622739232, 0.1291327630, 0.0165318266])
    agree(test.logLoss(plain), 0.5606930169)
    agree(test.accuracy(plain), 0.760)
    let corrected = try LinearPairs(pairs).pulled(by: -0.2 / (1 - 0.4)).fit()
    agree(corrected, [0.8102871909, -0.3255912048, 0.2611081337, 0.0358292647])
    agree(test.logLoss(corrected), 0.5032107166)
    // §1.2: flips shrink the weights to 0.350 of the clean fit's norm, and hurt calibration, not order.
    let clean = try LinearPairs(train).fit()
    agree(norm(plain) / norm(clean), 0.350, within: 5e-4)
  }

  @Test func truth() {
    agree(test.logLoss(LinearBT().theta), 0.4914133858)
    agree(test.accuracy(LinearBT().theta), 0.755)
  }

  @Test func draws() {
    // a and b of the first pair; its label is 1, so a is the chosen side.
    agree(Array(train.chosen(0)), [-0.0342673218, -2.5000674934, 0.0877224683, -2.0271348480])
    agree(Array(train.rejected(0)), [0.2237985824, -0.8024102836, -1.0820691017, 0.5329423602])
    #expect(train.count == 1000 && train.width == 4)
  }

  /// Smoothing on separable pairs has the finite optimum z = ln((1 − α)/α); without it there is none.
  @Test func separablePairs() throws {
    let pairs = LinearPairs([1, 1, 1], width: 1)
    #expect(throws: FitError.separable("logistic fit")) { try pairs.fit() }
    #expect(throws: FitError.separable("logistic fit")) { try pairs.pulled(by: -0.25).fit() }
    agree(try pairs.pulled(by: 0.1).fit(), [2.1972245773])
  }

  private func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
