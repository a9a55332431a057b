/// One preference out of those under several possible contexts, when the context is only guessed.
///
/// The ways to put them together can disagree: a context in which one side is far better outweighs two in
/// which it is a little worse by `expectedReward`, not by `borda`.
///
/// - Source: Pitis et al. 2024, "Improving Context-Aware Preference Modeling for Language Models",
///   arXiv 2407.14916; the error bound is derived by this project.
public struct ContextAggregation: Sendable, Equatable {
  /// P(c) of each context, of sum 1.
  public let contexts: [Double]

  /// - Throws: `EvaluationError` for no contexts, a number outside 0 … 1, or a sum other than 1 (1e-6).
  public init(contexts: [Double]) throws(EvaluationError) {
    guard !contexts.isEmpty else { throw .empty("contexts") }
    for (row, p) in contexts.enumerated() {
      try EvaluationError.check(probability: p, "context probability", row: row)
    }
    let total = contexts.reduce(0, +)
    guard abs(total - 1) <= 1e-6 else {
      throw .outOfRange(
        "context probabilities", row: nil, found: "a sum of \(total)", expected: "1")
    }
    self.contexts = contexts
  }

  /// Σ P(c)·P(a ≻ b | c).
  public func probability(_ preferences: [Double]) throws(EvaluationError) -> Double {
    try check(preferences.count)
    for (row, p) in preferences.enumerated() {
      try EvaluationError.check(probability: p, "preference in a context", row: row)
    }
    return product(preferences)
  }

  /// Σ P(c)·r(y, c) of each item.
  ///
  /// - Parameter rewards: `[contexts][items]`.
  public func expectedReward(_ rewards: [[Double]]) throws(EvaluationError) -> [Double] {
    try check(rewards)
    return rewards[0].indices.map { item in product(rewards.map { $0[item] }) }
  }

  /// Mean rank of each item, from 0 for the worst; equal rewards share the mean of their ranks.
  ///
  /// - Parameter rewards: `[contexts][items]`.
  public func borda(_ rewards: [[Double]]) throws(EvaluationError) -> [Double] {
    try check(rewards)
    let ranks = rewards.map { row in
      row.map { own in
        row.reduce(-0.5) { $0 + ($1 < own ? 1 : $1 == own ? 0.5 : 0) }
      }
    }
    return ranks[0].indices.map { item in product(ranks.map { $0[item] }) }
  }

  /// How far a guess can be from the truth: Σ|p − p̂|·|s − ½| + Σ p̂·|s − ŝ|, with s and ŝ the true and the
  /// modelled preference in each context, p these contexts and p̂ guessed ones.
  public func errorBound(
    preferences s: [Double], guess: ContextAggregation, modelled: [Double]
  ) throws(EvaluationError) -> Double {
    try check(s.count)
    try check(modelled.count)
    try check(guess.contexts.count)
    return contexts.indices.reduce(0) { sum, c in
      sum + abs(contexts[c] - guess.contexts[c]) * abs(s[c] - 0.5)
        + guess.contexts[c] * abs(s[c] - modelled[c])
    }
  }

  private func product(_ values: [Double]) -> Double {
    zip(contexts, values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func check(_ count: Int) throws(EvaluationError) {
    guard count == contexts.count else {
      throw .outOfRange(
        "contexts", row: nil, found: "\(count)", expected: "\(contexts.count), one a probability")
    }
  }

  private func check(_ rewards: [[Double]]) throws(EvaluationError) {
    try check(rewards.count)
    for (row, values) in rewards.enumerated() {
      try EvaluationError.check(values, "rewards in a context")
      guard values.count == rewards[0].count else {
        throw .outOfRange(
          "rewards in a context", row: row, found: "\(values.count)",
          expected: "\(rewards[0].count) as in the first")
      }
    }
  }
}
