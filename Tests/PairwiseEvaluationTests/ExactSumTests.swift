import PairwiseEvaluation
import Testing

struct ExactSumTests {
  @Test func keepsWhatRoundingWouldLose() {
    // Plain addition from the left gives 0.
    #expect(ExactSum([1e100, 1, -1e100]).value == 1)
    #expect(ExactSum([1e16, 1, 1e-16, -1e16]).value == 1)
    // 2⁵³ + 1 is a tie, decided upwards by the term below it.
    #expect(ExactSum([0x1p53, 1, 0x1p-60]).value == 0x1p53 + 2)
    #expect(ExactSum([0x1p53, 1]).value == 0x1p53)
    #expect(ExactSum([0.1, 0.2, 0.3, -0.6]).value == 0x1p-55)  // as Python's math.fsum
    #expect(ExactSum().value == 0)
  }

  @Test(arguments: 0..<20) func doesNotDependOnOrderOrSplit(seed: Int) {
    var generator = BootstrapGenerator(seed: UInt64(seed))
    let terms = (0..<500).map { _ in
      let exponent = Double(generator.index(below: 40)) - 20
      return (generator.uniform() - 0.5)
        * Double(sign: .plus, exponent: Int(exponent), significand: 1)
    }
    let expected = ExactSum(terms).value
    #expect(ExactSum(terms.reversed()).value == expected)
    #expect(ExactSum(terms.shuffled(using: &generator)).value == expected)
    let cut = generator.index(below: terms.count)
    var left = ExactSum(terms[..<cut])
    left.merge(ExactSum(terms[cut...]))
    #expect(left.value == expected)
  }

  @Test func productsAreExact() {
    var sum = ExactSum()
    sum.addProduct(1 + 0x1p-52, 1 + 0x1p-52)  // 1 + 2⁻⁵¹ + 2⁻¹⁰⁴
    sum.add(-1)
    sum.add(-0x1p-51)
    #expect(sum.value == 0x1p-104)
  }
}

struct MomentsTests {
  @Test func agreesWithTheDefinitions() {
    var moments = Moments()
    for x in [2.0, 4, 4, 4, 5, 5, 7, 9] { moments.add(x) }  // the textbook set: mean 5, σ 2
    #expect(moments.mean == 5)
    #expect(moments.populationStandardDeviation == 2)
    #expect(moments.sampleStandardDeviation == (32.0 / 7).squareRoot())
    #expect(moments.minimum == 2)
    #expect(moments.maximum == 9)
  }

  @Test func aLargeOffsetCostsNoDigits() {
    var plain = Moments()
    var shifted = Moments()
    for x in [0.25, 0.5, 1, 4] {
      plain.add(x)
      shifted.add(x + 1e12)  // exact: 1e12 has 13 bits to spare below 2⁵³
    }
    #expect(shifted.populationStandardDeviation == plain.populationStandardDeviation)
  }

  @Test func nothingIsKnownOfNothing() {
    let moments = Moments()
    #expect(moments.mean == nil)
    #expect(moments.populationStandardDeviation == nil)
    var one = moments
    one.add(3)
    #expect(one.populationStandardDeviation == 0)
    #expect(one.sampleStandardDeviation == nil)
  }

  @Test func quantilesInterpolate() {
    // numpy.quantile([1, 2, 3, 4], [0, .25, .5, .9, 1])
    let expected = [(0, 1), (0.25, 1.75), (0.5, 2.5), (0.9, 3.7), (1, 4)]
    for (fraction, value) in expected {
      #expect(distance(Quantiles.quantile(ofSorted: [1, 2, 3, 4], at: fraction), value) < 1e-15)
    }
    #expect(Quantiles.quantile(ofSorted: [7], at: 0.3) == 7)
  }
}
