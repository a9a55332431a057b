internal import PairwiseAutodiff
public import PairwiseData
internal import PairwiseEvaluation
public import PairwiseModels
internal import PairwiseNN
internal import PairwiseTensor

/// Scores of some pairs: `[n]` each.
public struct ScoredPairs: Sendable {
  public var chosen: [Float]
  public var rejected: [Float]
  /// Log-odds that the chosen completion is preferred, of models whose probability is not the sigmoid of a
  /// difference of scores.
  public var logOdds: [Float]?
  /// Log-probs behind the scores of a policy.
  public var logps: PolicyLogps?

  public init(
    chosen: [Float], rejected: [Float], logOdds: [Float]? = nil, logps: PolicyLogps? = nil
  ) {
    (self.chosen, self.rejected, self.logps) = (chosen, rejected, logps)
    self.logOdds = logOdds
  }

  /// What a reward model gave.
  init(_ output: RewardOutput) {
    let scores = output.scores.value.array
    self.init(
      chosen: PairScorer.every(scores, from: 0), rejected: PairScorer.every(scores, from: 1),
      logOdds: output.logOdds?.value.array)
  }

  /// Log-odds of each pair.
  public var margins: [Double] {
    logOdds.map { $0.map(Double.init) } ?? zip(chosen, rejected).map { Double($0) - Double($1) }
  }

  /// Scores around the same middle whose differences are the log-odds: what evaluations compare.
  public var judged: ScoredPairs {
    guard let logOdds else { return self }
    var result = self
    for (pair, odds) in logOdds.enumerated() {
      let middle = (chosen[pair] + rejected[pair]) / 2
      (result.chosen[pair], result.rejected[pair]) = (middle + odds / 2, middle - odds / 2)
    }
    result.logOdds = nil
    return result
  }

  /// Adds the scores of further pairs.
  mutating func append(_ other: ScoredPairs) {
    chosen += other.chosen
    rejected += other.rejected
    if let more = other.logOdds { logOdds = (logOdds ?? []) + more }
    if let more = other.logps {
      logps = logps.map { $0.appending(more) } ?? more
    }
  }
}

/// Scores of some single completions: `[n]` each.
public struct ScoredCompletions: Sendable {
  public var scores: [Float]
  /// Summed log-probs under a policy, nats; nil of reward models.
  public var logps: [Float]?
  /// The same under its reference.
  public var reference: [Float]?

  public init(scores: [Float], logps: [Float]? = nil, reference: [Float]? = nil) {
    (self.scores, self.logps, self.reference) = (scores, logps, reference)
  }
}

/// Summed log-probs of some pairs, nats: `[2n]`, chosen of pair i at 2i, rejected at 2i + 1.
public struct PolicyLogps: Sendable {
  public var policy: [Float]
  /// Nil without a reference.
  public var reference: [Float]?
  /// Tokens of each completion, `[2n]`.
  public var lengths: [Float]

  func appending(_ other: PolicyLogps) -> PolicyLogps {
    PolicyLogps(
      policy: policy + other.policy,
      reference: reference.flatMap { mine in other.reference.map { mine + $0 } },
      lengths: lengths + other.lengths)
  }
}

/// What a policy's implicit reward is taken against.
public enum RewardReference: Sendable {
  /// Nothing: completions are scored by their log-prob alone.
  case none
  /// Another policy.
  case model(any Model)
  /// The policy without its adapters.
  case base
}

/// A model ready to score. A row's score depends on that row alone: not on batch size, neighbours, order
/// or thread count.
///
/// A reward model's scores are its own. A policy scores a completion by its implicit reward,
/// β·(log-prob − log-prob under the reference), or without a reference by its log-prob.
public struct PairScorer: Sendable {
  public let model: any Model
  /// Divides score differences before they are read as log-odds.
  public let temperature: Double
  /// Scale of the implicit reward; 1 without a reference.
  public let beta: Double
  public let reference: RewardReference
  /// Reads pairs for the model.
  var reader: any PairReader
  /// Labelled pairs of annotators, for models that read them.
  var contexts: PairContexts?
  /// The model's place of an annotator whom it does not know by name; nil: none.
  var newcomer: Int32?
  /// What the model is told of annotators and groups.
  var telling = ConditionedReader.Telling.own

  /// Loads the folder that training left as `final/` or as a checkpoint, or a language model.
  ///
  /// - Parameters:
  ///   - reference: a policy to compare with; nil: an adapter's base, or none.
  ///   - beta: scale of the implicit reward; nil: what the model was trained with, or 1.
  public init(model folder: String, reference: String? = nil, beta: Double? = nil)
    throws(DataError)
  {
    let loaded = try ModelDirectory.load(folder)
    guard let reference else {
      let isAdapted = (loaded.model as? CausalLM)?.isAdapted == true
      self.init(
        loaded.model, temperature: loaded.temperature, reference: isAdapted ? .base : .none,
        beta: beta ?? (isAdapted ? loaded.beta : nil) ?? 1)
      if let kept = try ServingContext.load(from: folder) {
        self = try learning(from: kept, named: folder + ServingContext.name)
      }
      return
    }
    guard loaded.model is any PolicyModel else {
      throw DataError(.invalid, file: folder, "is a reward model: it has no reference")
    }
    let other = try ModelDirectory.load(reference).model
    guard other is any PolicyModel else {
      throw DataError(.invalid, file: reference, "is a reward model, expected a policy")
    }
    self.init(
      loaded.model, temperature: loaded.temperature, reference: .model(other),
      beta: beta ?? loaded.beta ?? 1)
  }

  public init(
    _ model: any Model, temperature: Double = 1, reference: RewardReference = .none,
    beta: Double = 1
  ) {
    (self.model, self.temperature) = (model, temperature)
    (self.reference, self.beta) = (reference, beta)
    reader = model.reader
  }

  /// The same scorer for blocks of one source: names of annotators and groups have other numbers in every
  /// source.
  public func bound(to source: any PairSource) throws(DataError) -> PairScorer {
    var scorer = self
    scorer.reader = try model.reader.bound(to: source)
    if var reader = scorer.reader as? ConditionedReader {
      (reader.newcomer, reader.telling) = (newcomer ?? reader.newcomer, telling)
      scorer.reader = reader
    }
    return scorer
  }

  /// Whether scores are taken against a reference.
  public var hasReference: Bool { if case .none = reference { false } else { true } }

  /// What has to be read of a pair to score it.
  public var needs: PairNeeds {
    var needs = reader.needs
    needs.allowsUnlabelled = true
    return needs
  }

  /// Why the pairs of this source cannot be scored, or nil.
  public func problem(with source: any PairSource) -> String? {
    if source.isUnpaired { return "expected pairs, the data has single completions with labels" }
    return problem(withRows: source)
  }

  /// Why the pairs or the single completions of this source cannot be scored, or nil.
  func problem(withRows source: any PairSource) -> String? {
    if source.isUnpaired || source.slateCount != nil,
      (model as? any AdaptiveRewardModel)?.headNeeds.otherSide == true
    {
      return "the model judges a completion beside the other one of its pair, the data has no pairs"
    }
    if needs.texts && !source.hasTexts { return "the model scores texts, the data has none" }
    guard needs.features else { return nil }
    guard let width = source.featureWidth else {
      return "the model scores features, the data has none"
    }
    if let feature = model as? FeatureModel, feature.inputSize != width {
      return "the model scores \(feature.inputSize) features, the data has \(width)"
    }
    return nil
  }

  /// Scores pairs that were read with `needs`.
  ///
  /// - Throws: if a pair cannot be read as the model needs it.
  public func score(_ block: PairBlock) throws(DataError) -> ScoredPairs {
    let (scores, logps, logOdds) = try values(of: block)
    return ScoredPairs(
      chosen: PairScorer.every(scores, from: 0), rejected: PairScorer.every(scores, from: 1),
      logOdds: logOdds, logps: logps)
  }

  /// Scores single completions that were read with `needs`.
  ///
  /// - Throws: if a row cannot be read as the model needs it.
  public func scoreCompletions(_ block: PairBlock) throws(DataError) -> ScoredCompletions {
    precondition(block.isUnpaired, "score completions: expected single completions, found pairs")
    let (scores, logps, _) = try values(of: block)
    func own(_ values: [Float]) -> [Float] { PairScorer.every(values, from: 0) }
    return ScoredCompletions(
      scores: own(scores), logps: logps.map { own($0.policy) },
      reference: logps?.reference.map(own))
  }

  /// Scores of both sides of each row, `[2n]`, and of policies the log-probs behind them. Those of the side
  /// that single completions lack mean nothing.
  private func values(of block: PairBlock) throws(DataError) -> (
    scores: [Float], logps: PolicyLogps?, logOdds: [Float]?
  ) {
    var input = PairScorer.completed(try reader.input(for: block), for: model)
    if let contexts { input = contexts.given(to: input) }
    let output = PairScorer.output(model, input, adapted: true)
    if case .scores(let rewards) = output {
      return (rewards.scores.value.array, nil, rewards.logOdds?.value.array)
    }
    let values = output.variable.value.array
    var against: [Float]?
    switch reference {
    case .none: break
    case .model(let other):
      against = PairScorer.values(other, try other.reader.input(for: block), adapted: true)
    case .base: against = PairScorer.values(model, input, adapted: false)
    }
    let scores = against.map { implicitRewards(values, $0) } ?? values
    guard case .completions(let completions) = output else { return (scores, nil, nil) }
    return (
      scores, PolicyLogps(policy: values, reference: against, lengths: completions.lengths), nil
    )
  }

  /// A reward model reads both sides: one token stands for the side that a single completion lacks.
  private static func completed(_ input: ModelInput, for model: any Model) -> ModelInput {
    guard model is any RewardModel, case .tokens(var tokens) = input.bare, tokens.chosenOnly else {
      return input
    }
    for index in tokens.pairs.indices {
      tokens.pairs[index].rejected = Array(tokens.pairs[index].chosen.prefix(1))
    }
    if case .conditioned(_, let conditions) = input {
      return .conditioned(.tokens(tokens), conditions)
    }
    return .tokens(tokens)
  }

  /// Every other value.
  static func every(_ values: [Float], from start: Int) -> [Float] {
    stride(from: start, to: values.count, by: 2).map { values[$0] }
  }

  private func implicitRewards(_ policy: [Float], _ reference: [Float]) -> [Float] {
    zip(policy, reference).map { Float(beta) * ($0 - $1) }
  }

  private static func values(_ model: any Model, _ input: ModelInput, adapted: Bool) -> [Float] {
    output(model, input, adapted: adapted).variable.value.array
  }

  private static func output(_ model: any Model, _ input: ModelInput, adapted: Bool) -> ModelOutput
  {
    model.forward(input, Weights(model.store), ForwardPass(adapted: adapted))
  }

  /// P(chosen ≻ rejected) = σ(margin / temperature).
  public func probability(margin: Double) -> Double {
    Logistic.sigmoid(margin / temperature)
  }
}
