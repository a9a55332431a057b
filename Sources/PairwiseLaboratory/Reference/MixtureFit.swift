internal import Glibc
internal import PairwiseEvaluation

/// A mixture of linear Bradley–Terry rewards, fitted by expectation and maximisation to the last digits.
///
/// - Source: the model is MiCRo's, Shen et al. 2025 (arXiv 2505.24846); with one weight a user, PAL's
///   partition, Chen et al. 2024 (arXiv 2406.08469).
public struct MixtureFit: Sendable, Equatable {
  /// What the weights of the heads depend on.
  public enum Routing: Sendable, Equatable {
    /// The same weights for every pair.
    case free
    /// A user has one head: the likelihoods of all the user's pairs are multiplied. `[n]`.
    case users([Int])
    /// A logistic function of one number a pair, two heads only. `[n]`.
    case context([Double])
  }

  /// K directions, `[D]` each.
  public private(set) var heads: [[Double]]
  /// K weights over all pairs (or all users).
  public private(set) var weights: [Double]
  /// P(head) of each user in the training pairs, `[K]`; empty without users.
  public private(set) var users: [Int: [Double]] = [:]
  /// Slope and intercept of log(w₀/w₁) in the context; empty without one.
  public private(set) var router: [Double] = []
  /// Mean −log likelihood of the training pairs under the mixture.
  public private(set) var trainingLoss = 0.0
  /// Rounds of expectation and maximisation.
  public private(set) var rounds = 0

  /// - Parameters:
  ///   - heads: where to start; at least one.
  ///   - tolerance: the change of the mean −log likelihood at which to stop.
  /// - Throws: `FitError` if a head has no finite optimum.
  public init(
    fitting pairs: LinearPairs, _ routing: Routing, heads: [[Double]], tolerance: Double = 1e-12
  ) throws(FitError) {
    precondition(!heads.isEmpty, "mixture: expected at least one head")
    if case .context = routing {
      precondition(heads.count == 2, "mixture: \(heads.count) heads, a context routes between 2")
      router = [0, 0]
    }
    self.heads = heads
    weights = [Double](repeating: 1 / Double(heads.count), count: heads.count)
    var last = Double.infinity
    while rounds < 20_000 {
      rounds += 1
      let expected = expectation(pairs, routing)
      trainingLoss = expected.loss
      try maximize(pairs, routing, expected.responsibilities)
      if abs(last - expected.loss) < tolerance { return }
      last = expected.loss
    }
    throw .notConverged("mixture fit", gradient: .nan)
  }

  /// log weights of the heads for a row, `[K]`.
  private func logWeights(_ row: Int, _ routing: Routing) -> [Double] {
    guard case .context(let contexts) = routing else { return weights.map { log($0) } }
    let z = router[0] * contexts[row] + router[1]
    return [-Logistic.softplus(-z), -Logistic.softplus(z)]
  }

  /// P(head | data) of every row, `[K][n]`, and the mean −log likelihood.
  private mutating func expectation(
    _ pairs: LinearPairs, _ routing: Routing
  ) -> (responsibilities: [[Double]], loss: Double) {
    let n = pairs.count
    let logs = heads.map { head in pairs.scores(head).map { -Logistic.softplus(-$0) } }
    var result = [[Double]](repeating: [Double](repeating: 0, count: n), count: heads.count)
    var loss = 0.0
    if case .users(let ids) = routing {
      var sums: [Int: [Double]] = [:]
      for row in 0..<n {
        for k in heads.indices {
          sums[ids[row], default: weights.map { log($0) }][k] += logs[k][row]
        }
      }
      for (user, sum) in sums { users[user] = Softmax.of(sum) }
      // In the order of ids, so that the sum has the same bits every time.
      for user in sums.keys.sorted() { loss -= Softmax.logSumExp(sums[user] ?? []) }
      for row in 0..<n {
        for k in heads.indices { result[k][row] = users[ids[row]]?[k] ?? 0 }
      }
    } else {
      for row in 0..<n {
        let prior = logWeights(row, routing)
        let joint = heads.indices.map { prior[$0] + logs[$0][row] }
        loss -= Softmax.logSumExp(joint)
        for (k, share) in Softmax.of(joint).enumerated() { result[k][row] = share }
      }
    }
    return (result, loss / Double(n))
  }

  private mutating func maximize(
    _ pairs: LinearPairs, _ routing: Routing, _ shares: [[Double]]
  ) throws(FitError) {
    for k in heads.indices {
      var weighted = pairs
      weighted.weights = shares[k]
      heads[k] = try weighted.fit(from: heads[k])
    }
    switch routing {
    case .free:
      weights = shares.map { $0.reduce(0, +) / Double(pairs.count) }
    case .users:
      let order = users.keys.sorted()
      weights = heads.indices.map { k in
        order.reduce(0) { $0 + (users[$1]?[k] ?? 0) } / Double(order.count)
      }
    case .context(let contexts):
      var rows = LinearPairs(contexts.flatMap { [$0, 1] }, width: 2)
      rows.pulls = shares[0].map { 1 - $0 }
      router = try rows.fit(from: router)
    }
  }

  // MARK: Use

  /// P(chosen ≻ rejected) of each pair: Σ wₖ σ(δₖ), with the weights of its user or context. A user
  /// without training pairs gets the overall weights.
  public func probabilities(_ pairs: LinearPairs, _ routing: Routing) -> [Double] {
    let scores = heads.map { pairs.scores($0) }
    return (0..<pairs.count).map { row in
      let shares: [Double] =
        switch routing {
        case .free: weights
        case .users(let ids): users[ids[row]] ?? weights
        case .context: logWeights(row, routing).map { exp($0) }
        }
      return heads.indices.reduce(0) { $0 + shares[$1] * Logistic.sigmoid(scores[$1][row]) }
    }
  }
}
