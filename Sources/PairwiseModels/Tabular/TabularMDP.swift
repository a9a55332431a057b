/// A Markov decision process small enough to be solved exactly.
public struct TabularMDP: Sendable, Equatable {
  public let states: Int
  public let actions: Int
  /// P(s' | s, a), `[S, A, S]` row by row.
  public let transition: [Double]
  /// r(s, a), `[S, A]`.
  public let reward: [Double]
  /// Where an episode ends: no action is taken and nothing is earned.
  public let isTerminal: [Bool]
  /// γ in 0 … 1; 1 needs an end that is reached.
  public let discount: Double

  /// Traps for shapes that do not fit together, or probabilities that do not add up to 1 within 1e-9.
  public init(
    states: Int, actions: Int, transition: [Double], reward: [Double], isTerminal: [Bool],
    discount: Double = 1
  ) {
    precondition(
      states > 0 && actions > 0 && transition.count == states * actions * states
        && reward.count == states * actions && isTerminal.count == states,
      "mdp: shapes do not fit \(states) states and \(actions) actions")
    precondition((0...1).contains(discount), "mdp: discount \(discount) is not in 0 … 1")
    for row in 0..<states * actions {
      let total = transition[row * states..<(row + 1) * states].reduce(0, +)
      precondition(abs(total - 1) < 1e-9, "mdp: probabilities of row \(row) add up to \(total)")
    }
    (self.states, self.actions) = (states, actions)
    (self.transition, self.reward) = (transition, reward)
    (self.isTerminal, self.discount) = (isTerminal, discount)
  }

  /// The same process with other rewards, `[S, A]`.
  public func rewarded(_ reward: [Double]) -> TabularMDP {
    TabularMDP(
      states: states, actions: actions, transition: transition, reward: reward,
      isTerminal: isTerminal, discount: discount)
  }

  /// r'(s, a) = r(s, a) + γ·E Φ(s') − Φ(s): rewards that change no policy's order. Φ counts as 0 in ends.
  public func shaped(by potential: [Double]) -> TabularMDP {
    let heights = (0..<states).map { isTerminal[$0] ? 0 : potential[$0] }
    return rewarded(
      (0..<states * actions).map { row in
        reward[row] + discount * next(row, heights) - heights[row / actions]
      })
  }

  /// E f(s') of a state and action, `row` = s·A + a.
  private func next(_ row: Int, _ values: [Double]) -> Double {
    zip(transition[row * states..<(row + 1) * states], values).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// What the best policy earns.
  public struct Solution: Sendable, Equatable {
    /// V*(s), `[S]`, and Q*(s, a), `[S, A]`.
    public var values: [Double]
    public var actionValues: [Double]

    /// A*(s, a) = Q*(s, a) − V*(s), ≤ 0.
    public var advantages: [Double] {
      let actions = actionValues.count / values.count
      return actionValues.enumerated().map { $0.element - values[$0.offset / actions] }
    }
  }

  /// Value iteration until no value moves by more than `tolerance`; nil if that takes more than 100,000
  /// sweeps: an end that the best policy cannot reach, with γ = 1.
  public func solved(tolerance: Double = 1e-13) -> Solution? {
    var values = [Double](repeating: 0, count: states)
    for _ in 0..<100_000 {
      let all = actionValues(values)
      var change = 0.0
      for s in 0..<states where !isTerminal[s] {
        let best = all[s * actions..<(s + 1) * actions].max() ?? 0
        change = max(change, abs(best - values[s]))
        values[s] = best
      }
      if change <= tolerance {
        return Solution(values: values, actionValues: actionValues(values))
      }
    }
    return nil
  }

  private func actionValues(_ values: [Double]) -> [Double] {
    (0..<states * actions).map { row in
      isTerminal[row / actions] ? 0 : reward[row] + discount * next(row, values)
    }
  }
}

/// Some steps of a trajectory: the states it passes, and the actions between them.
public struct Segment: Sendable, Equatable {
  /// One more than actions.
  public let states: [Int]
  public let actions: [Int]

  public init(states: [Int], actions: [Int]) {
    precondition(
      states.count == actions.count + 1,
      "segment: \(states.count) states for \(actions.count) actions")
    (self.states, self.actions) = (states, actions)
  }

  /// Σ γᵗ·r(sₜ, aₜ).
  public func partialReturn(in mdp: TabularMDP) -> Double {
    var (sum, factor) = (0.0, 1.0)
    for (s, a) in zip(states, actions) {
      sum += factor * mdp.reward[s * mdp.actions + a]
      factor *= mdp.discount
    }
    return sum
  }

  /// Σ [V*(sₜ) − Q*(sₜ, aₜ)], ≥ 0: what was lost by not acting best.
  public func regret(_ solution: TabularMDP.Solution) -> Double {
    let actions = solution.actionValues.count / solution.values.count
    return zip(states, self.actions).reduce(0) { sum, step in
      sum + solution.values[step.0] - solution.actionValues[step.0 * actions + step.1]
    }
  }

  /// V*(s₀) − (partial return + γᵀ·V*(s_T)): the regret, where transitions are certain.
  public func certainRegret(in mdp: TabularMDP, _ solution: TabularMDP.Solution) -> Double {
    var factor = 1.0
    for _ in actions { factor *= mdp.discount }
    let last = states[states.count - 1]
    return solution.values[states[0]] - (partialReturn(in: mdp) + factor * solution.values[last])
  }
}

extension TabularMDP {
  /// Whether the process can reach an end from every state: without one rewards of γ = 1 add up for ever.
  public var reachesEnd: Bool {
    var good = isTerminal
    for _ in 0..<states {
      for row in 0..<states * actions where !good[row / actions] {
        good[row / actions] = (0..<states).contains {
          good[$0] && transition[row * states + $0] > 0
        }
      }
    }
    return good.allSatisfy(\.self)
  }

  /// What the policy that takes `choice[s]` in each state earns, as a linear function of the rewards: `[S, S·A]`, row
  /// s the discounted times that each state and action is passed from s on. Nil if it does not end with γ = 1.
  public func visits(of choice: [Int]) -> [Double]? {
    // (I − γP)·M = I over the states that are no end, by Gauss–Jordan with pivots.
    let live = (0..<states).filter { !isTerminal[$0] }
    let n = live.count
    var left = [Double](repeating: 0, count: n * n)
    var right = left
    for (i, s) in live.enumerated() {
      let row = s * actions + choice[s]
      for (j, next) in live.enumerated() {
        left[i * n + j] = (i == j ? 1 : 0) - discount * transition[row * states + next]
      }
      right[i * n + i] = 1
    }
    for column in 0..<n {
      let best = (column..<n).max { abs(left[$0 * n + column]) < abs(left[$1 * n + column]) }
      guard let pivot = best, abs(left[pivot * n + column]) > 1e-12 else { return nil }
      for j in 0..<n {
        left.swapAt(column * n + j, pivot * n + j)
        right.swapAt(column * n + j, pivot * n + j)
      }
      let scale = 1 / left[column * n + column]
      for j in 0..<n {
        left[column * n + j] *= scale
        right[column * n + j] *= scale
      }
      for i in 0..<n where i != column && left[i * n + column] != 0 {
        let factor = left[i * n + column]
        for j in 0..<n {
          left[i * n + j] -= factor * left[column * n + j]
          right[i * n + j] -= factor * right[column * n + j]
        }
      }
    }
    var result = [Double](repeating: 0, count: states * states * actions)
    for (i, s) in live.enumerated() {
      for (j, at) in live.enumerated() {
        result[s * states * actions + at * actions + choice[at]] = right[i * n + j]
      }
    }
    return result
  }
}
