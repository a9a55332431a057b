internal import RealModule

/// What choosing the best of n completions by one reward does to another, for every n at once.
///
/// Of N scored completions the expectation over all subsets of n is exact:
/// Σᵢ C(i−1, n−1) / C(N, n) · gold₍ᵢ₎ over the completions in ascending order of the proxy, an unbiased estimate of
/// the population's best-of-n. With n close to N its variance is large: N ≥ 4·n is a good rule.
///
/// ```swift
/// let curve = try BestOfNCurve([(proxy: [0.1, 0.4, 0.7, 1.2], gold: [0.3, 0.5, 0.9, 0.6])], sizes: [1, 2, 4])
/// curve.points.map(\.gold)  // [0.575, 0.683…, 0.6]
/// ```
/// - Source: Gao et al. 2022, "Scaling Laws for Reward Model Overoptimization" (arXiv 2210.10760); methods
///   reference, §8.3.
public struct BestOfNCurve: Sendable, Equatable {
  public struct Point: Sendable, Equatable {
    public var n: Int
    /// KL(best-of-n ‖ one draw) in nats: exact for scores without ties, else an upper bound.
    public var divergence: Double
    /// Means over prompts, with intervals from resampling prompts if there are two or more.
    public var proxy: Double
    public var proxyInterval: Interval?
    public var gold: Double
    public var goldInterval: Interval?
  }

  public let points: [Point]
  public let prompts: Int
  /// The fewest completions of a prompt.
  public let samples: Int

  /// - Parameters:
  ///   - prompts: scores of each prompt's completions under the reward that chooses and the one that judges.
  ///   - sizes: the n, ascending; nil: powers of two up to the fewest completions.
  /// - Throws: for no prompts, scores that are not finite or differ in number, or an n below 1 or above the
  ///   fewest completions.
  public init(
    _ prompts: [(proxy: [Double], gold: [Double])], sizes: [Int]? = nil,
    using bootstrap: Bootstrap = Bootstrap()
  ) throws(EvaluationError) {
    guard !prompts.isEmpty else { throw .empty("best-of-n") }
    for (row, prompt) in prompts.enumerated() {
      try EvaluationError.check(prompt.proxy, "proxy scores of prompt \(row)")
      try EvaluationError.check(prompt.gold, "gold scores of prompt \(row)")
      guard prompt.gold.count == prompt.proxy.count else {
        throw .lengthsDiffer(
          "gold scores of prompt \(row)", found: prompt.gold.count, expected: prompt.proxy.count)
      }
    }
    let samples = prompts.map(\.proxy.count).min() ?? 0
    let sizes = sizes ?? Self.powers(upTo: samples)
    for n in sizes where !(1...samples).contains(n) {
      throw .outOfRange(
        "best-of-n", row: nil, found: "n = \(n)",
        expected: "1 … \(samples), the fewest completions of a prompt")
    }
    let ordered = prompts.map { Self.ordered($0.proxy, $0.gold) }
    var points: [Point] = []
    for n in sizes {
      let proxies = ordered.map { Self.expectation($0.proxy, n) }
      let golds = ordered.map { Self.expectation($0.gold, n) }
      let hasInterval = prompts.count > 1
      points.append(
        Point(
          n: n, divergence: Self.divergence(n), proxy: Self.mean(proxies),
          proxyInterval: hasInterval ? try .mean(of: proxies, using: bootstrap) : nil,
          gold: Self.mean(golds),
          goldInterval: hasInterval ? try .mean(of: golds, using: bootstrap) : nil))
    }
    self.points = points
    self.prompts = prompts.count
    self.samples = samples
  }

  /// ln n − (n − 1)/n, nats.
  public static func divergence(_ n: Int) -> Double {
    precondition(n >= 1, "best-of-n: n = \(n)")
    return Double.log(Double(n)) - Double(n - 1) / Double(n)
  }

  /// 1, 2, 4, … up to `limit`.
  public static func powers(upTo limit: Int) -> [Int] {
    var result: [Int] = []
    var n = 1
    while n <= limit {
      result.append(n)
      let (next, overflows) = n.multipliedReportingOverflow(by: 2)
      if overflows { break }
      n = next
    }
    return result
  }

  private static func mean(_ values: [Double]) -> Double {
    ExactSum(values).value / Double(values.count)
  }

  /// Both by ascending proxy; equal ones in the order they came.
  private static func ordered(
    _ proxy: [Double], _ gold: [Double]
  ) -> (proxy: [Double], gold: [Double]) {
    let order = proxy.indices.sorted { (proxy[$0], $0) < (proxy[$1], $1) }
    return (order.map { proxy[$0] }, order.map { gold[$0] })
  }

  /// Σ C(i−1, n−1) / C(N, n) · value₍ᵢ₎: from the top down, each weight is (i − n)/(i − 1) of the one above.
  private static func expectation(_ values: [Double], _ n: Int) -> Double {
    var weight = Double(n) / Double(values.count)
    var sum = 0.0
    var i = values.count
    while i >= n, weight > 0 {
      sum += weight * values[i - 1]
      if i > 1 { weight *= Double(i - n) / Double(i - 1) }
      i -= 1
    }
    return sum
  }
}
