public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN

/// `model: {kind: features}`: a linear model or MLP on dense feature vectors.
public struct FeatureModelOptions: NativeRewardOptions {
  public static let kind = "features"
  public static let modelType = FeatureModel.modelType
  public static let summary = "a linear model or MLP on dense feature vectors"

  /// Widths of the hidden layers; none for a linear model.
  public var hiddenSizes: [Int]
  public var activation: Activation
  public var dropout: Float

  public init(hiddenSizes: [Int] = [], activation: Activation = .relu, dropout: Float = 0) {
    self.hiddenSizes = hiddenSizes
    self.activation = activation
    self.dropout = dropout
  }

  public init(from reader: inout SectionReader) {
    hiddenSizes = reader.value(
      "hidden_sizes", default: [], .each(.closed(1...65_536), count: 0...16),
      "Widths of the hidden layers; none for a linear model.")
    activation = reader.choice(
      "activation", default: .relu, "Nonlinearity between the layers.")
    dropout = reader.value(
      "dropout", default: 0, .range(0..<1), "Share of hidden values zeroed while training.")
  }

  public var reader: any PairReader { FeatureReader() }

  public func problem(with data: DataFacts) -> String? {
    guard let width = data.featureWidth else {
      return "model kind features needs dense features, the data has none"
    }
    return (1...1 << 24).contains(width) ? nil : "\(width) features are not supported"
  }

  public func parameters(_ data: DataFacts) -> ParameterBuilder {
    FeatureModel.build(inputSize: data.featureWidth ?? 0, self).parameters
  }

  public func build(_ data: DataFacts, seed: UInt64) -> any RewardModel {
    FeatureModel(inputSize: data.featureWidth ?? 0, options: self, seed: seed)
  }

  public static func facts(savedIn configuration: ConfigNode) -> DataFacts {
    guard case .int(let width)? = configuration["input_size"]?.value else {
      return DataFacts(featureWidth: nil, hasTexts: false)
    }
    return DataFacts(featureWidth: width, hasTexts: false)
  }
}

/// Passes features on as they are.
public struct FeatureReader: PairReader {
  public init() {}

  public var needs: PairNeeds { PairNeeds(features: true) }

  /// Traps if the block was read without features.
  public func input(for block: PairBlock) -> ModelInput {
    guard let features = block.features else {
      preconditionFailure("feature model: pairs were read without features")
    }
    return .dense(features)
  }
}

/// Scores dense feature vectors `[D]` with a linear model or MLP.
public struct FeatureModel: RewardModel, NativeModel {
  public static let modelType = "pairwise_features"

  public var store: ParameterStore
  public let inputSize: Int
  public let options: FeatureModelOptions
  private let head: MLP

  public init(inputSize: Int, options: FeatureModelOptions = .init(), seed: UInt64 = 0) {
    self.inputSize = inputSize
    self.options = options
    let built = FeatureModel.build(inputSize: inputSize, options)
    head = built.head
    store = ParameterStore(built.parameters, seed: seed)
  }

  fileprivate static func build(inputSize: Int, _ options: FeatureModelOptions)
    -> (head: MLP, parameters: ParameterBuilder)
  {
    var builder = ParameterBuilder()
    let head = MLP(
      inputs: inputSize, hidden: options.hiddenSizes, activation: options.activation,
      dropout: options.dropout, &builder)
    return (head, builder)
  }

  public var reader: any PairReader { options.reader }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    guard case .dense(let rows) = input else {
      preconditionFailure("feature model: expected dense rows")
    }
    return head(Variable(constant: rows), weights, dropout: options.dropout > 0 ? dropout : nil)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "input_size", value: inputSize.configNode),
      .init(key: "hidden_sizes", value: options.hiddenSizes.configNode),
      .init(key: "activation", value: options.activation.rawValue.configNode),
      .init(key: "dropout", value: options.dropout.configNode),
    ]
  }
}
