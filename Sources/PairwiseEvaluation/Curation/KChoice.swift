internal import RealModule

/// A generative model that is retrained on what people pick: of K of its samples one is kept, with
/// probability softmax of the rewards. Exact, on a finite set of items.
///
/// p' = p·H, H(x) = E[K·e^{r(x)} / (e^{r(x)} + Σ e^{r(xⱼ)})] over K − 1 other samples; as K → ∞,
/// p' ∝ p·eʳ. With real data, p' = p_ref/(1 + λ) + λ/(1 + λ)·p·H.
///
/// - Source: Ferbach et al. 2024, "Self-Consuming Generative Models with Curated Data Provably Optimize
///   Human Preferences", arXiv 2407.09499.
public struct KChoice: Sendable, Equatable {
  /// r(x) of each item.
  public let rewards: [Double]
  /// K ≥ 1; nil: the limit of ever more.
  public let choices: Int?
  /// e^{r − max r}: ratios are all that matters.
  private let worths: [Double]

  /// Sets of samples, times items, that an exact expectation may take.
  private static let mostTerms = 100_000_000

  /// - Throws: `EvaluationError` for no items, a reward that is not finite, K < 1, or more sets of
  ///   K − 1 samples, times items, than 10⁸.
  public init(rewards: [Double], choices: Int?) throws(EvaluationError) {
    try EvaluationError.check(rewards, "reward")
    if let choices {
      guard choices >= 1 else {
        throw .outOfRange("k", row: nil, found: "\(choices)", expected: "at least 1")
      }
      // C(K − 1 + S − 1, S − 1) multisets, grown factor by factor so that it cannot overflow.
      var terms = 1.0
      for k in 1..<max(rewards.count, 1) { terms *= (Double(choices) - 1 + Double(k)) / Double(k) }
      guard terms * Double(rewards.count) <= Double(Self.mostTerms) else {
        throw .outOfRange(
          "k", row: nil, found: "\(choices) of \(rewards.count) items",
          expected: "at most \(Self.mostTerms) sets of samples times items; draw them instead")
      }
    }
    self.rewards = rewards
    self.choices = choices
    let top = rewards.max() ?? 0
    worths = rewards.map { Double.exp($0 - top) }
  }

  /// H of each item under the distribution `p`, in 0 … K. Traps if `p` has another length.
  public func gains(_ p: [Double]) -> [Double] {
    precondition(
      p.count == rewards.count, "k-choice: \(p.count) probabilities, \(rewards.count) items")
    guard let choices else {
      let mean = zip(p, worths).reduce(0) { $0 + $1.0 * $1.1 }
      return worths.map { $0 / mean }
    }
    var gains = [Double](repeating: 0, count: p.count)
    visit(p.map { Double.log($0) }, from: 0, left: choices - 1, logProbability: 0, worth: 0) {
      probability, others in
      for (x, worth) in worths.enumerated() {
        // Items without worth beside others without worth: each is as likely as the next.
        let total = worth + others
        gains[x] += probability * (total > 0 ? Double(choices) * worth / total : 1)
      }
    }
    return gains
  }

  /// Every way to draw `left` samples from the items from `first` on, with its probability and e^r summed.
  ///
  /// Each level takes one more item into the set, so it goes as deep as sets have different items.
  /// Probabilities are logarithms on the way: factors such as C(5000, n) have no room in a number.
  private func visit(
    _ logs: [Double], from first: Int, left: Int, logProbability: Double, worth: Double,
    _ body: (Double, Double) -> Void
  ) {
    if left == 0 {
      body(Double.exp(logProbability), worth)
      return
    }
    let last = logs.count - 1
    guard first <= last else { return }
    for item in first..<last where logs[item] > -.infinity {
      // C(left, n)·pⁿ for n = 1, 2, …
      var share = logProbability
      for n in 1...left {
        share += logs[item] + Double.log(Double(left - n + 1) / Double(n))
        visit(
          logs, from: item + 1, left: left - n, logProbability: share,
          worth: worth + Double(n) * worths[item], body)
      }
    }
    let share = logProbability + Double(left) * logs[last]
    if share > -.infinity { body(Double.exp(share), worth + Double(left) * worths[last]) }
  }

  /// One generation, of sum 1.
  ///
  /// - Parameters:
  ///   - reference: what the real data look like, and `weight` λ ≥ 0 the number of curated samples for each
  ///     real one; nil: no real data.
  public func step(
    _ p: [Double], reference: (p: [Double], weight: Double)? = nil
  ) -> [Double] {
    var next = zip(p, gains(p)).map { $0 * $1 }
    if let reference {
      precondition(reference.p.count == p.count, "k-choice: reference of another length")
      let share = reference.weight / (1 + reference.weight)
      next = zip(reference.p, next).map { (1 - share) * $0 + share * $1 }
    }
    // Rounding drifts: 1.6e-5 over forty steps of K = 2.
    let total = next.reduce(0, +)
    return next.map { $0 / total }
  }

  /// E eʳ under `p`, and what one step is sure to make of it: E + ((K − 1)/K)·Var / max eʳ.
  public func meanWorth(_ p: [Double]) -> (value: Double, bound: Double) {
    let raw = rewards.map { Double.exp($0) }
    let mean = zip(p, raw).reduce(0) { $0 + $1.0 * $1.1 }
    let variance = zip(p, raw).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
    let share = choices.map { Double($0 - 1) / Double($0) } ?? 1
    return (mean, mean + share * variance / (raw.max() ?? 1))
  }
}
