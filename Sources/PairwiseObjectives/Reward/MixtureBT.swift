public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// A mixture of Bradley–Terry heads whose weights a router gives: one population, many preferences.
///
/// P(chosen ≻ rejected) = Σ_k w_k·σ(δ_k) with δ_k = r_k(chosen) − r_k(rejected) and w = softmax(router); ℓ = −log
/// P, and the loss adds α·mean Σ_k w_k log w_k, the negative entropy of the weights, which keeps heads alive. ℓ is
/// computed as softplus of the log-odds of the rejected side: both sides' probabilities are sums of positive terms
/// in logarithms, so confident pairs keep their digits. One head is ``BradleyTerry``; so are equal heads, whatever
/// the weights.
///
/// A static router is one row of logits for all pairs. Weights may also be given from outside, as
/// `mixture_weights`; they are constants then.
///
/// ## When to use
///
/// With the model head `mixture`, when people disagree and the prompt, the context or the user tells something about
/// who is asking. Without any such thing a mixture cannot predict better than the majority: it only has the
/// better likelihood.
///
/// ## Metrics
///
/// `accuracy`, `accuracy_half` and `tie_rate` of the mixture's own probability, `margin`, its mean log-odds, and `nll`;
/// `router/entropy` in nats, `router/weight/k`, the mean weight of head k, and `heads/accuracy/k`, the share of pairs
/// that head k alone orders right; of evaluations `heads/correlation/i/j`, Pearson's of the leads that two heads see.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Shen et al. 2025, MiCRo (arXiv 2505.24846).
public struct MixtureBT: Objective {
  public static let name = "mixture_bt"
  public static let summary = "mixture of Bradley-Terry heads with routed weights"
  public static let formula = """
    d_k = r_k(chosen) - r_k(rejected), w = softmax(router_logits), or mixture_weights
    loss = -log sum_k w_k sigmoid(d_k) + alpha mean(sum_k w_k log w_k)
    Shen et al. 2025, arXiv 2505.24846
    """

  /// α ≥ 0, default 0.5: what evenly spread weights are worth.
  public var alpha: Float

  public init(alpha: Float = 0.5) { self.alpha = alpha }

  public init(from reader: inout SectionReader) {
    alpha = reader.value(
      "alpha", default: 0.5, .atLeast(0), "What the entropy of the router's weights is worth.")
  }

  public var inputs: [InputSpec] {
    var logits = InputSpec.computed(.routerLogits, width: .symbol("K"))
    logits.alternative = .mixtureWeights
    logits.isShareable = true
    var weights = InputSpec.columns(.mixtureWeights, width: .symbol("K"), .closed(0, 1))
    weights.alternative = .routerLogits
    weights.isOptional = true
    return [
      .computed(.chosenHeadScores, width: .symbol("K")),
      .computed(.rejectedHeadScores, width: .symbol("K")), logits, weights,
    ]
  }

  public var undecidedLoss: Double? { alpha == 0 ? .ln2 : nil }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-Variable.mixtureLogOdds(x.headMargins, logWeights: x.logMixtureWeights())).softplus()
  }

  public func penalties(_ x: ObjectiveInputs) -> Variable? {
    guard alpha > 0 else { return nil }
    let pairs = Variable(constant: Tensor.zeros([x[.chosenHeadScores].shape[0]]))
    return pairs - alpha * HeadMixture.entropy(x.logMixtureWeights())
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    // Figures need no gradients.
    let (margins, logWeights) = (x.headMargins.detached(), x.logMixtureWeights().detached())
    let odds = Variable.mixtureLogOdds(margins, logWeights: logWeights)
    sums.addLogOdds(odds.value)
    sums.mean("nll", (-odds).softplus().value)
    sums.addHeads(margins.value, logWeights)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    guard let weights = given.first(where: { $0.name == .mixtureWeights })?.tensor else {
      return nil
    }
    for row in 0..<weights.shape[0] {
      let sum = BatchTotals.sum(weights.rows(row..<row + 1))
      if abs(sum - 1) > 1e-6 {
        return
          "\(InputName.mixtureWeights): row \(row): expected weights that add up to 1, found \(sum)"
      }
    }
    return nil
  }
}

/// What a mixture of Bradley–Terry heads says about a pair.
enum HeadMixture {
  /// −Σ_k w_k log w_k, `[B]`, or a scalar for weights `[K]`. A weight of 0 adds nothing.
  static func entropy(_ logWeights: Variable) -> Variable {
    let hasZeros = logWeights.value.firstNonFinite != nil
    let finite =
      hasZeros
      ? logWeights.masked(
        by: Tensor(logWeights.shape, logWeights.value.array.map { $0.isFinite ? 1 : 0 }))
      : logWeights
    if finite.shape.rank == 1 { return -(logWeights.exp() * finite).sumRows() }
    return -finite.weightedSums(logWeights.exp())
  }
}

extension ObjectiveInputs {
  /// δ_k of every head, `[B, K]`.
  var headMargins: Variable { self[.chosenHeadScores] - self[.rejectedHeadScores] }

  /// log w, `[B, K]`, or `[K]` for a static router; −inf for a given weight of 0.
  fileprivate func logMixtureWeights() -> Variable {
    optional(.mixtureWeights)?.log() ?? self[.routerLogits].logSoftmax()
  }
}

extension MetricSums {
  /// Figures of heads and router: `router/entropy`, `router/weight/k`, `heads/accuracy/k`; of whole sets
  /// `heads/correlation/i/j` of the leads they see.
  mutating func addHeads(_ margins: Tensor, _ logWeights: Variable) {
    let (rows, heads) = (margins.shape[0], margins.shape[1])
    let entropy = HeadMixture.entropy(logWeights).value
    // A static router's is the same for all pairs.
    let repeats = Double(rows / max(1, entropy.count))
    mean("router/entropy", sum: BatchTotals.sum(entropy) * repeats, count: rows)
    let (wins, shares) = (margins.columnSums { $0 > 0 ? 1 : 0 }, logWeights.exp().value)
    let weights = shares.columnSums { Double($0) }
    for head in 0..<heads {
      mean(
        "router/weight/\(head)", sum: weights[head] * Double(rows * heads / shares.count),
        count: rows)
      mean("heads/accuracy/\(head)", sum: wins[head], count: rows)
    }
    // Two by two there are many: of whole sets alone.
    guard keepsPairs else { return }
    for second in 0..<heads {
      for first in 0..<second {
        correlation("heads/correlation/\(first)/\(second)") { both in
          for row in 0..<rows {
            both.add(
              Double(margins[flat: row * heads + first]),
              Double(margins[flat: row * heads + second]))
          }
        }
      }
    }
  }
}

extension Tensor {
  /// Σ of a function of each element, by column: `[B, K]` or `[K]` → `[K]`. Inlined, so that no function is called for
  /// each element.
  @inline(__always)
  fileprivate func columnSums(of value: (Float) -> Double) -> [Double] {
    let columns = shape[shape.rank - 1]
    var sums = [Double](repeating: 0, count: columns)
    withSpan { span in
      var sums = sums.mutableSpan
      for row in 0..<span.count / columns {
        for column in 0..<columns { sums[column] += value(span[row * columns + column]) }
      }
    }
    return sums
  }
}

extension InputName {
  /// Rewards of each head, `[B, K]`.
  public static let chosenHeadScores: InputName = "chosen_head_scores"
  public static let rejectedHeadScores: InputName = "rejected_head_scores"
  /// Logits of the heads' weights, `[B, K]`, or `[K]` for all pairs.
  public static let routerLogits: InputName = "router_logits"
  /// Weights of the heads that were given from outside, each row adding up to 1, `[B, K]`.
  public static let mixtureWeights: InputName = "mixture_weights"
}
