public import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseNN
internal import PairwiseObjectives

/// `kind: start`: a model as training would start from it.
public struct StartStage: PipelineStage {
  public static let kind = "start"
  public static let summary = "a model that is not trained yet, as a file"

  public let name: String
  private let model: ModelSection
  private let use: Use

  enum Use: String, CaseIterable { case policy, reward }

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    model =
      reader.variant(
        "model", discriminator: "kind", options: ModelSection.options, default: nil,
        "The model, as in configs of training.")
      ?? ModelSection(options: FeatureModelOptions(), path: nil)
    use = reader.choice("use", default: .policy, "Whether it writes completions or scores them.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let path = model.path.map(shop.path)
    let blueprint = try model.options.blueprint(
      ModelRequest(
        use: use == .policy ? .logps(chosenOnly: false) : .scores, path: path, locate: shop.locator)
    )
    var built = try blueprint.build(DataFacts(featureWidth: nil, hasTexts: true), seed: shop.seed)
    if !blueprint.readsPath, let path {
      let file = FileAccess.isFolder(path) ? path + "/model.safetensors" : path
      try ModelDirectory.loadWeights(into: &built.store, from: file)
    }
    let folder = try shop.writingFolder(name) { try ModelDirectory.save(built, to: $0) }
    let parameters = blueprint.parameters(DataFacts(featureWidth: nil, hasTexts: true))
    return StageResult(
      products: [(name, folder)],
      figures: [("parameters", Double(parameters.count + parameters.frozenCount))])
  }
}
