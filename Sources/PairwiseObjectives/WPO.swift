public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

#if canImport(Glibc)
  internal import Glibc
#endif

/// DPO that weighs pairs by how probable the present policy finds them, as if they came from it.
///
/// loss = W·softplus(−z) with DPO's z and W = w(chosen)·w(rejected), w(y) = exp(mean over tokens of
/// (log π(y_t) − log Σ_v π(v)²)): 1 for a typical token of the policy's own. W is a constant to the
/// gradient; `clamp` keeps it at most 1.
///
/// Where W is 1 it is DPO. The loss of improbable pairs is near 0, so it cannot be compared with DPO's.
///
/// ## When to use
///
/// For pairs that another model wrote, where DPO spends much of its gradient on texts the policy would
/// never produce. It costs next to nothing beyond DPO. On the policy's own samples all weights are near 1.
///
/// ## Metrics
///
/// `rewards/*` are β·log-ratio. `wpo/weight_mean` is the mean of W as it is used, `wpo/clamped_share` how
/// many were above 1.
///
/// ## In TRL
///
/// `DPOTrainer` with `use_weighting: true`, which does not clamp (`clamp: false`). The authors' β is 0.01,
/// TRL's 0.1.
///
/// - Source: Zhou et al. 2024, "WPO" (arXiv 2406.11827), and the authors' released code.
public struct WPO: Objective {
  public static let name = "wpo"
  public static let summary = "DPO with pairs weighted by how probable the policy finds them"
  public static let formula = """
    w(y) = exp(mean over tokens of [log policy(y_t) - log sum over v of policy(v)^2])
    loss = stop_gradient(w(chosen) w(rejected)) softplus(-z), z as in dpo; clamp: the product is at most 1
    Zhou et al. 2024, arXiv 2406.11827
    """

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// Whether weights above 1 become 1, default true.
  public var clamps: Bool

  public init(beta: Float = 0.1, clamps: Bool = true) { (self.beta, self.clamps) = (beta, clamps) }

  public init(from reader: inout SectionReader) {
    beta = reader.value("beta", default: 0.1, .greater(than: 0), "Scale of the log-ratios.")
    clamps = reader.value(
      "clamp", default: true, "Keep the weights at most 1, as the authors do; TRL does not.")
  }

  public var inputs: [InputSpec] {
    InputSpec.tokenLogps + InputSpec.tokens(\.logSumSquares, from: .model, .logProbability)
  }

  public var rewardScale: Double? { Double(beta) }

  /// W before it is clamped, `[B]`: summed in Double.
  private func weights(_ x: ObjectiveInputs) -> [Double] {
    var exponents = [Double](repeating: 0, count: x[.chosenMask].shape[0])
    for side in InputSpec.Side.allCases {
      let tokens = TokenSide(x, side)
      let base = tokens.selected(x[side.logSumSquares]).value
      let (logps, width, lengths) = (tokens.logps.value, base.shape[1], tokens.lengths)
      for row in exponents.indices {
        var sum = 0.0
        for place in row * width..<(row + 1) * width {
          sum += Double(logps[flat: place]) - Double(base[flat: place])
        }
        exponents[row] += sum / Double(max(1, lengths[row]))
      }
    }
    return exponents.map { Glibc.exp($0) }
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let weights = weights(x).map { Float(clamps ? min($0, 1) : $0) }
    let margin = x.chosenTokens.ratios.sumRows() - x.rejectedTokens.ratios.sumRows()
    return (-(beta * margin)).softplus() * Variable(constant: Tensor(weights))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (chosen, rejected) = (x.chosenTokens, x.rejectedTokens)
    let rewards = (beta * chosen.ratios.sumRows(), beta * rejected.ratios.sumRows())
    sums.add(PolicyFigures(chosen, rejected, rewards: rewards))
    let weights = weights(x)
    sums.mean("wpo/weight_mean", Tensor(weights.map { Float(clamps ? min($0, 1) : $0) }))
    sums.mean(
      "wpo/clamped_share", sum: Double(weights.count { $0 > 1 }), count: weights.count)
  }
}
