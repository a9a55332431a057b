import PairwiseAutodiff
import PairwiseTensor
import PairwiseTestSupport
import Testing

@Suite struct ElementwiseTests {
  /// Values and slopes against their closed forms over denormals … 300, in ulps.
  @Test(arguments: ElementwiseCase.all)
  func accuracy(_ row: ElementwiseCase) {
    let x = row.sweep
    let (values, slopes) = row.evaluate(x)
    var worst = (value: 0.0, at: Float(0)), worstSlope = (value: 0.0, at: Float(0))
    for (i, input) in x.enumerated() {
      let point = Double(input)
      let error = excess(values[i], row.f(point), row.valueUlps(point))
      if error > worst.value { worst = (error, input) }
      let exact = row.slope(point)
      if exact.isNaN { continue }
      let slopeError = excess(slopes[i], exact, row.slopeUlps(point))
      if slopeError > worstSlope.value { worstSlope = (slopeError, input) }
    }
    #expect(worst.value <= 1, "\(row.name): value at \(worst.at) is \(worst.value) × its bound")
    #expect(
      worstSlope.value <= 1,
      "\(row.name): slope at \(worstSlope.at) is \(worstSlope.value) × its bound")
  }

  /// The error as a multiple of what is allowed. Products with a denormal factor (e^x below −87 times x)
  /// keep no relative accuracy: 2⁻¹⁴⁰ is allowed whatever the size.
  private func excess(_ found: Float, _ exact: Double, _ ulps: Double) -> Double {
    if abs(Double(found) - exact) <= 0x1p-140 { return 0 }
    return Ulps.error(found, exact) / max(ulps, 0.5)
  }

  @Test(arguments: ElementwiseCase.all)
  func infinitiesGiveTheLimits(_ row: ElementwiseCase) {
    let (values, slopes) = row.evaluate([-.infinity, .infinity])
    for (i, limit) in [row.atMinusInfinity, row.atInfinity].enumerated() {
      #expect(same(values[i], limit.0), "\(row.name): value \(values[i]), limit \(limit.0)")
      #expect(
        limit.0.isNaN || same(slopes[i], limit.1),
        "\(row.name): slope \(slopes[i]), limit \(limit.1)")
    }
  }

  /// A NaN must not be swallowed, whatever its place in a vector of the kernel.
  @Test(arguments: ElementwiseCase.all)
  func nanPropagates(_ row: ElementwiseCase) {
    for place in [0, 5, 16, 36] {
      var x = [Float](repeating: -0.5, count: 37)
      x[place] = .nan
      let values = row.evaluate(x).values
      #expect(values[place].isNaN, "\(row.name): NaN at \(place) became \(values[place])")
    }
  }

  @Test func conventionsAtKinks() {
    for row in ElementwiseCase.all where row.name == "abs" || row.name == "relu" {
      #expect(row.evaluate([0, -0.0]).slopes == [0, 0], "\(row.name): the derivative at 0 is 0")
    }
  }

  @Test func polesAtTheEdgeOfTheDomain() {
    let edges: [(String, Float, Float, Float)] = [
      ("log", 0, -.infinity, .infinity), ("sqrt", 0, 0, .infinity),
      ("log1p", -1, -.infinity, .infinity),
      ("log1mexp", 0, -.infinity, -.infinity),
    ]
    for (name, x, value, slope) in edges {
      for row in ElementwiseCase.all where row.name == name {
        let found = row.evaluate([x])
        #expect(found.values[0] == value && found.slopes[0] == slope, "\(name) at \(x): \(found)")
      }
    }
  }

  @Test func outsideOfTheDomainIsNaN() {
    for (name, x) in [("log", Float(-1)), ("sqrt", -1), ("log1p", -2), ("log1mexp", 0.5)] {
      for row in ElementwiseCase.all where row.name == name {
        #expect(row.evaluate([x]).values[0].isNaN, "\(name) at \(x)")
      }
    }
  }

  private func same(_ a: Float, _ b: Float) -> Bool { a == b || (a.isNaN && b.isNaN) }
}
