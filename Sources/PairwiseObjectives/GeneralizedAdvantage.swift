internal import PairwiseTensor

/// How much better than expected each token of a completion was, where the reward comes at its end.
///
/// δ_t = r_t + γ·V_{t+1} − V_t with r = 0 but at the last token and V = 0 behind it; A_t = δ_t + γλ·A_{t+1}. Returns
/// are A_t + V_t: what V is to become.
///
/// - Source: Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (arXiv
///   1506.02438), eq. 16.
struct GeneralizedAdvantage {
  /// `[B, T]`, 0 where there is no token.
  let advantages: Tensor
  let returns: Tensor

  /// - Parameters:
  ///   - rewards: `[B]`, of whole completions.
  ///   - values: V, `[B, T]`.
  ///   - mask: 1 at tokens, `[B, T]`.
  init(rewards: Tensor, values: Tensor, mask: Tensor, gamma: Double, lambda: Double) {
    let (rows, width) = (mask.shape[0], mask.shape[1])
    let (values, isToken) = (values.array, mask.array)
    var advantages = [Float](repeating: 0, count: rows * width)
    var returns = advantages
    for row in 0..<rows {
      var (next, following) = (0.0, 0.0)
      var reward = Double(rewards[flat: row])
      for place in (row * width..<(row + 1) * width).reversed() where isToken[place] != 0 {
        let value = Double(values[place])
        following = reward + gamma * next - value + gamma * lambda * following
        (next, reward) = (value, 0)
        advantages[place] = Float(following)
        returns[place] = Float(following + value)
      }
    }
    self.advantages = Tensor(mask.shape, advantages)
    self.returns = Tensor(mask.shape, returns)
  }

  /// Numbers at tokens moved and scaled to mean 0 and variance 1 over the whole batch (divisor n − 1), 0 elsewhere.
  static func whitened(_ numbers: Tensor, mask: Tensor) -> Tensor {
    let isToken = mask.array
    let known = zip(numbers.array, isToken).filter { $0.1 != 0 }.map { Double($0.0) }
    guard known.count > 1 else { return Tensor.zeros(numbers.shape) }
    let mean = known.reduce(0, +) / Double(known.count)
    let square = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let scale = 1 / (square / Double(known.count - 1) + 1e-8).squareRoot()
    return Tensor(
      numbers.shape,
      zip(numbers.array, isToken).map { $1 != 0 ? Float((Double($0) - mean) * scale) : 0 })
  }
}
