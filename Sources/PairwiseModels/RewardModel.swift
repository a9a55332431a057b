public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN

/// A model that gives every completion one score.
public protocol RewardModel: Model {
  /// Scores `[2n]` of n pairs. A row's score depends on that row alone. With a key, dropout is on.
  func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable
  /// The same with what the scores are made of.
  func output(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> RewardOutput
  /// What its parameters alone tell of it, by name, for evaluations in training.
  var figures: [(name: String, value: Double)] { get }
}

extension RewardModel {
  public var figures: [(name: String, value: Double)] { [] }

  public func output(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> RewardOutput
  {
    RewardOutput(scores: scores(input, weights, dropout: dropout))
  }

  public func forward(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> ModelOutput {
    .scores(output(input, weights, dropout: pass.dropout))
  }
}

/// A model that gives every token a probability.
public protocol PolicyModel: Model {
  /// Log-probs of the completions of n pairs.
  func completions(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> CompletionLogps
  /// What it gives as a reference for token-level objectives; nil if it has no distributions to compare.
  func referenceStates(_ input: ModelInput, _ weights: Weights, _ wants: ReferenceWants)
    -> ReferenceStates?
}

extension PolicyModel {
  public func referenceStates(_ input: ModelInput, _ weights: Weights, _ wants: ReferenceWants)
    -> ReferenceStates?
  { nil }
}

extension PolicyModel {
  public func forward(_ input: ModelInput, _ weights: Weights, _ pass: ForwardPass) -> ModelOutput {
    .completions(completions(input, weights, pass))
  }
}

/// A model of our own making: `config.json` holds its options, `model.safetensors` its parameters.
public protocol NativeModel: Model {
  /// `model_type` in `config.json`.
  static var modelType: String { get }
  /// What `config.json` calls it: a reward model, or a policy.
  static var architecture: String { get }
  /// The architecture, for `config.json`.
  var configuration: [ConfigNode.Entry] { get }
}

/// What a model's shape may depend on besides its own options.
public struct DataFacts: Sendable {
  /// D, or nil without dense features.
  public var featureWidth: Int?
  public var hasTexts: Bool
  /// Names in the columns of names, such as annotators.
  public var names: [PairColumn: [String]] = [:]
  /// Numbers of a pair in every column of numbers.
  public var widths: [PairColumn: Int] = [:]

  public init(featureWidth: Int?, hasTexts: Bool) {
    self.featureWidth = featureWidth
    self.hasTexts = hasTexts
  }

  public init(_ source: any PairSource) {
    self.init(featureWidth: source.featureWidth, hasTexts: source.hasTexts)
    names = [.group: source.groupNames, .annotator: source.annotatorNames]
    for column in source.columns { widths[column] = source.width(of: column) }
  }
}

/// What an objective wants of a model.
public enum ModelUse: Sendable, Equatable {
  /// One score a completion.
  case scores
  /// Log-probs of completions; of the chosen ones alone if nothing reads the others.
  case logps(chosenOnly: Bool)
}

/// What a `model:` section is asked to become.
public struct ModelRequest: Sendable {
  public var use: ModelUse
  /// Where `model.path` leads, if the config has it.
  public var path: String?
  public var tokens: TokenOptions
  /// Whether a reward model also gives log-probs of rationales.
  public var rationales = false
  /// Networks that objectives train beside the model.
  public var tokenHeads: [TokenHeadOptions]
  /// Where another path of the config leads.
  public var locate: @Sendable (String) -> String

  public init(
    use: ModelUse, path: String? = nil, tokens: TokenOptions = .init(),
    tokenHeads: [TokenHeadOptions] = [],
    locate: @escaping @Sendable (String) -> String = { $0 }
  ) {
    self.use = use
    self.path = path
    self.tokens = tokens
    self.tokenHeads = tokenHeads
    self.locate = locate
  }
}

/// The options of one kind of model in a config: its type is its config, as with objectives.
public protocol ModelOptions: Sendable {
  /// `kind` in the `model:` section.
  static var kind: String { get }
  static var summary: String { get }
  /// Whether `data.max_length` and its kin mean something to it.
  static var readsTokens: Bool { get }
  init(from reader: inout SectionReader)
  /// The model these options describe, with everything opened that it is built from.
  ///
  /// - Throws: what is wrong with a file it names, or why it cannot be used that way.
  func blueprint(_ request: ModelRequest) throws(DataError) -> any ModelBlueprint
}

extension ModelOptions {
  public static var readsTokens: Bool { false }
}

/// A model before its parameters take memory.
public protocol ModelBlueprint: Sendable {
  /// How pairs become this model's input.
  var reader: any PairReader { get }
  /// Sentences the user should see before training.
  func remarks(_ data: DataFacts) -> [String]
  /// Whether `build` reads the weights that `model.path` names.
  var readsPath: Bool { get }
  /// Why the data cannot feed this model, or nil: one sentence naming what is missing.
  func problem(with data: DataFacts) -> String?
  /// The model's parameters without their values, so that sizes can be checked before memory is taken.
  func parameters(_ data: DataFacts) -> ParameterBuilder
  /// What computing a microbatch of so many rows costs; nil where it is not worth counting.
  func cost(_ load: TokenLoad, activationBudget: Int) -> ModelCost?
  /// Inputs that the model it builds gives to objectives besides scores, without the side.
  var gives: Set<String> { get }
  /// Numbers of a pair that its frozen layers give to those that are trained; nil if none are frozen.
  var vectorNumbers: Int? { get }
  /// Whether the model it builds knows every token's probability (`CompletionLogps.tokens`).
  var knowsTokens: Bool { get }
  /// The model at its start. `problem(with:)` returned nil.
  func build(_ data: DataFacts, seed: UInt64) throws(DataError) -> any Model
}

/// How much a model has to compute.
public struct TokenLoad: Sendable, Equatable {
  /// Rows of the token array: a shared prompt counts once.
  public var rows: Int
  /// Tokens whose log-probs are wanted.
  public var scored: Int
  /// Pairs of rows that attend to each other.
  public var attended: Double

  public init(rows: Int = 0, scored: Int = 0, attended: Double = 0) {
    (self.rows, self.scored, self.attended) = (rows, scored, attended)
  }
}

/// What a forward and backward pass costs, about.
public struct ModelCost: Sendable, Equatable {
  /// Floating-point operations of forward and backward pass.
  public var operations: Double
  /// Those of a forward pass alone.
  public var forwardOperations: Double
  /// Bytes of activations at a time.
  public var activationBytes: Int
}

extension ModelBlueprint {
  public func cost(_ load: TokenLoad, activationBudget: Int) -> ModelCost? { nil }
  public func remarks(_ data: DataFacts) -> [String] { [] }
  public var readsPath: Bool { false }
  public var knowsTokens: Bool { false }
  public var vectorNumbers: Int? { nil }
  public var gives: Set<String> { [] }
}

extension NativeModel {
  public static var architecture: String { "PairwiseForSequenceClassification" }
}

/// The options of a model of our own: they are the blueprint too.
public protocol NativeModelOptions: ModelOptions, ModelBlueprint {
  static var modelType: String { get }
  func model(_ data: DataFacts, seed: UInt64) -> any Model
  /// Facts about the data that `config.json` recorded when the model was saved.
  static func facts(savedIn configuration: ConfigNode) -> DataFacts
}

extension NativeModelOptions {
  public func build(_ data: DataFacts, seed: UInt64) throws(DataError) -> any Model {
    model(data, seed: seed)
  }
}

/// The options of a reward model of our own.
public protocol NativeRewardOptions: NativeModelOptions {
  func build(_ data: DataFacts, seed: UInt64) -> any RewardModel
}

extension NativeRewardOptions {
  public func blueprint(_ request: ModelRequest) throws(DataError) -> any ModelBlueprint {
    guard request.use == .scores else {
      throw DataError(
        .invalid, file: "model.kind",
        "\(Self.kind) gives scores; the objective needs log-probs of a language model (causal_lm)")
    }
    return self
  }

  public func model(_ data: DataFacts, seed: UInt64) -> any Model {
    let model: any RewardModel = build(data, seed: seed)
    return model
  }
}

/// The kinds of model Pairwise knows. This list is the only place that names them all.
public let modelKinds: [any ModelOptions.Type] = [
  FeatureModelOptions.self, TextHashModelOptions.self, EncoderOptions.self, CausalLMOptions.self,
  TabularPolicyOptions.self, MDPRewardOptions.self,
]

public enum ModelRegistry {
  /// The forms of a `model:` section.
  public static func options() -> [VariantOption<any ModelOptions>] {
    modelKinds.map { type in
      VariantOption(type.kind, type.summary) { reader in type.init(from: &reader) }
    }
  }

  /// Whether a `model_type` is one of our own, saved in our own format.
  public static func isNative(_ modelType: String) -> Bool {
    nativeKinds.contains { $0.modelType == modelType }
  }

  /// Kinds that are saved in our own format.
  static var nativeKinds: [any NativeModelOptions.Type] {
    modelKinds.compactMap { $0 as? any NativeModelOptions.Type }
  }
}
