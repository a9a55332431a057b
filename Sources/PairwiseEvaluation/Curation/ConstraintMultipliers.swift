internal import RealModule

/// Weights of a composite reward's components that are learned so that each component stops at its useful
/// level, where a fixed weighted sum would drive it on.
///
/// λᵢ falls while E[rᵢ] exceeds its threshold θᵢ and rises while it is below.
///
/// - Source: Moskovitz et al. 2023, "Confronting Reward Model Overoptimization with Constrained RLHF",
///   arXiv 2310.04373.
public struct ConstraintMultipliers: Sendable, Equatable {
  /// How a raw number μ becomes a multiplier λ.
  public enum Squash: String, Sendable, CaseIterable {
    /// λ in 0 … 1: components may not exceed their thresholds' use (inequality).
    case sigmoid
    /// λ in −1 … 1: components are held at their thresholds (equality).
    case tanh
    /// λ = μ, kept ≥ 0 unless equality is asked for.
    case none
  }

  /// θᵢ, `[N]`.
  public let thresholds: [Double]
  public let squash: Squash
  /// Whether λ may be negative without squashing.
  public var isEquality = false
  public var learningRate = 1e-2
  public var momentum = 0.1
  /// Norm that the gradient of μ is cut to.
  public var maxGradientNorm = 0.5
  /// μ, `[N]`.
  public private(set) var raw: [Double]
  private var velocity: [Double] = []

  /// - Parameter raw: μ to start from; nil: 0 with squashing and 0.5 without.
  /// - Throws: `EvaluationError` for no thresholds, another number of multipliers, or numbers that are not
  ///   finite.
  public init(
    thresholds: [Double], squash: Squash, raw: [Double]? = nil
  ) throws(EvaluationError) {
    try EvaluationError.check(thresholds, "threshold")
    let start =
      raw ?? [Double](repeating: squash == .none ? 0.5 : 0, count: thresholds.count)
    guard start.count == thresholds.count else {
      throw .lengthsDiffer(
        "multipliers", found: start.count, expected: thresholds.count)
    }
    try EvaluationError.check(start, "multiplier")
    (self.thresholds, self.squash, self.raw) = (thresholds, squash, start)
  }

  /// λ, `[N]`.
  public var values: [Double] {
    raw.map { mu in
      switch squash {
      case .sigmoid: Logistic.sigmoid(mu)
      case .tanh: Double.tanh(mu)
      case .none: mu
      }
    }
  }

  /// The advantage to train on: (N − Σλ)·A₀ + Σ λᵢAᵢ with squashing, A₀ + Σ λᵢAᵢ without.
  ///
  /// - Parameters:
  ///   - reference: A₀ of each sample, `[B]`: of the divergence from the reference policy.
  ///   - components: Aᵢ, `[B][N]`.
  public func mixed(reference: [Double], components: [[Double]]) -> [Double] {
    precondition(
      reference.count == components.count && components.allSatisfy { $0.count == raw.count },
      "mixed advantages: expected \(raw.count) components of \(reference.count) samples")
    let lambda = values
    let own = squash == .none ? 1 : Double(raw.count) - lambda.reduce(0, +)
    return zip(reference, components).map { base, row in
      zip(lambda, row).reduce(own * base) { $0 + $1.0 * $1.1 }
    }
  }

  /// One step of gradient descent on Σ λᵢ(μᵢ)·(Jᵢ − θᵢ).
  ///
  /// - Parameter means: Jᵢ = E[rᵢ] under the policy, `[N]`.
  /// - Throws: `EvaluationError` for another number of means, or one that is not finite.
  public mutating func update(means: [Double]) throws(EvaluationError) {
    guard means.count == raw.count else {
      throw .lengthsDiffer("component means", found: means.count, expected: raw.count)
    }
    try EvaluationError.check(means, "component mean")
    let lambda = values
    var gradient = lambda.indices.map { i in
      let slope: Double =
        switch squash {
        case .sigmoid: lambda[i] * (1 - lambda[i])
        case .tanh: 1 - lambda[i] * lambda[i]
        case .none: 1
        }
      return slope * (means[i] - thresholds[i])
    }
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    if norm > maxGradientNorm { gradient = gradient.map { $0 * maxGradientNorm / norm } }
    velocity =
      velocity.isEmpty ? gradient : zip(velocity, gradient).map { momentum * $0 + $1 }
    raw = zip(raw, velocity).map { $0 - learningRate * $1 }
    if squash == .none && !isEquality { raw = raw.map { max(0, $0) } }
  }
}
