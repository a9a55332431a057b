public import PairwiseConfig
public import PairwiseData
internal import PairwiseNN
internal import PairwiseText

/// `model: {kind: encoder}`: a BERT-style text encoder with a reward head.
public struct EncoderOptions: ModelOptions {
  public static let kind = "encoder"
  public static let summary = "a reward model on a BERT-style text encoder"
  public static let readsTokens = true

  public var pooling: Pooling
  public var readout: ReadoutSection

  public init(from reader: inout SectionReader) {
    pooling = reader.choice(
      "pooling", default: .pooler,
      "How a text's hidden states become one vector; transformers can read pooler only.")
    readout = ReadoutSection(from: &reader)
  }

  public func blueprint(_ request: ModelRequest) throws(DataError) -> any ModelBlueprint {
    guard request.use == .scores else {
      throw DataError(
        .invalid, file: "model.kind",
        "encoder gives scores; the objective needs log-probs of a language model (causal_lm)")
    }
    guard let path = request.path else {
      throw DataError(.invalid, file: "model", "encoder needs a path")
    }
    let start = try StartingPoint(path)
    return readout.isPlain
      ? try EncoderBlueprint(start, request, pooling: pooling)
      : try HeadedBlueprint(start, request, pooling: pooling, readout)
  }
}

/// An encoder with a reward head before its parameters take memory.
struct EncoderBlueprint: ModelBlueprint {
  private let start: StartingPoint
  private let pooling: Pooling
  private let layers: EncoderRewardModel.Layers
  private let filling: ParameterFilling
  let reader: any PairReader
  private var remarks: [String] = []
  func remarks(_ data: DataFacts) -> [String] { remarks }
  var readsPath: Bool { true }

  init(_ start: StartingPoint, _ request: ModelRequest, pooling: Pooling) throws(DataError) {
    guard !start.config.isCausal, let source = start.weights else {
      throw DataError(
        .invalid, file: start.path,
        "\(start.config.family.rawValue) is a decoder; use model kind causal_lm")
    }
    (self.start, self.pooling) = (start, pooling)
    layers = EncoderRewardModel.Layers(start.config, pooling: pooling)
    var tokens = request.tokens
    if tokens.maxLength ?? .max > start.config.maxPositions {
      tokens.maxLength = start.config.maxPositions
      remarks.append(
        "\(start.path) has \(start.config.maxPositions) positions: longer texts are cut")
    }
    reader = try TokenReader(start.text, tokens, encoder: start.config)
    filling = ParameterFilling(encoder: source)
    try filling.check(layers.parameters.parameters)
  }

  func problem(with data: DataFacts) -> String? {
    data.hasTexts ? nil : "model kind encoder needs texts, the data has none"
  }

  func parameters(_ data: DataFacts) -> ParameterBuilder { layers.parameters }

  func cost(_ load: TokenLoad, activationBudget: Int) -> ModelCost? {
    layers.encoder.transformer.cost(
      load, activationBudget: activationBudget, hasLogits: false, isFrozen: false)
  }

  func build(_ data: DataFacts, seed: UInt64) throws(DataError) -> any Model {
    var store = ParameterStore(zeros: layers.parameters)
    for parameter in try filling.fill(&store, layers.parameters.parameters) {
      store.start(parameter, seed: seed)
    }
    return EncoderRewardModel(
      layers, store: store,
      origin: LanguageOrigin(config: start.document, text: start.text, pooling: pooling),
      reader: reader)
  }
}

extension ParameterFilling {
  /// The weights of an encoder: a head may be missing, and what only other heads read may be there.
  init(encoder source: any WeightSource) {
    self.init(source)
    optional = ["classifier.weight", "classifier.bias", "pooler.dense.weight", "pooler.dense.bias"]
    ignored = Set(
      source.names.filter {
        $0.hasPrefix("cls.") || $0.hasPrefix("pooler.") || $0.hasPrefix("classifier.")
      })
  }
}
