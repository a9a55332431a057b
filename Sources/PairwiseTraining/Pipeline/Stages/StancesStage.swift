public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation

/// `kind: stances`: how a policy's stances differ from another's.
public struct StancesStage: PipelineStage {
  public static let kind = "stances"
  public static let summary = "what a policy thinks of topics, and how that moved from another"

  public let name: String
  private let model: String
  private let reference: String
  private let data: String

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    model = reader.artefact("model", "The policy.")
    reference = reader.artefact("reference", "The policy that it is compared with.")
    data = reader.artefact(
      "data", "Prompts with answers of each stance (JSONL), as `evaluate --stances` reads them.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let scorer = try PairScorer(model: shop.path(model), reference: shop.path(reference))
    let drift = try StanceFile.drift(shop.path(data), scorer)
    var figures = [(name: "moved", value: drift.magnitude)]
    for (index, stance) in drift.stances.enumerated() {
      let mean = drift.topics.reduce(0) { $0 + $1.after[index] } / Double(drift.topics.count)
      figures.append((stance, mean))
    }
    let output = "\(shop.folder)/\(name).json"
    var writer = JSONWriter()
    writer.write(
      ConfigNode(.table(figures.map { .init(key: $0.name, value: $0.value.configNode) })))
    writer.endLine()
    try FileAccess.replace(output, with: writer.bytes)
    return StageResult(products: [(name, output)], figures: figures)
  }
}
