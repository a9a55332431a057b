public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// DPO with an offset: the log-ratios of a pair have to differ by more, the clearer the preference is.
///
/// ℓ = softplus(−(z − α·off)), z = β·[(pc − rc) − (pr − rr)]. The offset of a pair is log(s_c − s_r) of its scores,
/// their plain difference, or a column of its own.
///
/// The logarithm of a difference below 1 is negative: the bar is lowered for weak preferences. It needs the
/// chosen score to be the higher one; a row where it is not is refused. α = 0 is DPO.
///
/// ## When to use
/// When pairs come with scores that say how much better the chosen completion is. It costs what DPO costs. The
/// scores' scale matters: `diff` is in logits, `log_diff` much tamer.
///
/// ## Metrics
/// `rewards/*` are β·log-ratio, without the offset.
///
/// ## In TRL
/// TRL has none. The authors' code is `offset_fn: log_diff`.
///
/// - Source: Amini et al. 2024 (arXiv 2402.10571).
public struct ODPO: PairedPolicyObjective {
  public static let name = "odpo"
  public static let summary = "DPO whose margin grows with the difference of scores"
  public static let formula = """
    z = beta [(policy_chosen - ref_chosen) - (policy_rejected - ref_rejected)]
    loss = softplus(-(z - alpha off))
    off = log(chosen_score - rejected_score) (log_diff), chosen_score - rejected_score (diff), or a column
    Amini et al. 2024, arXiv 2402.10571
    """

  /// Where a pair's offset comes from.
  public enum Offset: String, Sendable, CaseIterable {
    case logDifference = "log_diff"
    case difference = "diff"
    case column
  }

  /// β > 0, default 0.1: how far the policy may go from the reference.
  public var beta: Float
  /// α ≥ 0, default 1: what the offset counts.
  public var alpha: Float
  /// Where offsets come from; to be chosen in configs, `logDifference` otherwise.
  public var offset: Offset

  public init(beta: Float = 0.1, alpha: Float = 1, offset: Offset = .logDifference) {
    self.beta = beta
    self.alpha = alpha
    self.offset = offset
  }

  public init(from reader: inout SectionReader) {
    beta = reader.beta()
    alpha = reader.value("alpha", default: 1, .atLeast(0), "What the offset counts; 0 is DPO.")
    offset = reader.requiredChoice(
      "offset_fn", fallback: .logDifference,
      "Offset: log of the scores' difference (the authors'), the difference, or the column `offset`."
    )
  }

  public var inputs: [InputSpec] {
    let scores: [InputSpec] =
      offset == .column
      ? [.column(.offset)] : [.column(.chosenScore), .column(.rejectedScore)]
    return InputSpec.policyLogps + InputSpec.referenceLogps + scores + [.sampleWeight]
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    func values(_ name: InputName) -> [Float] {
      given.first { $0.name == name }?.tensor.array ?? []
    }
    guard offset == .logDifference else { return nil }
    let scores = zip(values(.chosenScore), values(.rejectedScore))
    guard let row = scores.enumerated().first(where: { $0.element.0 <= $0.element.1 }) else {
      return nil
    }
    let (chosen, rejected) = row.element
    return
      "\(InputName.chosenScore): row \(row.offset): expected more than \(InputName.rejectedScore), \(rejected), for the logarithm of the difference, found \(chosen)"
  }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    let offsets =
      switch offset {
      case .column: x[.offset]
      case .difference: x[.chosenScore] - x[.rejectedScore]
      case .logDifference: (x[.chosenScore] - x[.rejectedScore]).log()
      }
    return (-(logit(x) - alpha * offsets)).softplus()
  }
}

extension InputName {
  /// By how many logits the pair has to be apart, `[B]`.
  public static let offset: InputName = "offset"
}
