internal import PairwiseConfig

/// What an objective needs to be trained, told from the inputs it declares.
public struct ObjectiveRequirements: Sendable, Equatable {
  /// What of a reference.
  public enum Reference: String, Sendable {
    /// None.
    case none
    /// Its summed log-probs, which can be computed once and kept.
    case sums
    /// Its log-prob of every token.
    case tokens
    /// Its distribution at every token, so that it has to run beside the policy.
    case distributions
  }

  public var reference: Reference
  /// Whether it trains a reward model (scores) or a policy (log-probs).
  public var trainsPolicy: Bool
  /// Small networks on the reference's hidden states that are trained along.
  public var networks: [TokenNetwork]
  /// Whether it reads what is active inside the reference.
  public var readsActivations: Bool
  /// What a reward model has to give besides one score a completion: outputs of its head.
  public var outputs: [String]
  /// Whether it reads log-probs token by token.
  public var readsTokens: Bool
  /// Columns that the data must have, without those it may have.
  public var columns: [InputName]
  /// Columns that it reads where the data has them.
  public var optionalColumns: [InputName]
  /// Whether a pair's loss depends on the other pairs of its batch.
  public var seesBatch: Bool
  /// Whether something is carried from batch to batch.
  public var hasState: Bool

  public init(_ objective: any Objective) {
    let specs = objective.inputs
    let fromReference = specs.filter { $0.source == .reference }
    if specs.contains(where: { $0.name.text.hasSuffix("_token_kl") }) {
      reference = .distributions
    } else if fromReference.contains(where: { $0.shape.count > 1 && $0.shape[1] == .symbol("T") }) {
      reference = .tokens
    } else {
      reference = fromReference.isEmpty ? .none : .sums
    }
    let computed = specs.filter { $0.source == .model }
    networks = []
    readsActivations = false
    for spec in specs {
      switch spec.source {
      case .network(let network, _): if !networks.contains(network) { networks.append(network) }
      case .activation: readsActivations = true
      case .model, .reference, .data, .counted, .state, .noise, .learned: break
      }
    }
    trainsPolicy = objective.trainsPolicy
    outputs = []
    let once = computed.map { ($0.name.firstEncoding ?? $0.name).withoutSide }
    for name in once where !trainsPolicy && name != "scores" {
      if !outputs.contains(name) { outputs.append(name) }
    }
    readsTokens = computed.contains { $0.shape.count > 1 && $0.shape[1] == .symbol("T") }
    let data = specs.filter { $0.source == .data }
    columns = data.filter { !$0.isOptional }.map(\.name)
    optionalColumns = data.filter(\.isOptional).map(\.name)
    seesBatch = objective.isBatchDependent || !objective.totals.isEmpty
    hasState = specs.contains { if case .state = $0.source { true } else { false } }
  }

  /// In a few words: `reference sums; column offset`.
  public var words: String {
    var parts: [String] = []
    switch reference {
    case .none: break
    case .sums: parts.append("reference")
    case .tokens: parts.append("reference, by token")
    case .distributions: parts.append("reference, running beside")
    }
    for (kind, words) in [(TokenNetwork.Output.mask, "mask network"), (.value, "value network")] {
      let count = networks.count { $0.gives == kind }
      if count > 0 { parts.append(count == 1 ? "a \(words)" : "\(count) \(words)s") }
    }
    if readsActivations { parts.append("its activations") }
    if readsTokens && reference == .none { parts.append("log-probs by token") }
    if !outputs.isEmpty { parts.append("of the model \(outputs.joined(separator: ", "))") }
    if !columns.isEmpty { parts.append(columns.map(\.text).joined(separator: ", ")) }
    if seesBatch { parts.append("whole batch") }
    if hasState { parts.append("state") }
    return parts.isEmpty ? "nothing more" : parts.joined(separator: "; ")
  }
}

extension Objective {
  /// Whether it trains a policy (log-probs), and not a reward model (scores).
  public var trainsPolicy: Bool {
    inputs.contains { $0.source == .model && $0.name.text.hasPrefix("policy_") }
  }
}

extension InputName {
  /// The name without what it says in front about one of two completions.
  fileprivate var withoutSide: String {
    let parts = text.split(separator: "_", maxSplits: 1)
    let sides: [Substring] = ["chosen", "rejected", "a", "b"]
    return parts.count == 2 && sides.contains(parts[0]) ? String(parts[1]) : text
  }
}

extension ObjectiveRegistry {
  /// The objective with its default parameters; required ones have the value that reading falls back to.
  public static func standard(_ type: any Objective.Type) -> any Objective {
    ConfigReader.described(VariantOption(type.name, type.summary) { type.init(from: &$0) })
  }
}
