internal import PairwiseAutodiff
internal import PairwiseTensor

/// One side of a batch with weights on its tokens.
struct MaskedSide {
  let side: TokenSide
  /// `[B, T]`, 0 where there is no token; nil: 1 at every token.
  let rewardMask: Variable?
  let klMask: Variable?
  /// Σ KL and Σ m_d·KL, `[B]`.
  let kl: Variable
  let maskedKL: Variable
  /// Σ m_u·lr + Σ m_d·KL, `[B]`.
  let reward: Variable

  init(_ x: ObjectiveInputs, _ which: InputSpec.Side, reward: Variable?, kl: Variable?) {
    let side = TokenSide(x, which)
    let (rewardMask, klMask) = (reward.map(side.selected), kl.map(side.selected))
    let tokenKL = side.selected(x[which.kl])
    self.kl = tokenKL.sumRows()
    maskedKL = klMask.map { ($0 * tokenKL).sumRows() } ?? self.kl
    let ratio = rewardMask.map { $0 * side.ratios } ?? side.ratios
    self.reward = ratio.sumRows() + maskedKL
    (self.side, self.rewardMask, self.klMask) = (side, rewardMask, klMask)
  }
}

extension MetricSums {
  /// Rewards and divergences of both sides.
  mutating func addMasked(_ chosen: MaskedSide, _ rejected: MaskedSide, beta: Float) {
    let rewards = (beta * chosen.reward, beta * rejected.reward)
    add(PolicyFigures(chosen.side, rejected.side, rewards: rewards))
    mean("kl/chosen", chosen.kl.value)
    mean("kl/rejected", rejected.kl.value)
    mean("kl_masked/chosen", chosen.maskedKL.value)
    mean("kl_masked/rejected", rejected.maskedKL.value)
  }

  /// Statistics of a mask over the tokens of a side: `name/sparsity/which` and so on.
  mutating func addMask(_ name: String, _ mask: Variable, of side: TokenSide, _ which: String) {
    let (values, places) = (mask.value, side.mask)
    var (zeros, tokens, sum, most) = (0, 0, 0.0, 0.0)
    values.withSpan { m in
      places.withSpan { isToken in
        for i in 0..<m.count where isToken[i] != 0 {
          tokens += 1
          if m[i] == 0 { zeros += 1 }
          sum += Double(m[i])
          most = max(most, Double(m[i]))
        }
      }
    }
    mean("\(name)/sparsity/\(which)", sum: 100 * Double(zeros), count: tokens)
    mean("\(name)/mean/\(which)", sum: sum, count: tokens)
    maximum("\(name)/max/\(which)", most)
    mean("\(name)/l1/\(which)", sum: sum, count: places.shape[0])
  }
}
