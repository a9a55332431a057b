internal import RealModule

extension PropertyRegression {
  /// How to draw from a posterior.
  public struct Sampling: Sendable, Equatable {
    public var chains = 4
    public var warmup = 500
    public var draws = 1000
    public var seed: UInt64 = 0

    public init() {}
  }

  /// What draws from the posterior say of each property.
  public struct Posterior: Sendable, Equatable {
    /// `[P]`.
    public var means: [Double]
    public var deviations: [Double]
    /// P(α > 0), `[P]`.
    public var positive: [Double]
    /// How far chains agree, `[P]`: below 1.05 where they have mixed.
    public var splitRHat: [Double]
    /// Share of proposals taken.
    public var acceptance: Double

    /// σ(mean): the probability to win by this property alone, `[P]`.
    public var effects: [Double] { means.map { Logistic.sigmoid($0) } }
    /// Every split R̂ is below 1.05.
    public var isMixed: Bool { splitRHat.allSatisfy { $0 < 1.05 } }
  }

  /// Mean and spread of the weights under the posterior, by Hamiltonian Monte Carlo.
  ///
  /// Chains start around the mode and move in coordinates in which the posterior's curvature there, with the prior's
  /// variance 2b² in place of its kink, is about 1; the step is set in the warm-up for four proposals of five to be
  /// taken. The same seed gives the same draws.
  ///
  /// - Throws: for settings out of range.
  public func posterior(
    scale: Double = 0.1, sampling: Sampling = .init(), runner: TaskRunner = .serial
  ) throws(EvaluationError) -> Posterior {
    guard (2...64).contains(sampling.chains), (10...1_000_000).contains(sampling.warmup),
      (10...1_000_000).contains(sampling.draws)
    else {
      throw .outOfRange(
        "posterior", row: nil,
        found: "\(sampling.chains) chains of \(sampling.warmup) and \(sampling.draws) draws",
        expected: "2 … 64 chains of 10 … 1000000")
    }
    let mode = try mode(scale: scale)
    var precision = gram(slope(mode).curvature)
    for p in 0..<properties { precision[p * properties + p] += 1 / (2 * scale * scale) }
    // Uᵀ of the covariance's factor turns unit normals into draws with that covariance.
    guard let first = Cholesky(precision, order: properties),
      let shape = Cholesky(first.inverse, order: properties)
    else { throw .separable("property regression") }
    let chains = runner.map(sampling.chains) { index in
      var chain = PropertyChain(
        self, scale: scale, mode: mode, shape: shape,
        BootstrapGenerator(seed: sampling.seed, replicate: index))
      chain.run(warmup: sampling.warmup, draws: sampling.draws)
      return chain
    }
    let accepted = chains.reduce(0) { $0 + $1.accepted }
    return Posterior(
      chains.map(\.draws),
      acceptance: Double(accepted) / Double(sampling.chains * sampling.draws))
  }
}

extension PropertyRegression.Posterior {
  /// Summarises chains of draws, `[chains][draws][P]`.
  init(_ chains: [[[Double]]], acceptance: Double) {
    let properties = chains[0][0].count
    let all = chains.flatMap { $0 }
    let n = Double(all.count)
    means = (0..<properties).map { p in all.reduce(0) { $0 + $1[p] } / n }
    let means = means
    deviations = (0..<properties).map { p in
      (all.reduce(0) { $0 + ($1[p] - means[p]) * ($1[p] - means[p]) } / (n - 1)).squareRoot()
    }
    positive = (0..<properties).map { p in Double(all.count { $0[p] > 0 }) / n }
    splitRHat = (0..<properties).map { p in
      SplitRHat.of(chains.map { chain in chain.map { $0[p] } })
    }
    self.acceptance = acceptance
  }
}

/// Whether chains tell of the same distribution: the spread of all draws against that within half chains.
///
/// - Source: Gelman et al. 2013, "Bayesian Data Analysis", section 11.4.
public enum SplitRHat {
  /// R̂ of chains of equal length, four draws or more each; 1 where nothing moves.
  public static func of(_ chains: [[Double]]) -> Double {
    let half = (chains.map(\.count).min() ?? 0) / 2
    precondition(half >= 2, "split R-hat: chains of fewer than four draws")
    let parts = chains.flatMap { [Array($0[..<half]), Array($0[($0.count - half)...])] }
    let n = Double(half)
    let means = parts.map { $0.reduce(0, +) / n }
    let within =
      zip(parts, means).reduce(0) { sum, part in
        sum + part.0.reduce(0) { $0 + ($1 - part.1) * ($1 - part.1) } / (n - 1)
      } / Double(parts.count)
    let mean = means.reduce(0, +) / Double(means.count)
    let between =
      means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count - 1)
    guard within > 0 else { return between > 0 ? .infinity : 1 }
    return ((within * (n - 1) / n + between) / within).squareRoot()
  }
}

/// One chain: position, momentum and step in the coordinates z of α = mode + Uᵀ z.
private struct PropertyChain: Sendable {
  private let data: PropertyRegression
  private let scale: Double
  private let mode: [Double]
  private let shape: Cholesky
  private var generator: BootstrapGenerator
  private(set) var draws: [[Double]] = []
  private(set) var accepted = 0

  init(
    _ data: PropertyRegression, scale: Double, mode: [Double], shape: Cholesky,
    _ generator: BootstrapGenerator
  ) {
    (self.data, self.scale, self.mode, self.shape) = (data, scale, mode, shape)
    self.generator = generator
  }

  private mutating func normal() -> Double {
    let first = generator.uniform()
    let second = generator.uniform()
    return (-2 * Double.log(1 - first)).squareRoot() * Double.cos(2 * Double.pi * second)
  }

  private func weights(_ z: [Double]) -> [Double] {
    zip(mode, shape.transposedProduct(z)).map { $0 + $1 }
  }

  /// Log posterior density, up to a constant, and its gradient in z.
  private func density(_ z: [Double]) -> (value: Double, gradient: [Double]) {
    let alpha = weights(z)
    let value = data.logLikelihood(alpha) - alpha.reduce(0) { $0 + abs($1) } / scale
    var gradient = data.slope(alpha).gradient
    for p in gradient.indices where alpha[p] != 0 {
      gradient[p] -= (alpha[p] > 0 ? 1 : -1) / scale
    }
    return (value, shape.product(gradient))
  }

  mutating func run(warmup: Int, draws count: Int) {
    var z = mode.map { _ in 0.0 }
    for p in z.indices { z[p] = normal() }
    var here = density(z)
    var step = 0.3
    for index in 0..<(warmup + count) {
      var momentum = z.map { _ in 0.0 }
      for p in z.indices { momentum[p] = normal() }
      let before = here.value - SparseLaplacian.dot(momentum, momentum) / 2
      var (place, there) = (z, here)
      // A random number of steps, so that no period of the motion comes back to where it was.
      let steps = 1 + generator.index(below: 8)
      for _ in 0..<steps {
        for p in z.indices { momentum[p] += step / 2 * there.gradient[p] }
        for p in z.indices { place[p] += step * momentum[p] }
        there = density(place)
        for p in z.indices { momentum[p] += step / 2 * there.gradient[p] }
      }
      let after = there.value - SparseLaplacian.dot(momentum, momentum) / 2
      let chance = Double.exp(min(0, after - before))
      let isTaken = generator.uniform() < chance
      if isTaken { (z, here) = (place, there) }
      if index < warmup {
        // Towards four of five; in ever smaller strides, so that it comes to rest.
        let stride = 1 / (10 + Double(index)).squareRoot()
        step *= Double.exp(stride * ((chance.isNaN ? 0 : chance) - 0.8))
      } else {
        if isTaken { accepted += 1 }
        draws.append(weights(z))
      }
    }
  }
}
