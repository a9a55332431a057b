/// Why a reference fit has no answer.
public enum FitError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The likelihood has no finite maximum: some direction tells every pair right (`E_SEPARABLE`).
  case separable(String)
  /// The steps did not arrive (`E_RANGE` of the problem, or a defect).
  case notConverged(String, gradient: Double)

  public var description: String {
    switch self {
    case .separable(let what):
      "\(what): no finite optimum without regularisation, the pairs can be told apart perfectly"
    case .notConverged(let what, let gradient):
      "\(what): stopped with a gradient of norm \(gradient)"
    }
  }
}
