public import PairwiseAutodiff
public import PairwiseConfig
internal import PairwiseTensor

/// Bradley–Terry plus the likelihood of a rationale, for reward models that share their body with a language
/// model's head.
///
/// ℓ = softplus(−(r_c − r_r)) + γ·NLL(rationale)/tokens, or softplus(−γ·log π(rationale)) in place of the second
/// term with `rationale_form: logsigmoid`. A pair without a rationale (length 0) has no second term; γ = 0 leaves
/// it out.
///
/// ## When to use
///
/// When pairs come with reasons. The reasons are an auxiliary task for the body: the reward itself reads the
/// completions alone.
///
/// ## Metrics
///
/// Those of ``BradleyTerry``; over pairs with a rationale `rationale/logps`, its summed log-prob, and
/// `rationale/loss`, the second term; `rationale/share`, how many pairs have one.
///
/// ## In TRL
///
/// TRL has none.
///
/// - Source: Just et al. 2024 (arXiv 2407.14477); the `logsigmoid` form is the authors' code.
public struct RationaleAux: ScoreObjective {
  public static let name = "rationale_aux"
  public static let summary = "Bradley-Terry plus the likelihood of a rationale of the choice"
  public static let formula = """
    loss = softplus(-(r_chosen - r_rejected)) + term, 0 without a rationale
    nll:        term = -rationale_weight rationale_logps / rationale_len
    logsigmoid: term = softplus(-rationale_weight rationale_logps)
    Just et al. 2024, arXiv 2407.14477
    """

  /// How the rationale's likelihood enters.
  public enum Form: String, Sendable, CaseIterable {
    case nll
    case logSigmoid = "logsigmoid"
  }

  /// γ ≥ 0, default 0.1: weight of the rationale.
  public var rationaleWeight: Float
  public var form: Form

  public init(rationaleWeight: Float = 0.1, form: Form = .nll) {
    self.rationaleWeight = rationaleWeight
    self.form = form
  }

  public init(from reader: inout SectionReader) {
    rationaleWeight = reader.value(
      "rationale_weight", default: 0.1, .atLeast(0), "Weight of the rationale.")
    form = reader.choice(
      "rationale_form", default: .nll,
      "How the rationale enters: its mean negative log-likelihood (nll), or as the authors' code (logsigmoid)."
    )
  }

  public var inputs: [InputSpec] {
    InputSpec.scores + [
      .computed(.rationaleLogps, .logProbability), .counted(.rationaleLength, .atLeast(0)),
    ]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-x.scoreMargin).softplus() + rationaleLosses(x)
  }

  /// The second term, 0 where there is no rationale, `[B]`.
  private func rationaleLosses(_ x: ObjectiveInputs) -> Variable {
    let (logps, lengths) = (x[.rationaleLogps], x[.rationaleLength].value.array)
    guard rationaleWeight > 0 else { return 0 * logps }
    switch form {
    case .nll:
      let weights = lengths.map { $0 > 0 ? -rationaleWeight / $0 : 0 }
      return Variable(constant: Tensor(weights)) * logps
    case .logSigmoid:
      let present = Tensor(lengths.map { $0 > 0 ? 1 : 0 })
      return (-rationaleWeight * logps).softplus().masked(by: present)
    }
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
    let (logps, terms) = (x[.rationaleLogps].value, rationaleLosses(x).value)
    let lengths = x[.rationaleLength].value
    let rows = (0..<lengths.count).filter { lengths[flat: $0] > 0 }
    for (name, values) in [("rationale/logps", logps), ("rationale/loss", terms)] {
      sums.mean(name, sum: rows.reduce(0) { $0 + Double(values[flat: $1]) }, count: rows.count)
    }
    sums.mean("rationale/share", sum: Double(rows.count), count: lengths.count)
  }
}
