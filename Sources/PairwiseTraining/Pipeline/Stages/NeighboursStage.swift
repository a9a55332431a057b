public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `kind: neighbours`: prompts of directions near to a wanted one, for robust selection: candidates are written for
/// those and judged by the wanted one.
///
/// - Source: Mao et al. 2025, arXiv 2510.20498.
public struct NeighboursStage: PipelineStage {
  public static let kind = "neighbours"
  public static let summary = "for every wanted direction, prompts of known directions near it"

  public let name: String
  private let data: String
  private let among: String
  private let column: String
  private let count: Int
  private let degrees: Double
  private let includesTarget: Bool

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Prompts with wanted directions.")
    among = reader.artefact("among", "Prompts with directions that the policy was trained on.")
    column = reader.value("direction", default: "direction", .nonEmpty, "The column of directions.")
    count = reader.value("count", default: 5, .closed(1...4096), "Directions for each wanted one.")
    degrees = reader.value("degrees", default: 30, .range(0..<90), "How far they may be from it.")
    includesTarget = reader.value(
      "include_target", default: false, "Make the wanted direction itself the first of them.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let wanted = try StageRows(shop.path(data))
    let known = try StageRows(shop.path(among))
    let directions = try known.rows.indices.map { try direction(known, $0) }
    let selection = try RobustSelection(
      count: count, degrees: degrees, includesTarget: includesTarget)
    var random = SplitMix64(seed: shop.seed)
    var made: [(prompt: PreferenceText, columns: [ConfigNode.Entry])] = []
    for row in wanted.rows.indices {
      let target = try direction(wanted, row)
      for near in try selection.neighbours(of: target, using: &random) {
        // The known direction that is nearest to the drawn one.
        guard let best = RobustSelection.choice(among: directions.map(\.vector), for: near) else {
          continue
        }
        made.append(
          (
            known.rows[best].prompt,
            [
              .init(key: "direction", value: target.vector.configNode),
              .init(key: "wanted", value: row.configNode),
            ]
          ))
      }
    }
    let output = shop.file(name)
    try StageRows.write(made, to: output)
    return StageResult(products: [(name, output)], figures: [("prompts", Double(made.count))])
  }

  private func direction(_ rows: StageRows, _ row: Int) throws -> RewardDirection {
    guard let node = rows.rows[row][column], let values = try? [Double].read(node) else {
      throw rows.refusal(row, "has no \(column), a list of a weight for each reward")
    }
    return try RewardDirection(values)
  }
}
