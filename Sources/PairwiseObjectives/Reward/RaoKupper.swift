public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Rao–Kupper: comparisons with ties. A side wins if it leads by more than a threshold, roughly.
///
/// With Δ = r_a − r_b and τ ≥ 0: P(a) = σ(Δ − τ), P(b) = σ(−Δ − τ), and the rest is the tie, P = σ(Δ − τ)·σ(−Δ −
/// τ)·(e^{2τ} − 1). Its −log is computed as softplus(Δ − τ) + softplus(−Δ − τ) − log(1 − e^{−2τ}), all of whose
/// terms are positive. τ = 0 is Bradley–Terry on decided pairs; ties are likeliest at Δ = 0, with (θ − 1)/(θ + 1),
/// θ = e^τ; a tie there pulls neither way. It is ``OrdinalBT`` with three categories and cut points ±τ.
///
/// ## When to use
///
/// When judges may call a tie: a tie tells that the rewards are near each other, which dropping it loses and
/// half a win each distorts. ``Davidson`` is the other classical model; both give the same order.
///
/// ## Metrics
///
/// `tau`; `tie_rate_predicted`, the mean probability of a tie, and `tie_rate_observed`; over decided pairs `accuracy`,
/// `accuracy_half` and `margin`, the mean lead of the winner; `mean_reward`, `min_reward`, `max_reward`.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Rao & Kupper 1967.
public struct RaoKupper: Objective {
  public static let name = "rao_kupper"
  public static let summary = "likelihood of win, tie or loss: a threshold that is learned"
  public static let formula = """
    d = r_a - r_b
    label  1: loss = softplus(tau - d)        label -1: loss = softplus(tau + d)
    label  0: loss = softplus(d - tau) + softplus(-d - tau) - log(1 - exp(-2 tau))
    Rao & Kupper 1967
    """

  /// τ: 0.5 before training by default.
  public var tie: TieParameter

  public init(tie: TieParameter = TieParameter()) { self.tie = tie }

  public init(from reader: inout SectionReader) {
    tie = TieParameter(from: &reader, "The threshold")
  }

  public var inputs: [InputSpec] {
    InputSpec.comparedScores + tie.specs(.tau, .softplus, whenLearned: .atLeast(0))
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let (margin, tau, labels) = (x.comparedMargin, tie.value(x, .tau), x[.label].value.array)
    let decided = Tensor(labels.map { $0 == 0 ? 0 : 1 })
    let lead = Variable(constant: x[.label].value) * margin
    let wins = (tau - lead).softplus().masked(by: decided)
    guard labels.contains(0) else { return wins }
    let ties = (margin - tau).softplus() + (-margin - tau).softplus() - (-2 * tau).log1mexp()
    return wins + ties.masked(by: Tensor(labels.map { $0 == 0 ? 1 : 0 }))
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    let (margin, tau) = (x.comparedMargin, tie.value(x, .tau))
    let rows = margin.value.count
    sums.mean("tau", sum: Double(tau.value.item) * Double(rows), count: rows)
    let decided = (margin - tau).sigmoid() + (-margin - tau).sigmoid()
    sums.mean("tie_rate_predicted", (1 - decided).value)
    sums.addOutcomes(x[.label].value.array, margins: margin.value.array)
    sums.addComparedScores(x)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    func values(_ name: InputName) -> [Float] {
      given.first { $0.name == name }?.tensor.array ?? []
    }
    guard values(.tau) == [0], let row = values(.label).firstIndex(of: 0) else { return nil }
    return "\(InputName.tau): expected more than 0, as row \(row) is a tie, found 0"
  }
}

extension InputName {
  /// Threshold τ of ``RaoKupper``, `[1]`.
  public static let tau: InputName = "tau"
}
