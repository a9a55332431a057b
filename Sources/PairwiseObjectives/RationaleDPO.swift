public import PairwiseAutodiff
public import PairwiseConfig

/// DPO plus the likelihood of a rationale: why the chosen completion is the better one.
///
/// ℓ = softplus(−z) + softplus(−γ·R) with DPO's z and R = log π(rationale | its own prompt), which holds the
/// original prompt, both completions and a question for the reason. `rationale_term: nll` has −γ·R in place of the
/// second term; it differs by at most ln 2 in value, and in slope by the factor σ(−γ·R).
///
/// γ = 0 is DPO plus ln 2 with `logsigmoid`, and DPO with `nll`. The rationale has no reference.
///
/// ## When to use
/// When pairs come with reasons, written or generated: the same accuracy from fewer pairs, at the cost of one
/// more sequence a pair. Without rationales, plain `dpo`.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio. `rationale/logps` is the mean of the rationales' summed log-probs,
/// `rationale/loss` the second term.
///
/// ## In TRL
/// TRL has none. The authors' code is the `logsigmoid` form with sums.
///
/// - Source: Just et al. 2024 (arXiv 2407.14477); the `logsigmoid` form is the authors' code.
public struct RationaleDPO: PairedPolicyObjective {
  public static let name = "rationale_dpo"
  public static let summary = "DPO plus the likelihood of a rationale of the choice"
  public static let formula = """
    loss = softplus(-z) + term(gamma R), z as in dpo, R = rationale log-prob (over rationale_len if averaged)
    logsigmoid: term(x) = softplus(-x)
    nll:        term(x) = -x
    Just et al. 2024, arXiv 2407.14477
    """

  /// How the rationale's likelihood enters.
  public enum Term: String, Sendable, CaseIterable {
    case logSigmoid = "logsigmoid"
    case nll
  }

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// γ ≥ 0, default 0.1: weight of the rationale.
  public var gamma: Float
  /// `logsigmoid` or `nll`; required.
  public var term: Term
  /// Default false: whether the rationale's log-prob is averaged over its tokens instead of summed.
  public var averages: Bool

  public init(
    beta: Float = 0.1, gamma: Float = 0.1, term: Term = .logSigmoid, averages: Bool = false
  ) {
    self.beta = beta
    self.gamma = gamma
    self.term = term
    self.averages = averages
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    gamma = reader.value("gamma", default: 0.1, .atLeast(0), "Weight of the rationale.")
    term = reader.requiredChoice(
      "rationale_term", fallback: .logSigmoid,
      "How the likelihood of the rationale enters: as the authors' code (logsigmoid), or plainly (nll)."
    )
    averages = reader.value(
      "rationale_average", default: false, "Average the rationale's log-prob over its tokens.")
  }

  public var inputs: [InputSpec] {
    InputSpec.policyLogps + InputSpec.referenceLogps
      + [.computed(.rationaleLogps, .logProbability)]
      + (averages ? [.counted(.rationaleLength, .atLeast(1))] : []) + [.sampleWeight]
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    (-logit(x)).softplus() + rationaleLosses(x)
  }

  private func rationaleLosses(_ x: ObjectiveInputs) -> Variable {
    let weighted = -gamma * rationaleLogps(x)
    return term == .nll ? weighted : weighted.softplus()
  }

  /// R, `[B]`.
  private func rationaleLogps(_ x: ObjectiveInputs) -> Variable {
    averages ? x[.rationaleLogps] / x[.rationaleLength] : x[.rationaleLogps]
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addPolicyRewards(x, scale: beta)
    sums.mean("rationale/logps", x[.rationaleLogps].value)
    sums.mean("rationale/loss", rationaleLosses(x).value)
  }
}

extension InputName {
  /// log π(rationale | its prompt), nats, summed over its tokens, `[B]`.
  public static let rationaleLogps: InputName = "rationale_logps"
  /// Tokens of the rationale that were summed, `[B]`.
  public static let rationaleLength: InputName = "rationale_len"
}
