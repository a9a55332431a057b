public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN

/// A model that gives every completion one score.
public protocol RewardModel: Sendable {
  /// `model_type` in `config.json`.
  static var modelType: String { get }
  var store: ParameterStore { get set }
  /// Turns pairs into input rows. Apart from the model, because it works ahead of the training step on
  /// another thread and must not hold on to the parameters.
  var reader: any PairReader { get }
  /// Scores `[2n]` of n pairs. A row's score depends on that row alone. With a key, dropout is on.
  func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable
  /// The architecture, for `config.json`.
  var configuration: [ConfigNode.Entry] { get }
}

/// Turns pairs into what a model computes with: a pure function of the pairs.
public protocol PairReader: Sendable {
  /// What it reads of a pair.
  var needs: PairNeeds { get }
  func input(for block: PairBlock) -> ModelInput
}

/// What a model's shape may depend on besides its own options.
public struct DataFacts: Sendable {
  /// D, or nil without dense features.
  public var featureWidth: Int?
  public var hasTexts: Bool

  public init(featureWidth: Int?, hasTexts: Bool) {
    self.featureWidth = featureWidth
    self.hasTexts = hasTexts
  }

  public init(_ source: any PairSource) {
    self.init(featureWidth: source.featureWidth, hasTexts: source.hasTexts)
  }
}

/// The options of one kind of model in a config: its type is its config, as with objectives.
public protocol ModelOptions: Sendable {
  /// `kind` in the `model:` section.
  static var kind: String { get }
  static var modelType: String { get }
  static var summary: String { get }
  init(from reader: inout SectionReader)
  /// How pairs become this model's input.
  var reader: any PairReader { get }
  /// Why the data cannot feed this model, or nil: one sentence naming what is missing.
  func problem(with data: DataFacts) -> String?
  /// The model's parameters without their values, so that sizes can be checked before memory is taken.
  func parameters(_ data: DataFacts) -> ParameterBuilder
  /// A freshly started model. `problem(with:)` returned nil.
  func build(_ data: DataFacts, seed: UInt64) -> any RewardModel
  /// Facts about the data that `config.json` recorded when the model was saved.
  static func facts(savedIn configuration: ConfigNode) -> DataFacts
}

/// The kinds of model Pairwise knows. This list is the only place that names them all.
public let modelKinds: [any ModelOptions.Type] = [
  FeatureModelOptions.self, TextHashModelOptions.self,
]

public enum ModelRegistry {
  /// The forms of a `model:` section.
  public static func options() -> [VariantOption<any ModelOptions>] {
    modelKinds.map { type in
      VariantOption(type.kind, type.summary) { reader in type.init(from: &reader) }
    }
  }
}
