public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseTensor

/// Best of N with a negative gradient: the likelihood of the best of several completions, less that of the worst
/// or of all the rest.
///
/// ℓ = NLL(best) − c·NLL(worst), or − c·(mean NLL of all but the best) with `negative: rest`; of equal rewards the
/// first is taken. It is unbounded below.
///
/// ## When to use
/// To see what pushing away adds to ``BestOfN``: with clipped gradients, few steps and c below 1.
///
/// ## Metrics
/// Those of ``BestOfN`` without `nll_loss`; `nll/best` and `nll/negative`, both parts without the factor.
///
/// ## In TRL
/// TRL has none.
///
/// - Source: Tajwar et al. 2024 (arXiv 2404.14367).
public struct BestOfNNegative: Objective {
  public static let name = "best_of_n_neg"
  public static let summary = "likelihood of the best of several completions, less that of others"
  public static let formula = """
    loss = NLL(best) - negative_weight NLL(worst), or mean NLL of all but the best (negative: rest)
    Tajwar et al. 2024, arXiv 2404.14367
    """

  /// Which completions are pushed away.
  public enum Negative: String, Sendable, CaseIterable { case worst, rest }

  /// c ≥ 0, required: what pushing away counts.
  public var negativeWeight: Float
  /// Required.
  public var negative: Negative

  public init(negativeWeight: Float, negative: Negative = .worst) {
    self.negativeWeight = negativeWeight
    self.negative = negative
  }

  public init(from reader: inout SectionReader) {
    negativeWeight = reader.required(
      "negative_weight", fallback: Float(0.1), .atLeast(0), "What pushing others away counts.")
    negative = reader.requiredChoice(
      "negative", fallback: .worst,
      "What is pushed away: the worst completion, or all but the best.")
  }

  public var inputs: [InputSpec] { InputSpec.sampledCompletions }

  public func losses(_ x: ObjectiveInputs) -> Variable { best(x) - negativeWeight * others(x) }

  private func best(_ x: ObjectiveInputs) -> Variable { BestOfN().losses(x) }

  /// NLL of what is pushed away, `[B]`.
  private func others(_ x: ObjectiveInputs) -> Variable {
    x.weightedLogps(
      x.rewardRows.map { row in
        let (best, worst) = (row.firstLargest, row.firstSmallest)
        switch negative {
        case .worst: return row.indices.map { $0 == worst ? -1 : 0 }
        case .rest: return row.indices.map { $0 == best ? 0 : -1 / Float(max(1, row.count - 1)) }
        }
      })
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addSamples(x)
    sums.mean("nll/best", best(x).value)
    sums.mean("nll/negative", others(x).value)
  }

  public func problem(_ given: [(name: InputName, tensor: Tensor)]) -> String? {
    ObjectiveInputs.tooFewSamples(given, for: Self.name)
  }
}

extension ObjectiveInputs {
  /// Why there are too few completions a prompt to compare one with others, or nil.
  static func tooFewSamples(_ given: [(name: InputName, tensor: Tensor)], for objective: String)
    -> String?
  {
    guard let rewards = given.first(where: { $0.name == .rewards })?.tensor,
      rewards.shape[1] < 2
    else { return nil }
    return
      "\(InputName.rewards): \(objective) needs two completions a prompt at least, found \(rewards.shape[1])"
  }
}
