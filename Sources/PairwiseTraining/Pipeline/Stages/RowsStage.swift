public import PairwiseConfig
internal import PairwiseData

/// `kind: rows`: completions one a row, each with its reward, for `ppo_value`.
public struct RowsStage: PipelineStage {
  public static let kind = "rows"
  public static let summary = "completions one a row, each with its reward"

  public let name: String
  private let data: String
  private let column: String

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Rows with scored completions.")
    column = reader.value("by", default: "rewards", .nonEmpty, "The column of rewards.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let rows = try StageRows(shop.path(data))
    var made: [(prompt: PreferenceText, columns: [ConfigNode.Entry])] = []
    var sum = 0.0
    for row in rows.rows.indices {
      let texts = try rows.completions(row)
      let rewards = try rows.numbers(column, row, count: texts.count)
      for (text, reward) in zip(texts, rewards) {
        made.append(
          (
            rows.rows[row].prompt,
            [
              .init(key: "completion", value: rows.answer(text, row)),
              .init(key: "reward", value: reward.configNode),
            ]
          ))
        sum += reward
      }
    }
    let output = shop.file(name)
    try StageRows.write(made, to: output)
    return StageResult(
      products: [(name, output)],
      figures: [
        ("completions", Double(made.count)), ("mean reward", sum / Double(max(1, made.count))),
      ])
  }
}
