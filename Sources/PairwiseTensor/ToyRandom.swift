import Glibc

/// The toy-problem generator: SplitMix64 with the exact draws that published check values rest on.
///
/// Draw k is a pure function of (seed, k), so a stream can be entered anywhere (`advanced(by:)`) and
/// blocks drawn in any order give the same bits. Not for secrets.
///
/// - Source: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
public struct SplitMix64: RandomNumberGenerator, Sendable, Equatable {
  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= Self.step
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// This generator after `count` more draws of `next()`. O(1).
  public func advanced(by count: UInt64) -> SplitMix64 {
    var copy = self
    copy.state &+= count &* Self.step
    return copy
  }

  /// Uniform in 0 ..< 1, a multiple of 2⁻⁵³. One draw.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Standard normal by Box and Muller, without keeping the cosine's twin. Two draws.
  public mutating func normal() -> Double {
    let u1 = uniform()
    let u2 = uniform()
    let radius = (-2 * log(1 - u1)).squareRoot()
    return radius * cos(2 * Double.pi * u2)
  }

  /// True with the given probability. One draw, whatever the probability.
  public mutating func bernoulli(_ probability: Double) -> Bool {
    uniform() < probability
  }

  /// Uniform in `0 ..< bound`: ⌊uniform · bound⌋. One draw. Traps unless 0 < `bound` ≤ 2⁵³.
  public mutating func randint(_ bound: Int) -> Int {
    precondition(bound > 0 && bound <= 1 << 53, "randint: bound \(bound) is not in 1 ... 2^53")
    return Int(uniform() * Double(bound))
  }
}
