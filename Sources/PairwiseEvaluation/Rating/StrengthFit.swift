internal import RealModule

/// Bradley-Terry strengths of items: P(i beats j) = σ(θᵢ − θⱼ), fitted to who beat whom.
///
/// The maximum likelihood, or with a regularization a > 0 the maximum of the posterior under independent
/// Gamma(a + 1, a) priors on γ = e^θ: as if every item had won and lost a games against one of strength 1.
///
/// - Source: Hunter 2004 (Annals of Statistics 32); methods reference, §8.4.
public struct StrengthFit: Sendable, Equatable {
  /// How the maximum is found; both find the same one.
  public enum Method: String, Sendable, CaseIterable {
    /// Newton's steps, a handful: the equations are solved by Cholesky or by conjugate gradients.
    case newton
    /// Minorization-maximization: sweeps without a matrix, each a small step.
    case mm
  }

  public struct Options: Sendable, Equatable {
    public var method = Method.newton
    /// a ≥ 0.
    public var regularization = 0.0
    /// The fit ends when the mean change of a strength in a step is no more than this.
    public var tolerance = 1e-8
    /// The most steps.
    public var limit = 10_000

    public init() {}
  }

  /// θ, of mean 0, `[n]`; natural logarithms of odds.
  public internal(set) var strengths: [Double]
  /// Steps taken.
  public internal(set) var steps: Int
  /// False if the limit of steps came first.
  public internal(set) var isConverged: Bool
  /// max |∂ log-likelihood / ∂θᵢ| where it ended; the prior counts as part of the likelihood.
  public internal(set) var gradientNorm: Double
  /// Σ Wᵢⱼ log σ(θᵢ − θⱼ), nats, without the prior.
  public internal(set) var logLikelihood: Double

  /// Fits a graph, of which the caller knows that it has a finite maximum (`WinGraph.requireConnected`) or
  /// gives a regularization.
  ///
  /// - Parameter start: strengths to begin from; nil: the log-odds of each item's wins.
  /// - Throws: for settings out of range, or strengths so far apart that a double cannot hold their odds.
  public init(
    _ graph: WinGraph, options: Options = Options(), start: [Double]? = nil
  ) throws(EvaluationError) {
    guard options.regularization >= 0, options.regularization <= 1e6 else {
      throw .outOfRange(
        "regularization", row: nil, found: "\(options.regularization)", expected: "0 … 1e6")
    }
    guard options.tolerance > 0, options.limit > 0 else {
      throw .outOfRange(
        "rating fit", row: nil, found: "tolerance \(options.tolerance), limit \(options.limit)",
        expected: "numbers above 0")
    }
    var search = StrengthSearch(graph, options, start: start)
    switch options.method {
    case .newton: search.runNewton()
    case .mm: search.runSweeps()
    }
    if let item = search.strengths.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite("strength", row: item, found: search.strengths[item])
    }
    strengths = search.strengths
    steps = search.steps
    isConverged = search.isConverged
    let place = options.regularization > 0 ? Self.placed(strengths) : strengths
    gradientNorm = search.gradient(at: place).map(abs).max() ?? 0
    logLikelihood = search.logLikelihood(at: strengths)
  }
}

extension StrengthFit {
  /// Strengths moved to where a prior has its maximum: e^θ of mean 1. Without one the place is free.
  static func placed(_ strengths: [Double]) -> [Double] {
    let sum = strengths.reduce(0) { $0 + Double.exp($1) }
    let shift = Double.log(sum / Double(max(1, strengths.count)))
    return strengths.map { $0 - shift }
  }
}

/// The state of a fit.
struct StrengthSearch {
  let graph: WinGraph
  let options: StrengthFit.Options
  let games: [Double]
  let wins: [Double]
  var strengths: [Double]
  var steps = 0
  var isConverged = false

  init(_ graph: WinGraph, _ options: StrengthFit.Options, start: [Double]?) {
    self.graph = graph
    self.options = options
    games = graph.games
    wins = graph.winsPerItem
    guard let start else {
      // MM starts from equal strengths, as the reference does; Newton nearer to where it goes.
      strengths = [Double](repeating: 0, count: graph.items)
      if options.method == .newton { strengths = Self.logOdds(graph, games, wins) }
      return
    }
    strengths = Self.centred(start)
  }

  private static func logOdds(
    _ graph: WinGraph, _ games: [Double], _ wins: [Double]
  ) -> [Double] {
    centred(
      (0..<graph.items).map { item in
        let all = games[graph.starts[item]..<graph.starts[item + 1]].reduce(0, +)
        return Double.log((wins[item] + 1) / (all - wins[item] + 1))
      })
  }

  static func centred(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    return values.map { $0 - mean }
  }

  /// wᵢ − Σⱼ Nᵢⱼ σ(θᵢ − θⱼ) + a − a e^θᵢ, `[n]`.
  func gradient(at strengths: [Double]) -> [Double] {
    let a = options.regularization
    var result = wins
    let (theta, others, counts) = (strengths.span, graph.opponents.span, games.span)
    for item in 0..<graph.items {
      let own = theta[item]
      var expected = a == 0 ? 0 : a * (Double.exp(own) - 1)
      for entry in graph.starts[item]..<graph.starts[item + 1] {
        expected += counts[entry] * Logistic.sigmoid(own - theta[Int(others[entry])])
      }
      result[item] -= expected
    }
    return result
  }

  func logLikelihood(at strengths: [Double]) -> Double {
    var sum = 0.0
    let (theta, others, won) = (strengths.span, graph.opponents.span, graph.wins.span)
    for item in 0..<graph.items {
      let own = theta[item]
      for entry in graph.starts[item]..<graph.starts[item + 1] where won[entry] > 0 {
        sum -= won[entry] * Logistic.softplus(theta[Int(others[entry])] - own)
      }
    }
    return sum
  }

  /// What the steps make larger: the log-likelihood and a Σ (θᵢ − e^θᵢ).
  func objective(at strengths: [Double]) -> Double {
    let a = options.regularization
    guard a > 0 else { return logLikelihood(at: strengths) }
    return logLikelihood(at: strengths) + a * strengths.reduce(0) { $0 + $1 - Double.exp($1) }
  }
}
