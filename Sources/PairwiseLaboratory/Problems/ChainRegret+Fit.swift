internal import PairwiseEvaluation
internal import PairwiseModels

extension ChainRegret {
  /// A reward that explains labels by the regret it makes of each segment.
  public struct RegretFit: Sendable, Equatable {
    /// r(s, a) of the three states before the goal, all negative.
    public var rewards: [Double]
    /// Mean cross-entropy of all pairs at the best step, and of the labels themselves: the least there is.
    public var loss: Double
    public var entropy: Double
    /// The best action in each of the three states.
    public var greedy: [Int]
  }

  /// Fits r = −softplus(u) to the exact probabilities of all pairs by gradient steps through V*, which is
  /// solved anew at every step. The loss is not convex: the best step is kept.
  ///
  /// - Parameter scores: of each segment; a pair's probability is σ of their difference.
  /// - Returns: nil if some reward along the way has no best policy.
  public func fittedRegret(
    _ scores: [Double], start: [Double], steps: Int = 2000, rate: Double = 0.05
  ) -> RegretFit? {
    let all = segments()
    var u = start
    var adam = Adam(unknowns: 6, rate: rate)
    var best: RegretFit?
    for _ in 0..<steps {
      let rewards = u.map { -Logistic.softplus($0) }
      guard let solution = mdp.rewarded(rewards + [0, 0]).solved(tolerance: 1e-12) else {
        return nil
      }
      let regrets = all.map { $0.regret(solution) }
      let (loss, entropy, pulls) = crossEntropy(regrets, scores)
      let greedy = (0..<3).map { s in
        solution.actionValues[2 * s + 1] >= solution.actionValues[2 * s] ? Self.right : Self.left
      }
      if loss < best?.loss ?? .infinity {
        best = RegretFit(rewards: rewards, loss: loss, entropy: entropy, greedy: greedy)
      }
      var slope = [Double](repeating: 0, count: 6)
      for (segment, pull) in zip(all, pulls) {
        for (k, count) in regretSlope(segment, greedy).enumerated() { slope[k] += pull * count }
      }
      // ∂r/∂u = −σ(u).
      adam.update(&u, zip(slope, u).map { -$0 * Logistic.sigmoid($1) })
    }
    return best
  }

  /// The mean loss over all pairs, its least value, and its slope in each segment's regret.
  private func crossEntropy(
    _ regrets: [Double], _ scores: [Double]
  ) -> (loss: Double, entropy: Double, pulls: [Double]) {
    var (loss, entropy, count) = (0.0, 0.0, 0.0)
    var pulls = [Double](repeating: 0, count: regrets.count)
    for i in regrets.indices {
      for j in regrets.indices.dropFirst(i + 1) {
        let p = Logistic.sigmoid(scores[i] - scores[j])
        let gap = regrets[j] - regrets[i]
        let truth = scores[i] - scores[j]
        loss += Logistic.softplus(-gap) + (1 - p) * gap
        entropy += Logistic.softplus(-truth) + (1 - p) * truth
        let pull = Logistic.sigmoid(gap) - p
        pulls[i] -= pull
        pulls[j] += pull
        count += 1
      }
    }
    return (loss / count, entropy / count, pulls.map { $0 / count })
  }

  /// ∂regret/∂r(s, a): V* moves with the visits of the best path (the envelope theorem), the segment with its
  /// own.
  private func regretSlope(_ segment: Segment, _ greedy: [Int]) -> [Double] {
    var slope = [Double](repeating: 0, count: 6)
    for (s, a) in zip(segment.states, segment.actions) { slope[2 * s + a] -= 1 }
    for (state, sign) in [(segment.states[0], 1.0), (segment.states[segment.states.count - 1], -1)]
    {
      var s = state
      // A best path visits no state twice.
      for _ in 0..<3 where s < 3 {
        slope[2 * s + greedy[s]] += sign
        s = greedy[s] == Self.right ? s + 1 : max(s - 1, 0)
      }
    }
    return slope
  }
}
