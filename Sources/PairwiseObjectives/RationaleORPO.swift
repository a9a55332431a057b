public import PairwiseAutodiff
public import PairwiseConfig

/// ORPO plus the likelihood of a rationale: why the chosen completion is the better one.
///
/// ℓ = ORPO's loss − γ·R/|rationale|, with R = log π(rationale | its own prompt), which holds the original
/// prompt, both completions and a question for the reason. γ = 0 is `orpo`.
///
/// ## When to use
/// As `orpo`, when pairs come with reasons: one more sequence a pair, no reference.
///
/// ## Metrics
/// Those of `orpo`, and `rationale/logps`, the mean of summed log-probs of the rationales, and `rationale/loss`, the
/// mean of −γ·R/|rationale|.
///
/// ## In TRL
/// TRL has none. The authors' code calls this the simple form.
///
/// - Source: Just et al. 2024 (arXiv 2407.14477).
public struct RationaleORPO: Objective {
  public static let name = "rationale_orpo"
  public static let summary = "ORPO plus the likelihood of a rationale of the choice"
  public static let formula = """
    loss = orpo - gamma rationale_logps / rationale_len
    Just et al. 2024, arXiv 2407.14477
    """

  /// `lambda` ≥ 0, default 0.1, `nll_reduction`, required, and `nll_span`, default `response`: as in `orpo`.
  public var base: ORPO
  /// γ ≥ 0, default 0.1: weight of the rationale.
  public var gamma: Float

  public init(_ base: ORPO = ORPO(), gamma: Float = 0.1) {
    self.base = base
    self.gamma = gamma
  }

  public init(from reader: inout SectionReader) {
    base = ORPO(from: &reader)
    gamma = reader.value("gamma", default: 0.1, .atLeast(0), "Weight of the rationale.")
  }

  public var inputs: [InputSpec] {
    base.inputs + [
      .computed(.rationaleLogps, .logProbability), .counted(.rationaleLength, .atLeast(1)),
    ]
  }

  public var totals: [InputName] { base.totals }

  public func losses(_ x: ObjectiveInputs) -> Variable { base.losses(x) + rationaleLosses(x) }

  private func rationaleLosses(_ x: ObjectiveInputs) -> Variable {
    -gamma * (x[.rationaleLogps] / x[.rationaleLength])
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    base.measure(x, into: &sums)
    sums.mean("rationale/logps", x[.rationaleLogps].value)
    sums.mean("rationale/loss", rationaleLosses(x).value)
  }
}
