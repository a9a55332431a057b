import PairwiseEvaluation
import RealModule
import Testing

/// Property regression: the worked example, T13 and identities (methods reference, §8.5).
struct PropertyRegressionTests {
  private let xs = [1, 1, -1, 1, 0.5, -0.5]
  private let ys = [true, true, false, false, true, false]

  private func example() throws(EvaluationError) -> PropertyRegression {
    try PropertyRegression(comparisons: xs.map { [$0] }, firstWins: ys)
  }

  /// T13: 1500 comparisons of five properties, α* = (.8, .4, 0, −.4, −.8).
  private func votes() throws(EvaluationError) -> PropertyRegression {
    let truth = [0.8, 0.4, 0, -0.4, -0.8]
    var generator = BootstrapGenerator(seed: 51)
    var (rows, labels): ([[Double]], [Bool]) = ([], [])
    for _ in 0..<1500 {
      let x = truth.map { _ in Double(generator.integer(below: 3) - 1) }
      rows.append(x)
      let margin = zip(x, truth).reduce(0) { $0 + $1.0 * $1.1 }
      labels.append(generator.uniform() < Logistic.sigmoid(margin))
    }
    precondition(labels.count { $0 } == 764, "the toy's check value")
    return try PropertyRegression(comparisons: rows, firstWins: labels)
  }

  private func expect(_ found: [Double], _ expected: [Double], within tolerance: Double) {
    #expect(
      zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }, "\(found) ≠ \(expected)")
  }

  @Test func workedExample() throws {
    let data = try example()
    #expect(try data.mode(scale: 0.1) == [0])
    // The root of the gradient is 0.4513303024; the document's figure is that far from it.
    expect(try data.mode(scale: 1), [0.4513302947], within: 1e-8)
    expect(try data.mode(scale: 1), [0.4513303024390462], within: 1e-12)
    // MAP is 0 exactly while |Σ (y − ½) x| = 1.5 is at most 1/b.
    #expect(try data.mode(scale: 1 / 1.5) == [0])
    #expect(try data.mode(scale: 1 / 1.49)[0] > 0)
  }

  /// Posterior means by quadrature (the document's figures) and by Monte Carlo.
  @Test(arguments: [
    (0.1, 0.0290272655, 0.1418735464, 0.5733813077), (1, 0.8672654215, 0.8969321662, -1),
  ]) func posteriorOfOneProperty(
    _ scale: Double, _ mean: Double, _ deviation: Double, _ positive: Double
  ) throws {
    let data = try example()
    var (mass, first, second, above) = (0.0, 0.0, 0.0, 0.0)
    let step = 1e-4 * max(1, scale)
    // Midpoints from −40b to 40b: the prior's kink at 0 falls between two of them.
    for index in Int(-40 * scale / step)..<Int(40 * scale / step) {
      let alpha = (Double(index) + 0.5) * step
      let density = Double.exp(data.logLikelihood([alpha]) - abs(alpha) / scale)
      mass += density
      first += density * alpha
      second += density * alpha * alpha
      if alpha > 0 { above += density }
    }
    let exact = first / mass
    #expect(abs(exact - mean) < 1e-7)
    #expect(abs((second / mass - exact * exact).squareRoot() - deviation) < 1e-7)
    if positive > 0 { #expect(abs(above / mass - positive) < 1e-7) }

    var sampling = PropertyRegression.Sampling()
    sampling.draws = 4000
    let found = try data.posterior(scale: scale, sampling: sampling)
    // 16,000 draws with an autocorrelation of a few steps: three standard errors of the mean.
    #expect(abs(found.means[0] - mean) < 0.08 * deviation, "\(found)")
    #expect(abs(found.deviations[0] / deviation - 1) < 0.08)
    #expect(abs(found.positive[0] - above / mass) < 0.03)
    #expect(found.isMixed && found.acceptance > 0.5)
  }

  @Test func toyVotes() throws {
    let data = try votes()
    expect(
      try data.maximumLikelihood(),
      [0.7841548866, 0.3850305644, 0.0298812023, -0.5228014364, -0.8247653479], within: 1e-9)
    let mode = try data.mode(scale: 0.1)
    expect(
      mode, [0.7133626220, 0.3208907399, 0, -0.4565356882, -0.7529873827], within: 1e-9)
    #expect(mode[2] == 0)
    // Without a prior to speak of the mode is the likelihood's.
    expect(try data.mode(scale: 1e6), try data.maximumLikelihood(), within: 1e-5)
    let posterior = try data.posterior(scale: 0.1)
    expect(posterior.means, [0.717, 0.324, 0.017, -0.468, -0.756], within: 0.02)
    expect(posterior.deviations, [0.069, 0.069, 0.052, 0.064, 0.063], within: 0.01)
    #expect(posterior.isMixed, "\(posterior.splitRHat)")
    #expect(try data.posterior(scale: 0.1) == posterior, "the same seed, the same draws")
    #expect(abs(posterior.effects[0] - Logistic.sigmoid(posterior.means[0])) < 1e-15)
  }

  @Test func identities() throws {
    let swapped = try PropertyRegression(
      comparisons: xs.map { [-$0] }, firstWins: ys.map { !$0 })
    #expect(try swapped.mode(scale: 1) == example().mode(scale: 1))
    #expect(try swapped.posterior(scale: 1) == example().posterior(scale: 1))
    // A column twice: its weight is split.
    let twice = try PropertyRegression(comparisons: xs.map { [$0, $0] }, firstWins: ys)
    let posterior = try twice.posterior(scale: 1)
    #expect(abs(posterior.means[0] - posterior.means[1]) < 0.12, "\(posterior)")
    #expect(throws: EvaluationError.separable("property regression")) {
      try twice.maximumLikelihood()
    }
    let certain = try PropertyRegression(
      comparisons: [[1], [2], [-1]], firstWins: [true, true, false])
    #expect(throws: EvaluationError.separable("property regression")) {
      try certain.maximumLikelihood()
    }
    #expect(try certain.mode(scale: 1)[0] > 0)
    let nothing = try PropertyRegression(comparisons: [[0], [0]], firstWins: [true, false])
    #expect(try nothing.mode() == [0])
  }

  @Test func splitRHat() {
    let still = [[Double](repeating: 1, count: 10), [Double](repeating: 1, count: 10)]
    #expect(SplitRHat.of(still) == 1)
    var generator = BootstrapGenerator(seed: 2)
    func chain(_ mean: Double, drift: Double = 0) -> [Double] {
      (0..<1000).map { mean + generator.normal() + drift * Double($0) / 1000 }
    }
    #expect(SplitRHat.of([chain(0), chain(0), chain(0)]) < 1.01)
    #expect(SplitRHat.of([chain(0), chain(3), chain(0)]) > 1.3)
    // One chain that wanders: its halves differ.
    #expect(SplitRHat.of([chain(0, drift: 4)]) > 1.3)
  }

  @Test func refuses() {
    func message(_ rows: [[Double]], _ labels: [Bool]) -> String? {
      error { () throws(EvaluationError) in
        _ = try PropertyRegression(comparisons: rows, firstWins: labels)
      }?.description
    }
    #expect(message([], []) != nil)
    #expect(message([[]], [true]) != nil)
    #expect(message([[1], [1, 2]], [true, true])?.contains("row 1") == true)
    #expect(message([[1], [.nan]], [true, true])?.contains("row 1") == true)
    #expect(message([[1]], []) != nil)
    for scale in [0, -1, .nan, .infinity] {
      #expect(error { () throws(EvaluationError) in _ = try example().mode(scale: scale) } != nil)
    }
    var sampling = PropertyRegression.Sampling()
    sampling.chains = 1
    #expect(
      error { () throws(EvaluationError) in _ = try example().posterior(sampling: sampling) } != nil
    )
  }
}
