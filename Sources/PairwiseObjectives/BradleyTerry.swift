public import PairwiseAutodiff
public import PairwiseConfig

/// Bradley–Terry: the negative log-likelihood of the recorded choice under a scalar reward.
///
/// z = (r_c − r_r)/T − m, ℓ = (1 − α)·softplus(−z) + α·softplus(z). With soft labels p:
/// ℓ = p·softplus(−z) + (1 − p)·softplus(z). A centering penalty c·mean((r_c + r_r)²) may be added.
///
/// A constant added to all rewards changes only the penalty. A tie is the soft label ½, where the loss
/// is least at equal rewards. z enters through softplus alone, so every finite score gives a finite
/// loss, exact in its last digits for confident pairs too.
///
/// ## When to use
///
/// For reward models, unless you know something about your labels that another likelihood can use: margins,
/// label noise and soft labels are parameters here. Rewards are determined up to a constant a prompt, so
/// compare them within a prompt only.
///
/// ## Metrics
///
/// `accuracy` (ties count as wrong), `accuracy_half`, `tie_rate`, `margin` (mean of chosen − rejected reward,
/// without the data's margin) and its standard deviation `margin_std`, `chosen_mean`, `rejected_mean`; over both sides
/// `mean_reward`, `reward_std`, `min_reward`, `max_reward`. Every reward model logs `n_pairs` and `weight_sum` beside
/// its figures.
///
/// ## In TRL
///
/// `RewardTrainer`; `center_rewards_coefficient` and the `margin` column are the same. TRL has neither
/// label smoothing nor soft labels, nor a temperature, and no weights.
///
/// - Source: Bradley & Terry 1952; as a reward-model loss Ouyang et al. 2022 (arXiv 2203.02155); margin
///   Touvron et al. 2023 (arXiv 2307.09288); centering Eisenstein et al. 2023 (arXiv 2312.09244, eq. 2).
public struct BradleyTerry: Objective {
  public static let name = "bradley_terry"
  public static let aliases = ["bt"]
  public static let summary = "negative log-likelihood of the choice under a scalar reward"
  public static let formula = """
    z = (r_chosen - r_rejected)/temperature - margin
    loss = (1 - label_smoothing) softplus(-z) + label_smoothing softplus(z)
           with label_prob p: p softplus(-z) + (1 - p) softplus(z)
         + center_rewards_coefficient mean((r_chosen + r_rejected)^2)
    Bradley & Terry 1952; Ouyang et al. 2022, arXiv 2203.02155; Touvron et al. 2023, arXiv 2307.09288
    """

  /// Where the margin m comes from.
  public var margin: Margin
  /// α, in 0 ..< 0.5.
  public var labelSmoothing: Float
  /// c > 0, or nil for no penalty.
  public var centerRewardsCoefficient: Float?
  /// T > 0.
  public var temperature: Float
  public var reduction: Reduction

  public enum Margin: Sendable, Equatable {
    case none
    /// The data's `margin` column.
    case column
    /// The same margin for every pair, ≥ 0.
    case constant(Float)
  }

  public init(
    margin: Margin = .none, labelSmoothing: Float = 0, centerRewardsCoefficient: Float? = nil,
    temperature: Float = 1, reduction: Reduction = .mean
  ) {
    self.margin = margin
    self.labelSmoothing = labelSmoothing
    self.centerRewardsCoefficient = centerRewardsCoefficient
    self.temperature = temperature
    self.reduction = reduction
  }

  public init(from reader: inout SectionReader) {
    margin = reader.value(
      "margin", default: Margin.none,
      "Subtracted inside the log-sigmoid: `none`, `column` (the data's margin) or a number >= 0.")
    labelSmoothing = reader.value(
      "label_smoothing", default: 0, .range(0..<0.5),
      "Probability that a label is wrong. Not together with soft labels (label_prob).")
    centerRewardsCoefficient = reader.optional(
      "center_rewards_coefficient", Float.self, .greater(than: 0),
      "Weight of mean((r_chosen + r_rejected)^2), which keeps rewards near 0; 0.01 is usual.")
    temperature = reader.value(
      "temperature", default: 1, .greater(than: 0), "Divides the reward difference.")
    reduction = reader.choice(
      "reduction", default: .mean,
      "How weighted losses are averaged: over the sum of weights, over the batch, or not at all.")
  }

  public var inputs: [InputSpec] {
    var specs: [InputSpec] = [.computed(.chosenScores), .computed(.rejectedScores)]
    if margin == .column { specs.append(.column(.margin)) }
    specs.append(.sampleWeight)
    if labelSmoothing == 0 {
      specs.append(.column(.labelProbability, optional: true, .closed(0, 1)))
    }
    return specs
  }

  public var undecidedLoss: Double? { margin == .none ? .ln2 : nil }

  public func losses(_ x: ObjectiveInputs) -> Variable {
    var z = x.scoreMargin
    if temperature != 1 { z = z / temperature }
    switch margin {
    case .none: break
    case .column: z = z - x[.margin]
    case .constant(let m): z = z - m
    }
    let win = (-z).softplus()
    if let p = x.optional(.labelProbability) {
      return p * win + (1 - p) * z.softplus()
    }
    if labelSmoothing == 0 { return win }
    return (1 - labelSmoothing) * win + labelSmoothing * z.softplus()
  }

  public func penalties(_ x: ObjectiveInputs) -> Variable? {
    centerRewardsCoefficient.map { $0 * (x.chosenScores + x.rejectedScores).squared() }
  }

  public func measure(_ x: ObjectiveInputs, into sums: inout MetricSums) {
    sums.addRewards(chosen: x.chosenScores.value, rejected: x.rejectedScores.value)
  }
}

extension BradleyTerry.Margin: ConfigValue {
  public static func read(_ node: ConfigNode) throws(ConfigMismatch) -> Self {
    switch node.value {
    case .string("none"): return .none
    case .string("column"): return .column
    case .int, .number:
      let constant = try Float.read(node)
      guard constant >= 0 else { throw ConfigMismatch(node, expected: words.one) }
      return .constant(constant)
    default: throw ConfigMismatch(node, expected: words.one)
    }
  }

  public var configNode: ConfigNode {
    switch self {
    case .none: ConfigNode(.string("none"))
    case .column: ConfigNode(.string("column"))
    case .constant(let margin): margin.configNode
    }
  }

  public static var words: (one: String, many: String) {
    ("none, column or a number >= 0", "margins")
  }

  public static var schemaKeywords: [ConfigNode.Entry] {
    let names = ConfigNode(
      .table([
        .init(key: "enum", value: ConfigNode(.list(["none", "column"].map { $0.configNode })))
      ]))
    let number = ConfigNode(
      .table([
        .init(key: "type", value: "number".configNode),
        .init(key: "minimum", value: ConfigNode(.int(0))),
      ]))
    return [.init(key: "anyOf", value: ConfigNode(.list([names, number])))]
  }
}
