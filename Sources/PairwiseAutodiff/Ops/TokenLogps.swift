public import PairwiseTensor

/// Log-probabilities of target tokens, with figures of their distributions if asked for; each `[C]`.
public struct TokenLogps {
  /// log p(target), in nats.
  public let logps: Variable
  /// −Σ p·log p over the vocabulary, in nats.
  public let entropy: Tensor?
  /// 1 where the target is the most likely token (the first of equals), else 0.
  public let isBest: Tensor?
  /// Mean of the logits over the vocabulary.
  public let meanLogit: Tensor?
  /// log Σ p² over the vocabulary, in nats.
  public let logSumSquares: Tensor?
  /// log p(target) under the reference, in nats.
  public let referenceLogps: Tensor?
  /// KL(reference ‖ p) over the vocabulary, in nats, ≥ 0: exactly 0 where both have the same logits.
  public let divergence: Variable?
}

/// What a reference makes of the same tokens: its rows before the output matrix, and that matrix.
/// Constants.
public struct TokenReference: Sendable {
  /// `[C, D′]`
  public var hidden: Tensor
  /// `[V, D′]`
  public var head: Tensor

  public init(hidden: Tensor, head: Tensor) { (self.hidden, self.head) = (hidden, head) }
}

extension Variable {
  /// log softmax(self·Wᵀ)[target] of each row: `self` `[C, D]`, `weight` `[V, D]` → `[C]`; with a
  /// reference KL(softmax(reference) ‖ softmax(self·Wᵀ)) besides, through which gradients flow too.
  ///
  /// Logits exist for a part of the vocabulary at a time. All of them are kept for the pullback if they
  /// fit into `budget` bytes, else computed again. A row depends on itself alone, and nothing on `budget`.
  /// Traps if the shapes don't fit or a target is out of range.
  public func tokenLogps(
    _ targets: [Int32], head weight: Variable, budget: Int, statistics: Bool,
    squares: Bool = false, against reference: TokenReference? = nil
  ) -> TokenLogps {
    let (h, w) = (value, weight.value)
    precondition(
      h.shape.rank == 2 && w.shape.rank == 2 && h.shape[1] == w.shape[1],
      "token logps: rows \(h.shape) for a head \(w.shape)")
    let vocabulary = w.shape[0]
    precondition(
      targets.count == h.shape[0] && vocabulary > 0
        && targets.allSatisfy { $0 >= 0 && Int($0) < vocabulary },
      "token logps: \(targets.count) targets for \(h.shape), or one outside 0..<\(vocabulary)")
    if let reference {
      let (theirs, head) = (reference.hidden.shape, reference.head.shape)
      precondition(
        theirs.rank == 2 && head.rank == 2 && theirs[1] == head[1] && theirs[0] == h.shape[0]
          && head[0] == vocabulary,
        "token logps: a reference of \(theirs) and \(head) for \(h.shape) and \(w.shape)")
    }
    let isRecorded = tape != nil || weight.tape != nil
    let plan = HeadPlan(
      rows: h.shape[0], vocabulary: vocabulary, targets: targets, squares: squares,
      reference: reference,
      budget: isRecorded ? budget : min(budget, HeadPlan.passingBudget))
    var state = plan.forward(h, w)
    if !plan.isWhole || !isRecorded { state.dropLogits() }
    let result = state.summary(plan)
    let (input, table, kept) = (handle, weight.handle, state)
    let outputs = Variable.record(result.outputs, from: [self, weight]) { dy, cotangents in
      plan.pullback(h, w, kept, dy, input, table, &cotangents)
    }
    return TokenLogps(
      logps: outputs.row(0), entropy: statistics ? result.entropy : nil,
      isBest: statistics ? result.isBest : nil,
      meanLogit: statistics ? result.meanLogit : nil, logSumSquares: result.logSumSquares,
      referenceLogps: result.referenceLogps,
      divergence: reference == nil ? nil : outputs.row(1))
  }

  /// One row of a matrix: `[R, N]` → `[N]`.
  private func row(_ index: Int) -> Variable {
    let length = shape[1]
    return rows([Int32(index)]).reshaped([length])
  }
}
