public import PairwiseConfig

/// `kind: train`: a training run, of a config or of a recipe that stands here.
public struct TrainStage: PipelineStage {
  public static let kind = "train"
  public static let summary = "a training run"

  public let name: String
  private let training: StageRecipe

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    training = StageRecipe(from: &reader)
  }

  public func recipe(_ shop: Workshop) throws -> (node: ConfigNode, folder: String)? {
    let read = try training.read(shop, run: name)
    return (read.resolved, read.folder)
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let (summary, model) = try training.train(shop, run: name, mayResume: shop.mayResume)
    var figures = [(name: "steps", value: Double(summary.steps))]
    if let loss = summary.finalLoss { figures.append(("loss", loss)) }
    figures += summary.figures.map { ($0.name, $0.value) }
    return StageResult(products: [(name, model)], figures: figures)
  }
}
