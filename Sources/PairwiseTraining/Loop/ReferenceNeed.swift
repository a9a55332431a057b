internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives

/// What a run needs of its reference, told from the inputs that its objective declares.
struct ReferenceNeed: Sendable, Equatable {
  /// A reference that follows the policy.
  ///
  /// - Source: Gorbatovski et al. 2024, "Learn Your Reference Model" (arXiv 2404.09656); names as in TRL.
  struct Sync: Sendable, Equatable {
    /// α in 0 … 1: ref ← α·policy + (1 − α)·ref.
    var alpha: Double
    /// Every so many steps.
    var steps: Int
  }

  /// Whether its distributions are compared with the policy's, and not its log-probs alone.
  var distributions = false
  /// What of its inside is read.
  var wants = ReferenceWants()
  /// Whether its log-probs are read token by token.
  var tokens = false
  /// Whether it has to run beside the policy: not if all that is read of it stays as it is, and can be computed
  /// once and kept.
  var isLive = false
  var sync: Sync?
  /// Whether log Σ π² of the policy is read, token by token.
  var wantsSquares = false

  /// What the objective's inputs alone say.
  init(_ objective: any Objective) {
    for spec in objective.inputs {
      switch spec.source {
      case .network:
        // One that may be left out is not trained.
        if spec.isOptional { continue }
        wants.layers = true
        distributions = true
      case .activation:
        wants.activations = true
        distributions = true
      case .model:
        if spec.name == .chosenTokenKL || spec.name == .rejectedTokenKL { distributions = true }
        if spec.name == .chosenTokenLogSumSquares || spec.name == .rejectedTokenLogSumSquares {
          wantsSquares = true
        }
      case .reference: if spec.isTokenwise { tokens = true }
      case .data, .counted, .state, .noise, .learned: break
      }
    }
    isLive = distributions
  }

  /// The same with what the trainer asks for, checked against model and data.
  ///
  /// - Throws: `RunError.unsuitable`.
  init(_ config: RunConfig, _ data: TrainingData, _ blueprint: any ModelBlueprint) throws(RunError)
  {
    self.init(config.objective)
    let name = type(of: config.objective).name
    if config.objective.inputs.contains(where: \.isTokenwise), !blueprint.knowsTokens {
      throw .unsuitable(
        "objective \(name) works token by token, which needs a language model (causal_lm)")
    }
    guard config.trainer.syncsReference else { return }
    let read = config.objective.inputs.filter { $0.source == .reference }
    if read.isEmpty && !isLive {
      throw .unsuitable("trainer.sync_ref_model: objective \(name) reads no reference")
    }
    if let column = read.first(where: { spec in
      data.train.columns.contains { $0.rawValue == spec.name.text }
    }) {
      throw .unsuitable(
        "trainer.sync_ref_model: the data's column \(column.name) is of a reference that does not move"
      )
    }
    let sync = Sync(
      alpha: config.trainer.referenceMixupAlpha, steps: config.trainer.referenceSyncSteps)
    if blueprint.parameters(data.facts).frozenCount > 0 && sync.alpha < 1 {
      throw .unsuitable(
        "trainer.sync_ref_model: a mean of two adapters is no adapter of the mean weights; "
          + "use ref_model_mixup_alpha 1, or train without model.lora")
    }
    self.sync = sync
    isLive = true
  }
}

extension InputSpec {
  /// Whether it has a value for every token.
  var isTokenwise: Bool { shape.dropFirst().first == .symbol("T") }
}

extension Objective {
  /// The networks that it trains beside the model, each once.
  var tokenHeads: [TokenHeadOptions] {
    var options: [TokenHeadOptions] = []
    for spec in inputs {
      guard case .network(let network, _) = spec.source, !spec.isOptional,
        !options.contains(where: { $0.name == network.name })
      else { continue }
      options.append(network.options)
    }
    return options
  }
}

extension TokenNetwork {
  fileprivate var options: TokenHeadOptions {
    switch gives {
    case .mask:
      .mask(
        MaskNetworkOptions(
          name, readsLastLayer: layers == .last, dropout: dropout, weightDecay: weightDecay))
    case .value:
      .value(
        ValueHeadOptions(name, readsLastLayer: layers == .last, weightDecay: weightDecay))
    }
  }
}
