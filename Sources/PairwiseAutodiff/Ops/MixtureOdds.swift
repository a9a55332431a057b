internal import PairwiseTensor

extension Variable {
  /// log P − log(1 − P), P = Σ_k w_k·σ(δ_k), `[B]`: the log-odds of a mixture of logistic choices, from margins δ
  /// `[B, K]` and log weights `[B, K]` or `[K]`.
  public static func mixtureLogOdds(_ margins: Variable, logWeights: Variable) -> Variable {
    logMean(margins.logSigmoid(), logWeights) - logMean((-margins).logSigmoid(), logWeights)
  }

  /// log Σ_k w_k·e^{x_k}, `[B]`. The largest x of a row is taken out first: beside a large one weights would lose
  /// their digits.
  private static func logMean(_ x: Variable, _ logWeights: Variable) -> Variable {
    let (rows, heads) = (x.shape[0], x.shape[1])
    var tops = [Float](repeating: -.infinity, count: rows)
    x.value.withSpan { span in
      for row in 0..<rows {
        for head in 0..<heads { tops[row] = max(tops[row], span[row * heads + head]) }
      }
    }
    let top = Tensor(tops)
    let rest = x - Variable(constant: top.reshaped([rows, 1]))
    return (logWeights + rest).logSumExp() + Variable(constant: top)
  }
}
