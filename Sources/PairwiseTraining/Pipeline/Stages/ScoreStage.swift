public import PairwiseConfig
internal import PairwiseData

/// `kind: score`: rewards of completions, added to their rows.
public struct ScoreStage: PipelineStage {
  public static let kind = "score"
  public static let summary = "rewards of completions, added to their rows"

  public let name: String
  private let data: String
  private let rewards: [StageReward]
  private let weights: [Double]
  private let total: String
  private let spread: [String]

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Rows with completions.")
    rewards = reader.variants(
      "rewards", discriminator: "kind", options: StageReward.options,
      "The rewards; each becomes a column of its name, a list with a number a completion.")
    weights = reader.value(
      "weights", default: [], .each(.any, count: 0...64),
      "What each reward counts in their sum; an empty list: 1 each.")
    total = reader.value(
      "total", default: "rewards", .nonEmpty, "The column of the weighted sum.")
    spread = reader.value(
      "spread", default: [], .each(.nonEmpty, count: 0...64),
      "Columns for the sum of each completion apart, as in [ref_chosen_logps, ref_rejected_logps] for pairs."
    )
    if !weights.isEmpty, weights.count != rewards.count {
      reader.report("weights", "expected \(rewards.count) numbers, found \(weights.count)")
    }
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    var rows = try StageRows(shop.path(data))
    var completions: [[String]] = []
    for row in rows.rows.indices { completions.append(try rows.completions(row)) }
    var sums = completions.map { [Double](repeating: 0, count: $0.count) }
    var figures: [(name: String, value: Double)] = []
    for (index, reward) in rewards.enumerated() {
      let values = try StageJudge(reward, shop).values(rows, completions)
      let weight = weights.isEmpty ? 1 : weights[index]
      for row in values.indices {
        rows.rows[row] = rows.rows[row].setting(reward.name, to: values[row].configNode)
        for place in values[row].indices { sums[row][place] += weight * values[row][place] }
      }
      figures.append((reward.name, ScoreStage.mean(values)))
      if rows.rows[0]["completions"] == nil, values.allSatisfy({ $0.count == 2 }) {
        let right = values.count { $0[0] > $0[1] }
        figures.append(("\(reward.name) right", Double(right) / Double(values.count)))
      }
    }
    if !rewards.contains(where: { $0.name == total }) {
      for row in sums.indices {
        rows.rows[row] = rows.rows[row].setting(total, to: sums[row].configNode)
      }
      if rewards.count > 1 { figures.append((total, ScoreStage.mean(sums))) }
    }
    for row in sums.indices where !spread.isEmpty {
      guard sums[row].count == spread.count else {
        throw rows.refusal(row, "has \(sums[row].count) completions, spread names \(spread.count)")
      }
      for (column, value) in zip(spread, sums[row]) {
        rows.rows[row] = rows.rows[row].setting(column, to: value.configNode)
      }
    }
    let output = shop.file(name)
    try StageRows.write(rows.rows.map { ($0.prompt, $0.columns) }, to: output)
    return StageResult(products: [(name, output)], figures: figures)
  }

  private static func mean(_ values: [[Double]]) -> Double {
    let all = values.joined()
    return all.reduce(0, +) / Double(max(1, all.count))
  }
}
