public import PairwiseAutodiff
public import PairwiseConfig
public import PairwiseData
public import PairwiseNN
internal import PairwiseTensor

/// `model: {kind: features}`: a linear model or MLP on dense feature vectors.
public struct FeatureModelOptions: NativeRewardOptions {
  public static let kind = "features"
  public static let modelType = FeatureModel.modelType
  public static let summary = "a linear model or MLP on dense feature vectors"

  /// Widths of the hidden layers; none for a linear model.
  public var hiddenSizes: [Int]
  public var activation: Activation
  public var dropout: Float
  /// What stands on top.
  public var head: HeadSection

  public init(
    hiddenSizes: [Int] = [], activation: Activation = .relu, dropout: Float = 0,
    head: HeadSection = .init()
  ) {
    self.head = head
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
    head = HeadSection(from: &reader)
  }

  public var reader: any PairReader {
    ConditionedReader.around(FeatureReader(), head.options.needs)
  }
  public var gives: Set<String> {
    head.options.gives.union(MaskedStates(hiddenSizes, dropout: dropout).gives)
  }
  public func remarks(_ data: DataFacts) -> [String] { head.remarks(data) }

  public func problem(with data: DataFacts) -> String? {
    guard let width = data.featureWidth else {
      return "model kind features needs dense features, the data has none"
    }
    guard (1...1 << 24).contains(width) else { return "\(width) features are not supported" }
    if head.options.needs.promptWidth > 0 {
      return "model kind features reads no prompts; give the router a column of numbers"
    }
    return head.problem(with: data, dropout: dropout)
  }

  public func parameters(_ data: DataFacts) -> ParameterBuilder {
    FeatureModel.build(data, self).parameters
  }

  public func build(_ data: DataFacts, seed: UInt64) -> any RewardModel {
    FeatureModel(data, options: self, seed: seed)
  }

  public static func facts(savedIn configuration: ConfigNode) -> DataFacts {
    var facts = DataFacts(featureWidth: nil, hasTexts: false)
    if case .int(let width)? = configuration["input_size"]?.value { facts.featureWidth = width }
    facts.readColumns(savedIn: configuration)
    return facts
  }
}

/// Passes features on as they are.
public struct FeatureReader: PairReader {
  /// Columns that hold further completions of a row.
  private var further: [PairColumn] = []

  public init() {}

  public var needs: PairNeeds { PairNeeds(features: true, columns: Set(further)) }

  /// Further completions are columns of as many numbers.
  public func carrying(_ sequences: [ExtraSequence]) -> (any PairReader)? {
    var reader = self
    for sequence in sequences {
      guard case .completion(.column(let column), under: .own) = sequence else { return nil }
      reader.further.append(column)
    }
    return reader
  }

  /// Traps if the block was read without features.
  public func input(for block: PairBlock) throws(DataError) -> ModelInput {
    guard let features = block.features else {
      preconditionFailure("feature model: pairs were read without features")
    }
    return further.isEmpty ? .dense(features) : try several(features, block)
  }

  /// The pair of each row, and behind it each further completion as a pair with itself.
  private func several(_ features: Tensor, _ block: PairBlock) throws(DataError) -> ModelInput {
    let (width, pairs) = (features.shape[1], features.array)
    var values: [Float] = []
    for row in 0..<block.count {
      values += pairs[2 * row * width..<2 * (row + 1) * width]
      for column in further {
        let all = block.columns[column] ?? []
        guard all.count == block.count * width,
          case let own = all[row * width..<(row + 1) * width],
          own.allSatisfy({ $0.isFinite })
        else {
          throw DataError(
            .invalid, file: "pairs", place: "row \(block.rows[row])",
            "\(column.rawValue): expected \(width) features as of the other completions")
        }
        values += own
        values += own
      }
    }
    let perRow = 1 + further.count
    return .several(.dense(Tensor([2 * block.count * perRow, width], values)), perRow: perRow)
  }
}

/// Scores dense feature vectors `[D]` with a linear model or MLP.
public struct FeatureModel: AdaptiveRewardModel, NativeModel {
  public static let modelType = "pairwise_features"

  public var store: ParameterStore
  public let options: FeatureModelOptions
  public let data: DataFacts
  private let layers: MLP
  private let head: any RewardHead

  /// A model of vectors of that width. For heads that know names see `init(_:options:seed:)`.
  public init(inputSize: Int, options: FeatureModelOptions = .init(), seed: UInt64 = 0) {
    self.init(
      DataFacts(featureWidth: inputSize, hasTexts: false), options: options, seed: seed)
  }

  public init(_ data: DataFacts, options: FeatureModelOptions = .init(), seed: UInt64 = 0) {
    (self.options, self.data) = (options, data)
    let built = FeatureModel.build(data, options)
    (layers, head) = (built.layers, built.head)
    store = ParameterStore(built.parameters, seed: seed)
  }

  public var headNeeds: HeadNeeds { options.head.options.needs }
  public var figures: [(name: String, value: Double)] { head.figures(store) }
  public func fresh(for data: DataFacts) -> FeatureModel { FeatureModel(data, options: options) }

  /// D
  public var inputSize: Int { data.featureWidth ?? 0 }

  fileprivate static func build(_ data: DataFacts, _ options: FeatureModelOptions)
    -> (layers: MLP, head: any RewardHead, parameters: ParameterBuilder)
  {
    var builder = ParameterBuilder()
    let layers = MLP(
      inputs: data.featureWidth ?? 0, hidden: options.hiddenSizes,
      outputs: options.head.options.width(data), activation: options.activation,
      dropout: options.dropout, &builder)
    let head = builder.scoped("head") { options.head.options.head(data, &$0) }
    return (layers, head, builder)
  }

  public var reader: any PairReader { options.reader.knowing(data) }

  public func scores(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> Variable {
    output(input, weights, dropout: dropout).scores
  }

  public func output(_ input: ModelInput, _ weights: Weights, dropout: DropoutKey?) -> RewardOutput
  {
    var masked = MaskedStates(options.hiddenSizes, dropout: options.dropout)
    let rows = HeadInput(input, dropout: dropout) { rows in
      masked.keeping(states(rows, weights, dropout)) { layers.outputs(of: $0, weights) }
    }
    return head(rows, weights).with(states: masked.states)
  }

  private func states(_ rows: ModelInput, _ weights: Weights, _ dropout: DropoutKey?) -> Variable {
    guard case .dense(let rows) = rows else {
      preconditionFailure("feature model: expected dense rows")
    }
    return layers.states(
      Variable(constant: rows), weights, dropout: options.dropout > 0 ? dropout : nil)
  }

  public var configuration: [ConfigNode.Entry] {
    [
      .init(key: "input_size", value: inputSize.configNode),
      .init(key: "hidden_sizes", value: options.hiddenSizes.configNode),
      .init(key: "activation", value: options.activation.rawValue.configNode),
      .init(key: "dropout", value: options.dropout.configNode),
    ] + [options.head.configuration, options.head.known(data)].compactMap(\.self)
  }
}
