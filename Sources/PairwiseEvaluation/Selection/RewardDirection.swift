internal import RealModule

/// A user's preference among K rewards as a unit vector v; the user's reward is v·r.
///
/// ```swift
/// let user = try RewardDirection(degrees: -15)  // helpfulness 0.966, verbosity −0.259
/// let best = [[3, 1], [2.5, 0.2], [3.2, 3.9]].map { user.score($0) }  // the verbose third one loses
/// ```
/// - Source: Wang, H. et al. 2024, "Directional Preference Alignment" (arXiv 2402.18571); methods reference, §4.2.
public struct RewardDirection: Sendable, Equatable {
  /// `[K]`, of length 1.
  public let vector: [Double]

  /// - Parameter normalise: whether to divide by the length; else it has to be 1 to 1e-6.
  /// - Throws: for no rewards, a number that is not finite, length 0, or another length without `normalise`.
  public init(_ vector: [Double], normalise: Bool = true) throws(EvaluationError) {
    try EvaluationError.check(vector, "direction")
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0 else {
      throw .outOfRange("direction", row: nil, found: "length 0", expected: "a length above 0")
    }
    guard normalise || abs(length - 1) <= 1e-6 else {
      throw .outOfRange("direction", row: nil, found: "length \(length)", expected: "length 1")
    }
    self.vector = normalise ? vector.map { $0 / length } : vector
  }

  /// Of two rewards, (cos θ, sin θ).
  public init(degrees: Double) throws(EvaluationError) {
    let angle = degrees * Double.pi / 180
    try self.init([Double.cos(angle), Double.sin(angle)])
  }

  /// θ of a direction of two rewards, in −180 … 180.
  public var degrees: Double? {
    vector.count == 2 ? Double.atan2(y: vector[1], x: vector[0]) * 180 / Double.pi : nil
  }

  /// v·r. Traps for another number of rewards.
  public func score(_ rewards: [Double]) -> Double {
    precondition(
      rewards.count == vector.count, "direction: \(rewards.count) rewards for \(vector.count)")
    return SparseLaplacian.dot(vector, rewards)
  }

  /// The angle in degrees, in −90 … 90, at which two completions of two rewards are worth the same; nil if they
  /// are at every angle.
  public static func flip(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == 2 && second.count == 2, "flip: expected two rewards")
    let (x, y) = (first[0] - second[0], first[1] - second[1])
    if x == 0, y == 0 { return nil }
    let angle = Double.atan2(y: -x, x: y) * 180 / Double.pi
    return angle > 90 ? angle - 180 : angle < -90 ? angle + 180 : angle
  }
}

/// Choosing for a direction far from those a policy was trained on: candidates for k directions nearby, judged by
/// the direction itself.
///
/// - Source: Mao et al. 2025, "Robust Preference Alignment via Directional Neighborhood Consensus" (arXiv
///   2510.20498); methods reference, §4.3, which fixes the density inside the cone.
public struct RobustSelection: Sendable, Equatable {
  /// k ≥ 1.
  public var count: Int
  /// Half the cone's opening, in 0 … 90.
  public var degrees: Double

  /// Whether the direction itself is the first of the k.
  public var includesTarget: Bool

  /// - Throws: for settings out of range.
  public init(count: Int = 5, degrees: Double = 30, includesTarget: Bool = false)
    throws(EvaluationError)
  {
    guard (1...1_000_000).contains(count), degrees >= 0, degrees < 90 else {
      throw .outOfRange(
        "robust selection", row: nil, found: "\(count) directions within \(degrees) degrees",
        expected: "1 or more within 0 … 90")
    }
    (self.count, self.degrees, self.includesTarget) = (count, degrees, includesTarget)
  }

  /// Directions at most so many degrees away. Of two rewards the angle is uniform; of more, the way from v is a
  /// uniform direction and the angle uniform in 0 … `degrees`.
  public func neighbours(
    of direction: RewardDirection, using generator: inout some RandomNumberGenerator
  ) throws(EvaluationError) -> [RewardDirection] {
    let limit = degrees * Double.pi / 180
    var result = includesTarget ? [direction] : []
    while result.count < count {
      if let angle = direction.degrees {
        let offset = degrees * (2 * Double.random(in: 0..<1, using: &generator) - 1)
        result.append(try RewardDirection(degrees: angle + offset))
        continue
      }
      let v = direction.vector
      let tangent = Self.tangent(to: v, using: &generator)
      let angle = limit * Double.random(in: 0..<1, using: &generator)
      result.append(
        try RewardDirection(
          v.indices.map { Double.cos(angle) * v[$0] + Double.sin(angle) * tangent[$0] }))
    }
    return result
  }

  /// A uniform unit vector orthogonal to v; of one reward there is none, and 0 is returned.
  private static func tangent(
    to v: [Double], using generator: inout some RandomNumberGenerator
  ) -> [Double] {
    guard v.count > 1 else { return [0] }
    while true {
      let draw = v.map { _ in
        let radius = (-2 * Double.log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
        return radius * Double.cos(2 * Double.pi * Double.random(in: 0..<1, using: &generator))
      }
      let part = SparseLaplacian.dot(draw, v)
      let rest = draw.indices.map { draw[$0] - part * v[$0] }
      let length = SparseLaplacian.dot(rest, rest).squareRoot()
      if length > 1e-6 { return rest.map { $0 / length } }
    }
  }

  /// The candidate that is best for the direction itself, the first of equals; nil without candidates.
  public static func choice(
    among candidates: [[Double]], for direction: RewardDirection
  ) -> Int? {
    let scores = candidates.map { direction.score($0) }
    guard let best = scores.max() else { return nil }
    return scores.firstIndex(of: best)
  }
}
