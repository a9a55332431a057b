internal import Glibc
public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Adapts the router of a mixture to a few pairs whose context is known, with frozen heads.
///
/// Where f are the router's weights at the start of the epoch (of the step with `recompute: step`) and L_k =
/// softplus(−δ_k) the losses of the heads, the target is ω_k ∝ f_k·e^{−L_k/τ}, the minimum of Σ ω_k·L_k + τ·KL(ω ‖
/// f); ℓ is the cross-entropy −Σ ω_k log f_k of the router in training. Targets are constants. All is computed in
/// double precision: with small τ targets hang on differences of large exponents. τ = 1 is the step of expectation
/// maximisation for ``MixtureBT``; large τ learns nothing, and τ → 0 picks the best head.
///
/// ## When to use
///
/// After ``MixtureBT``, when some tens of pairs are labelled with the attribute they were judged by. The paper's τ
/// are 1e-3 and 1e-4 for heads of small scale; with well scaled heads 1 is better.
///
/// ## Metrics
///
/// `accuracy`, `accuracy_half`, `tie_rate` and `margin` of the mixture with the router in training, `router/entropy`,
/// `router/weight/k`, `heads/accuracy/k`, `heads/correlation/i/j` as in ``MixtureBT``; `target/k`, the mean target of each head.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Shen et al. 2025, MiCRo, stage 2 (arXiv 2505.24846).
public struct HedgeRouter: Objective {
  public static let name = "hedge_router"
  public static let summary = "adapts a mixture's router to a few pairs of known context"
  public static let formula = """
    L_k = softplus(-(r_k(chosen) - r_k(rejected))), f = softmax(start_router_logits)
    target_k proportional to f_k exp(-L_k/tau), a constant
    loss = -sum_k target_k log softmax(router_logits)_k
    Shen et al. 2025, arXiv 2505.24846
    """

  /// τ > 0, default 1: how far targets stay with the router they start from.
  public var tau: Double

  /// `epoch`, the default, or `step`.
  public var recompute: Recompute

  /// What targets are made from.
  public enum Recompute: String, Sendable, CaseIterable {
    /// The router as it was at the start of the epoch, which `start_router_logits` tells.
    case epoch
    /// The router as it is.
    case step
  }

  public init(tau: Double = 1, recompute: Recompute = .epoch) {
    self.tau = tau
    self.recompute = recompute
  }

  public init(from reader: inout SectionReader) {
    tau = reader.value(
      "tau", default: 1, .greater(than: 0),
      "How near targets stay to the router they are made from; small values pick the best head.")
    recompute = reader.choice(
      "recompute", default: .epoch,
      "What targets are made from: the router at the start of the epoch, as given, or as it is (step)."
    )
  }

  public var inputs: [InputSpec] {
    func constant(_ name: InputName, _ source: InputSpec.Source) -> InputSpec {
      InputSpec(
        name, shape: [.symbol("B"), .symbol("K")], from: source, isDifferentiable: false)
    }
    return [constant(.chosenHeadScores, .model), constant(.rejectedHeadScores, .model)]
      + (recompute == .epoch ? [constant(.startRouterLogits, .data)] : [])
      + [.computed(.routerLogits, width: .symbol("K"))]
  }

  public var untrained: String? { "the heads" }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let router = rows(x[.routerLogits], x)
    var (losses, slopes) = ([Double](), [Double]())
    for (row, target) in targets(x).enumerated() {
      let logWeights = Self.logShares(Self.row(row, of: router.value))
      losses.append(-zip(target, logWeights).reduce(0) { $0 + $1.0 * $1.1 })
      slopes += zip(target, logWeights).map { exp($1) - $0 }
    }
    return .linear(losses, slopes: [(router, slopes)])
  }

  /// ω of every pair.
  private func targets(_ x: ObjectiveInputs) -> [[Double]] {
    let margins = x.headMargins.value
    let start = rows(x[recompute == .epoch ? .startRouterLogits : .routerLogits], x).value
    return (0..<margins.shape[0]).map { row in
      let exponents = zip(Self.row(row, of: start), Self.row(row, of: margins)).map {
        logit, margin in
        logit - (max(-margin, 0) + log1p(exp(-abs(margin)))) / tau
      }
      return Self.logShares(exponents).map { exp($0) }
    }
  }

  /// Logits by pair, also of a router that is the same for all.
  private func rows(_ logits: Variable, _ x: ObjectiveInputs) -> Variable {
    logits.shape.rank > 1
      ? logits : logits + Variable(constant: Tensor.zeros(x[.chosenHeadScores].shape))
  }

  private static func row(_ row: Int, of matrix: Tensor) -> [Double] {
    let width = matrix.shape[1]
    return (0..<width).map { Double(matrix[flat: row * width + $0]) }
  }

  /// log softmax.
  private static func logShares(_ x: [Double]) -> [Double] {
    let top = x.max() ?? 0
    let sum = top + log(x.reduce(0) { $0 + exp($1 - top) })
    return x.map { $0 - sum }
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let logWeights = x[.routerLogits].detached().logSoftmax()
    sums.addLogOdds(Variable.mixtureLogOdds(x.headMargins, logWeights: logWeights).value)
    sums.addHeads(x.headMargins.value, logWeights)
    let targets = targets(x)
    for head in 0..<x.headMargins.shape[1] {
      let sum = targets.reduce(0) { $0 + $1[head] }
      sums.mean("target/\(head)", sum: sum, count: targets.count)
    }
  }
}

extension InputName {
  /// Logits of the router that targets start from, `[B, K]`.
  public static let startRouterLogits: InputName = "start_router_logits"
}
