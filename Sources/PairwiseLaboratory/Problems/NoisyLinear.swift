/// T4: eight features, four hundred pairs, a quarter of them turned around: what an ensemble can tell
/// about wrong labels, and what two models together can.
public struct NoisyLinear: PairProblem {
  public static let name = "noisy_linear"
  public static let summary = "a linear reward with a quarter of 400 labels turned around"
  public static let source = "Wang et al. 2024, arXiv 2401.06080; Liu et al. 2025, arXiv 2507.01352"

  /// θ*, `[8]`.
  public let theta = [1.5, -1.2, 1.0, -0.8, 0.6, -0.4, 0.2, 0]

  public init() {}

  public var truth: [TruthEntry] { [TruthEntry("theta", theta)] }

  public func draw(_ split: ToySplit) -> ToyPairs { problem(flipRate: 0.25).draw(split) }

  /// Sixty pairs with clean labels from elsewhere: what a curation trusts.
  public func gold() -> ToyPairs {
    var problem = problem(flipRate: 0)
    problem.seed = 24
    problem.trainRows = 60
    return problem.draw(.train)
  }

  private func problem(flipRate: Double) -> LinearBT {
    var problem = LinearBT()
    problem.seed = 21
    problem.theta = theta
    problem.trainRows = 400
    problem.testRows = 4000
    problem.flipRate = flipRate
    return problem
  }
}
