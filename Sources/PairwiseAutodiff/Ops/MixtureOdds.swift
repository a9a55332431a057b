internal import CKernels
internal import PairwiseTensor

extension Variable {
  /// log P − log(1 − P), P = Σ_k w_k·σ(δ_k), `[B]`: the log-odds of a mixture of logistic choices, from margins δ
  /// `[B, K]` and log weights `[B, K]` or `[K]`. Traps if the shapes don't fit.
  ///
  /// Both sides' probabilities are sums of positive terms in logarithms, so confident pairs keep their digits.
  public static func mixtureLogOdds(_ margins: Variable, logWeights: Variable) -> Variable {
    let (rows, heads) = (margins.shape[0], margins.shape[1])
    let isShared = logWeights.shape.rank == 1
    precondition(
      logWeights.shape == (isShared ? [heads] : margins.shape),
      "mixture: weights of \(logWeights.shape) for margins of \(margins.shape)")
    var odds = Tensor(uninitialized: [rows])
    var scratch = Tensor(uninitialized: [32 * heads])
    let values = unsafe odds.mutablePointer()
    func compute(
      _ slopes: (margins: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>)?
    ) {
      unsafe pw_mixture_log_odds(
        values, slopes?.margins, slopes?.weights, margins.value.pointer, logWeights.value.pointer,
        isShared ? 0 : heads, scratch.mutablePointer(), rows, heads)
    }
    guard margins.isDifferentiable || logWeights.isDifferentiable else {
      compute(nil)
      return Variable(constant: odds)
    }
    var (byMargin, byWeight) = (
      Tensor(uninitialized: [rows, heads]), Tensor(uninitialized: [rows, heads])
    )
    unsafe compute((byMargin.mutablePointer(), byWeight.mutablePointer()))
    let (left, right, slopes) = (margins.handle, logWeights.handle, (byMargin, byWeight))
    return record(odds, from: [margins, logWeights]) { dy, cotangents in
      func scaled(_ slopes: Tensor) -> Tensor {
        var terms = slopes
        unsafe pw_scale_rows(terms.mutablePointer(), heads, dy.pointer, rows, heads)
        return terms
      }
      if cotangents.wants(left) { cotangents.add(scaled(slopes.0), to: left) }
      guard cotangents.wants(right) else { return }
      let terms = scaled(slopes.1)
      if !isShared { return cotangents.add(terms, to: right) }
      unsafe cotangents.accumulate(into: right) { gradient in
        unsafe pw_sum_columns_accumulate(gradient, terms.pointer, rows, heads)
      }
    }
  }

  /// Σ_j x_ij·w_gj, `[R]`, of rows x `[R, N]` and weights `[G, N]`, where as many rows each, one after the other, share
  /// the weights g. Each summed in Double. Traps unless G divides R and the widths are equal.
  public func weightedSums(_ weights: Variable) -> Variable {
    let (rows, n, groups) = (shape[0], shape[1], weights.shape[0])
    precondition(
      weights.shape == [groups, n] && groups > 0 && rows % groups == 0,
      "weighted sums: weights of \(weights.shape) for \(shape)")
    let (x, w, each) = (value, weights.value, rows / groups)
    var y = Tensor(uninitialized: [rows])
    unsafe pw_weighted_rows(y.mutablePointer(), x.pointer, w.pointer, each, rows, n)
    let (left, right) = (handle, weights.handle)
    return Variable.record(y, from: [self, weights]) { dy, cotangents in
      if cotangents.wants(left) {
        var dx = Tensor(uninitialized: [rows, n])
        unsafe pw_weighted_rows_dx(dx.mutablePointer(), w.pointer, dy.pointer, each, rows, n)
        cotangents.add(dx, to: left)
      }
      if cotangents.wants(right) {
        var dw = Tensor(uninitialized: [groups, n])
        unsafe pw_weighted_rows_dw(dw.mutablePointer(), x.pointer, dy.pointer, each, rows, n)
        cotangents.add(dw, to: right)
      }
    }
  }
}
