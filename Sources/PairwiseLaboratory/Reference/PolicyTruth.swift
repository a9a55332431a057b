internal import Glibc
internal import PairwiseEvaluation

/// What is known about a policy over finitely many completions: where it starts, what each completion is worth,
/// and which policy is best when leaving the start costs β nats each.
///
/// π* ∝ π₀·exp(r/β) maximises E r − β·KL(π ‖ π₀), and π falls short of that maximum by β·KL(π ‖ π*). Prompts
/// count alike. Tables are `[P][V]`.
public struct PolicyTruth: Sendable, Equatable {
  /// log π₀ and log π*.
  public let start: [[Double]]
  public let best: [[Double]]
  public let rewards: [[Double]]
  public let beta: Double

  /// - Parameter start: log-probs up to a constant; nil: all completions alike. Traps if shapes differ.
  public init(rewards: [[Double]], start: [[Double]]? = nil, beta: Double) {
    let start = start ?? rewards.map { $0.map { _ in 0 } }
    precondition(
      start.map(\.count) == rewards.map(\.count), "policy truth: unequal tables")
    self.start = start.map(Softmax.logarithms)
    self.rewards = rewards
    self.beta = beta
    best = zip(self.start, rewards).map { start, rewards in
      Softmax.logarithms(zip(start, rewards).map { $0 + $1 / beta })
    }
  }

  /// Mean over prompts of Σ π·f, for log-probs and what to average.
  public static func mean(_ policy: [[Double]], _ values: [[Double]]) -> Double {
    let sums = zip(policy, values).map { row, values in
      zip(row, values).reduce(0) { $0 + exp($1.0) * $1.1 }
    }
    return sums.reduce(0, +) / Double(sums.count)
  }

  /// KL(π ‖ ρ) of two tables of log-probs, averaged over prompts, nats.
  public static func divergence(_ policy: [[Double]], from other: [[Double]]) -> Double {
    mean(policy, zip(policy, other).map { zip($0, $1).map { $0 == -.infinity ? 0 : $0 - $1 } })
  }

  /// Entropy in nats, averaged over prompts.
  public static func entropy(_ policy: [[Double]]) -> Double {
    -mean(policy, policy.map { $0.map { $0 == -.infinity ? 0 : $0 } })
  }

  /// E r.
  public func reward(_ policy: [[Double]]) -> Double { Self.mean(policy, rewards) }

  /// KL(π ‖ π₀), nats.
  public func divergence(_ policy: [[Double]]) -> Double {
    Self.divergence(policy, from: start)
  }

  /// How far E r − β·KL(π ‖ π₀) is below its maximum: β·KL(π ‖ π*).
  public func regret(_ policy: [[Double]]) -> Double {
    beta * Self.divergence(policy, from: best)
  }

  /// The greatest difference of a probability from π*'s.
  public func distance(_ policy: [[Double]]) -> Double {
    var greatest = 0.0
    for (row, best) in zip(policy, best) {
      for (a, b) in zip(row, best) { greatest = max(greatest, abs(exp(a) - exp(b))) }
    }
    return greatest
  }

  /// How often somebody who judges by Bradley and Terry prefers a draw of π to a draw of π₀, exactly.
  public func winRate(_ policy: [[Double]]) -> Double {
    var total = 0.0
    for (prompt, rewards) in rewards.enumerated() {
      let opponents = zip(start[prompt], rewards).map { (exp($0), $1) }
      for (logp, reward) in zip(policy[prompt], rewards) {
        let wins = opponents.reduce(0) { $0 + $1.0 * Logistic.sigmoid(reward - $1.1) }
        total += exp(logp) * wins
      }
    }
    return total / Double(rewards.count)
  }

  /// Share of all pairs of completions of different rewards that π's log-ratios to π₀ order as the rewards do.
  public func agreement(_ policy: [[Double]]) -> Double {
    var (right, all) = (0, 0)
    for (prompt, rewards) in rewards.enumerated() {
      let ratios = zip(policy[prompt], start[prompt]).map { $0 - $1 }
      for i in rewards.indices {
        for j in 0..<i where rewards[i] != rewards[j] {
          all += 1
          if (ratios[i] - ratios[j]) * (rewards[i] - rewards[j]) > 0 { right += 1 }
        }
      }
    }
    return all == 0 ? 1 : Double(right) / Double(all)
  }
}
