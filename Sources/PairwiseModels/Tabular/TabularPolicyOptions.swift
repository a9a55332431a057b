public import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// `model: {kind: tabular}`: a policy over a short list of completions, with one logit each, or log-linear in
/// features.
public struct TabularPolicyOptions: NativeModelOptions {
  public static let kind = "tabular"
  public static let modelType = "pairwise_tabular"
  public static let summary =
    "a policy over a short list of completions: one logit each, or log-linear in features"

  /// Texts of the completions, V of them.
  public var completions: [String]
  /// Texts of the prompts, each with logits of its own; none: all prompts are one.
  public var prompts: [String]
  /// `[V]`: log-probs that training starts from, up to a constant, or `[D]` θ of a log-linear policy; nil:
  /// all completions alike.
  public var start: [Float]?
  /// `[V][D]`: makes the policy log-linear; nil: every completion has a logit of its own.
  public var features: [[Float]]?
  /// `[P][V][D]`: the same with features that depend on the prompt.
  public var promptFeatures: [[[Float]]]?
  /// `[P][V]`: log-probs to start from that depend on the prompt; in place of `start`.
  public var promptStart: [[Float]]?
  /// What stands between the choices of a completion that is a sequence of them, each made alike whatever the
  /// others are; nil: a completion is one choice.
  public var separator: String?

  public init(
    completions: [String], prompts: [String] = [], start: [Float]? = nil,
    features: [[Float]]? = nil, promptFeatures: [[[Float]]]? = nil, promptStart: [[Float]]? = nil,
    separator: String? = nil
  ) {
    (self.promptStart, self.separator) = (promptStart, separator)
    self.completions = completions
    self.prompts = prompts
    self.start = start
    self.features = features
    self.promptFeatures = promptFeatures
  }

  /// `[P·V][D]`, prompt by prompt, of a log-linear policy.
  var featureRows: [[Float]]? { features ?? promptFeatures?.flatMap { $0 } }

  public init(from reader: inout SectionReader) {
    completions = reader.required(
      "completions", fallback: ["a", "b"], .each(.nonEmpty, count: 2...4096),
      "The texts that the policy chooses between.")
    prompts = reader.value(
      "prompts", default: [], .each(.any, count: 0...65_536),
      "Prompts, each with logits of its own; an empty list makes all prompts one.")
    start = reader.optional(
      "start", [Float].self, .each(.any, count: 1...4096),
      "What training starts from: log-probs of the completions, up to a constant, or with features their "
        + "weights; null: all alike.")
    features = reader.optional(
      "features", [[Float]].self, .each(.each(.any, count: 1...4096), count: 2...4096),
      "A list of features a completion: the policy is log-linear in them; null: a logit each.")
    promptFeatures = reader.optional(
      "prompt_features", [[[Float]]].self,
      .each(.each(.each(.any, count: 1...4096), count: 2...4096), count: 1...65_536),
      "The same for each prompt, in the order of prompts.")
    promptStart = reader.optional(
      "prompt_start", [[Float]].self,
      .each(.each(.any, count: 2...4096), count: 1...65_536),
      "A list of log-probs for each prompt, in place of start; null: all prompts start alike.")
    separator = reader.optional(
      "separator", String.self, .nonEmpty,
      "What stands between the choices of a completion that is a sequence of them; null: it is one choice."
    )
    check(&reader)
    checkStarts(&reader)
  }

  private func check(_ reader: inout SectionReader) {
    if Set(completions).count < completions.count {
      reader.report("completions", "holds a text twice")
    }
    if Set(prompts).count < prompts.count { reader.report("prompts", "holds a text twice") }
    var widths = Set([completions.count])
    for (key, tables) in [("features", features.map { [$0] }), ("prompt_features", promptFeatures)]
    {
      guard let tables else { continue }
      widths = Set(tables.flatMap { $0.map(\.count) })
      if widths.count > 1 { reader.report(key, "lists of unequal length") }
      if let other = tables.first(where: { $0.count != completions.count }) {
        reader.report(key, "expected \(completions.count) lists, found \(other.count)")
      }
    }
    if let start, !widths.contains(start.count) {
      reader.report("start", "expected \(widths.max() ?? 0) numbers, found \(start.count)")
    }
    if features != nil && promptFeatures != nil {
      reader.report("prompt_features", "cannot be combined with features")
    }
    if features != nil && !prompts.isEmpty {
      reader.report("features", "cannot be combined with prompts; use prompt_features")
    }
    if let promptFeatures, promptFeatures.count != prompts.count {
      reader.report(
        "prompt_features", "expected \(prompts.count) tables, found \(promptFeatures.count)")
    }
  }

  private func checkStarts(_ reader: inout SectionReader) {
    if let separator, let text = completions.first(where: { $0.contains(separator) }) {
      reader.report("separator", "stands within the completion '\(text.prefix(60))'")
    }
    guard let promptStart else { return }
    if start != nil { reader.report("prompt_start", "cannot be combined with start") }
    if featureRows != nil { reader.report("prompt_start", "cannot be combined with features") }
    if promptStart.count != prompts.count {
      reader.report(
        "prompt_start", "expected \(prompts.count) lists, found \(promptStart.count)")
    }
    if let other = promptStart.first(where: { $0.count != completions.count }) {
      reader.report(
        "prompt_start", "expected \(completions.count) numbers a prompt, found \(other.count)")
    }
  }

  public func blueprint(_ request: ModelRequest) throws(DataError) -> any ModelBlueprint {
    guard request.use != .scores else {
      throw DataError(
        .invalid, file: "model.kind",
        "tabular is a policy; the objective needs scores of a reward model")
    }
    guard request.tokenHeads.isEmpty else {
      throw DataError(
        .invalid, file: "model.kind",
        "tabular has no hidden layers; the objective's networks read those of causal_lm")
    }
    return self
  }

  public var knowsTokens: Bool { true }

  public var reader: any PairReader { ChoiceReader(self) }

  public func problem(with data: DataFacts) -> String? {
    data.hasTexts ? nil : "model kind tabular needs texts, the data has none"
  }

  public func parameters(_ data: DataFacts) -> ParameterBuilder {
    TabularPolicy.build(self).builder
  }

  public func model(_ data: DataFacts, seed: UInt64) -> any Model { TabularPolicy(self) }

  public static func facts(savedIn configuration: ConfigNode) -> DataFacts {
    DataFacts(featureWidth: nil, hasTexts: true)
  }
}
