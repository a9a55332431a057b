internal import Glibc
internal import PairwiseTensor

/// The reward that a synthetic dataset's labels come from, in double precision.
struct TrueReward: Sendable, Equatable {
  enum Form: Sendable, Equatable {
    /// One direction, or one per group; `[D]` each.
    case directions([[Double]])
    /// `inner` is `[hidden, D]` row by row, `bias` and `outer` are `[hidden]`.
    case mlp(inner: [Double], bias: [Double], outer: [Double])
  }

  let form: Form

  /// Length of a drawn direction: with standard normal features the difference of two rewards then has
  /// a standard deviation of 2√2, and the true reward explains about 84 % of the labels.
  static let directionLength = 2.0
  /// Scale of the outer MLP weights, for a similar share.
  static let outerScale = 3.0

  /// Given parameters as they are, missing ones drawn from a stream of their own, so that they never
  /// shift the draws of the data.
  init(_ options: SynthesisOptions) {
    var rng = SplitMix64(seed: options.seed ^ 0x7265_7761_7264_0001)  // "reward", 1
    let width = options.width
    switch options.reward {
    case .linear(let theta):
      form = .directions([theta ?? Self.direction(width, &rng)])
    case .twoGroups(_, _, let directions):
      if let directions {
        form = .directions(directions)
      } else {
        let first = Self.direction(width, &rng)
        let second = first.enumerated().map { $0.offset >= width / 2 ? -$0.element : $0.element }
        form = .directions([first, second])
      }
    case .mlp(let hidden):
      let inner = (0..<hidden * width).map { _ in rng.normal() / Double(width).squareRoot() }
      let bias = (0..<hidden).map { _ in 0.5 * rng.normal() }
      let outer = (0..<hidden).map { _ in
        Self.outerScale * rng.normal() / Double(hidden).squareRoot()
      }
      form = .mlp(inner: inner, bias: bias, outer: outer)
    }
  }

  private static func direction(_ width: Int, _ rng: inout SplitMix64) -> [Double] {
    let drawn = (0..<width).map { _ in rng.normal() }
    let norm = drawn.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return drawn.map { directionLength * $0 / max(norm, .leastNormalMagnitude) }
  }

  /// r_group(x). Without groups any number does.
  func value(_ x: [Double], group: Int) -> Double {
    switch form {
    case .directions(let all):
      let theta = all[min(group, all.count - 1)]
      var sum = 0.0
      for index in 0..<theta.count { sum += theta[index] * x[index] }
      return sum
    case .mlp(let inner, let bias, let outer):
      var total = 0.0
      for unit in 0..<outer.count {
        var sum = bias[unit]
        let row = unit * x.count
        for index in 0..<x.count { sum += inner[row + index] * x[index] }
        total += outer[unit] * tanh(sum)
      }
      return total
    }
  }
}
