import PairwiseEvaluation
import RealModule
import Testing

/// Best-of-n: the worked example, the identities of §10.15 and the toy T6 (methods reference).
struct BestOfNTests {
  @Test func workedExample() throws {
    let curve = try BestOfNCurve(
      [(proxy: [0.1, 0.4, 0.7, 1.2], gold: [0.3, 0.5, 0.9, 0.6])], sizes: [1, 2, 3, 4])
    let expected = [
      (0.6, 0.575, 0), (0.9, 0.6833333333, 0.1931471806), (1.075, 0.675, 0.4319456220),
      (1.2, 0.6, 0.6362943611),
    ]
    for (point, (proxy, gold, divergence)) in zip(curve.points, expected) {
      #expect(abs(point.proxy - proxy) < 1e-10 && abs(point.gold - gold) < 1e-10)
      #expect(abs(point.divergence - divergence) < 1e-10)
      #expect(point.proxyInterval == nil, "one prompt says nothing of others")
    }
    #expect(abs(BestOfNCurve.divergence(16) - 1.8350887222) < 1e-10)
    #expect(BestOfNCurve.powers(upTo: 20) == [1, 2, 4, 8, 16])
    #expect(BestOfNCurve.powers(upTo: .max).count == 63)
  }

  @Test func identities() throws {
    var generator = BootstrapGenerator(seed: 5)
    let proxy = (0..<50).map { _ in generator.normal() }
    let gold = (0..<50).map { _ in generator.normal() }
    let curve = try BestOfNCurve([(proxy: proxy, gold: gold)], sizes: Array(1...50))
    #expect(distance(curve.points[0].gold, gold.reduce(0, +) / 50) < 1e-14)
    let top = proxy.indices.max { proxy[$0] < proxy[$1] } ?? 0
    #expect(curve.points[49].gold == gold[top])
    #expect(zip(curve.points, curve.points.dropFirst()).allSatisfy { $0.proxy <= $1.proxy })
    let same = try BestOfNCurve([(proxy: proxy, gold: proxy)])
    #expect(same.points.allSatisfy { $0.gold == $0.proxy })
    // Equal scores with equal gold: their order says nothing.
    let ties = try BestOfNCurve([(proxy: [1, 1, 0, 2], gold: [5, 5, 3, 1])], sizes: [1, 2, 3])
    let turned = try BestOfNCurve([(proxy: [2, 1, 0, 1], gold: [1, 5, 3, 5])], sizes: [1, 2, 3])
    #expect(ties == turned)
    // All subsets of three of five, one by one.
    let (small, other) = (Array(proxy[..<5]), Array(gold[..<5]))
    var (sum, count) = (0.0, 0.0)
    for a in 0..<5 {
      for b in (a + 1)..<5 {
        for c in (b + 1)..<max(b + 1, 5) {
          sum += other[[a, b, c].max { small[$0] < small[$1] } ?? 0]
          count += 1
        }
      }
    }
    let three = try BestOfNCurve([(proxy: small, gold: other)], sizes: [3])
    #expect(abs(three.points[0].gold - sum / count) < 1e-14)
  }

  @Test func refuses() {
    func message(
      _ prompts: [(proxy: [Double], gold: [Double])], _ sizes: [Int]? = nil
    ) -> String? {
      error { () throws(EvaluationError) in _ = try BestOfNCurve(prompts, sizes: sizes) }?
        .description
    }
    #expect(message([]) == "best-of-n: found no pairs, expected at least one")
    #expect(
      message([([1, 2], [1, 2])], [3])
        == "best-of-n: found n = 3, expected 1 … 2, the fewest completions of a prompt")
    #expect(message([([1, 2], [1, .nan])])?.contains("gold scores of prompt 0") == true)
    #expect(message([([1, 2], [1])])?.contains("gold scores of prompt 0") == true)
    #expect(message([([], [])])?.contains("proxy scores of prompt 0") == true)
    #expect(
      error { () throws(EvaluationError) in
        _ = try OveroptimizationFit([(1, 1), (2, 1), (0, 0)], form: .bestOfN)
      }?.description
        == "curve: found 2 points with a distance above 0, expected 3 or more")
    #expect(
      error { () throws(EvaluationError) in
        _ = try OveroptimizationFit([(1, 1), (1, 1), (1, 0)], form: .bestOfN)
      } != nil)
  }

  /// Of x ~ N(0, I₂), gold x₁ − 0.3 x₂² and proxy x₁ + x₂ (T6): the best of n's by quadrature, density n φ Φⁿ⁻¹.
  private func population(_ n: Int) -> (proxy: Double, gold: Double) {
    var (mean, square) = (0.0, 0.0)
    let step = 18.0 / 40_000
    for index in 0...40_000 {
      let z = -9 + Double(index) * step
      let density =
        Double(n) * Double.exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        * Double.pow(Normal.cumulative(z), n - 1)
      mean += density * 2.0.squareRoot() * z * step
      square += density * 2 * z * z * step
    }
    return (mean, mean / 2 - 0.3 * (0.5 + square / 4))
  }

  @Test func populationCurve() throws {
    #expect(abs(population(64).proxy - 3.314540) < 1e-6)
    #expect(abs(population(64).gold - 0.652784) < 1e-6)
    let start = population(1).gold
    let points = (1...16).map { power in
      let n = 1 << power
      return (distance: BestOfNCurve.divergence(n).squareRoot(), gain: population(n).gold - start)
    }
    let fit = try OveroptimizationFit(points, form: .bestOfN)
    #expect(abs(fit.alpha - 1.0482088444) < 1e-9)
    #expect(abs(fit.beta - 0.2885890475) < 1e-9)
    #expect(abs(fit.determination - 0.9994407146) < 1e-9)
    let peak = try #require(fit.peak)
    #expect(abs(peak - 1.8160925602) < 1e-9)
    let best = try #require(points.max { $0.gain < $1.gain })
    #expect(abs(best.distance - 1.7817149276) < 1e-9, "n = 64")
    let size = try #require(fit.peakSize)
    // d* lies between the points of n = 64 and n = 128.
    #expect(size > 64 && size < 128)
    #expect(
      abs((Double.log(size) - 1 + 1 / size).squareRoot() - peak) < 1e-9, "n* is where √KL is d*")
  }

  @Test func reinforcementCurve() throws {
    let points = [0.5, 1, 2, 3, 5].map { d in
      (distance: d, gain: d * (1.2 - 0.4 * Double.log(d)))
    }
    let fit = try OveroptimizationFit(points, form: .reinforcement)
    #expect(abs(fit.alpha - 1.2) < 1e-12 && abs(fit.beta - 0.4) < 1e-12)
    #expect(abs(fit.determination - 1) < 1e-12)
    #expect(fit.peak.map { abs($0 - Double.exp(2)) < 1e-9 } == true)
    #expect(fit.peakSize == nil)
    #expect(distance(fit.gain(at: 2), points[2].gain) < 1e-12)
  }

  /// T6 by Monte Carlo: 60 prompts of 1024 candidates, gold at n = 64 and 512, and which ensembles hold up.
  @Test func ensemblesAgainstOveroptimization() throws {
    var generator = BootstrapGenerator(seed: 31)
    let prompts = (0..<60).map { _ in
      (0..<1024).map { _ in (generator.normal(), generator.normal()) }
    }
    let gold = prompts.map { $0.map { x, y in x - 0.3 * y * y } }
    func curve(_ proxy: [[Double]]) throws -> [Double] {
      let pairs = zip(proxy, gold).map { (proxy: $0, gold: $1) }
      return try BestOfNCurve(pairs, sizes: [64, 512], using: Bootstrap(resamples: 1)).points.map(
        \.gold)
    }
    func combined(_ ensemble: RewardEnsemble) throws -> [Double] {
      try curve(
        prompts.map { prompt in
          try ensemble.combined([1, 0.5, 0, -0.5].map { a in prompt.map { $0 + a * $1 } })
        })
    }
    let found = [
      try curve(prompts.map { $0.map { $0 + $1 } }), try combined(.mean), try combined(.worst),
      try combined(.uncertaintyWeighted(lambda: 0.96)), try curve(gold),
    ]
    let expected = [[0.71, 0.82], [1.91, 2.51], [2.13, 2.86], [2.13, 2.86], [2.16, 2.89]]
    for (row, (values, printed)) in zip(found, expected).enumerated() {
      for (value, figure) in zip(values, printed) {
        #expect(abs(value - figure) < 0.1, "row \(row): \(value)")
      }
    }
    #expect(found[0][1] < found[1][1] && found[1][1] < found[2][1])
  }
}
