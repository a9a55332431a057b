internal import Glibc
public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `kind: select`: one completion of each prompt.
public struct SelectStage: PipelineStage {
  public static let kind = "select"
  public static let summary = "one of the scored completions of each prompt"

  enum Rule: String, CaseIterable {
    /// The highest score, the first of equals.
    case best
    /// One drawn with probability ∝ e^score: what a person picks under Bradley-Terry.
    case draw
  }

  public let name: String
  private let data: String
  private let column: String
  private let rewards: [String]
  private let direction: String
  private let rule: Rule
  private let group: String?

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Rows with scored completions.")
    column = reader.value("by", default: "rewards", .nonEmpty, "The column of scores.")
    rewards = reader.value(
      "rewards", default: [], .each(.nonEmpty, count: 0...64),
      "Columns of several rewards, which the row's direction weighs; an empty list: the one of by.")
    direction = reader.value(
      "direction", default: "direction", .nonEmpty,
      "The column of directions, a weight a reward; its length does not matter.")
    rule = reader.choice(
      "rule", default: .best, "The best completion, or one drawn with odds e^score.")
    group = reader.optional(
      "group", String.self, .nonEmpty,
      "One completion of all rows with the same value of this column; null: of each row.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let rows = try StageRows(shop.path(data))
    var groups: [[Int]] = []
    var places: [String: Int] = [:]
    for row in rows.rows.indices {
      guard let group else {
        groups.append([row])
        continue
      }
      guard let node = rows.rows[row][group] else { throw rows.refusal(row, "has no \(group)") }
      var writer = JSONWriter()
      writer.write(node)
      if let place = places[writer.string] {
        groups[place].append(row)
      } else {
        places[writer.string] = groups.count
        groups.append([row])
      }
    }
    var random = CounterRandom(seed: shop.seed, stream: "select")
    var (kept, sum): ([(prompt: PreferenceText, columns: [ConfigNode.Entry])], Double) = ([], 0)
    for group in groups {
      var candidates: [(row: Int, text: String, score: Double)] = []
      for row in group {
        let texts = try rows.completions(row)
        for (text, score) in zip(texts, try scores(rows, row, count: texts.count)) {
          candidates.append((row, text, score))
        }
      }
      let pick = choice(candidates.map(\.score), &random)
      let (row, text, score) = candidates[pick]
      sum += score
      let columns: [ConfigNode.Entry] = [
        .init(key: "completion", value: text.configNode),
        .init(key: "score", value: score.configNode),
      ]
      kept.append((rows.rows[row].prompt, columns + rows.carried(row, without: ["score"])))
    }
    let output = shop.file(name)
    try StageRows.write(kept, to: output)
    return StageResult(
      products: [(name, output)],
      figures: [("kept", Double(kept.count)), ("score", sum / Double(kept.count))])
  }

  private func scores(_ rows: StageRows, _ row: Int, count: Int) throws -> [Double] {
    if rewards.isEmpty { return try rows.numbers(column, row, count: count) }
    let weights = try rows.numbers(direction, row, count: rewards.count)
    let user = try RewardDirection(weights)
    let values = try rewards.map { try rows.numbers($0, row, count: count) }
    return (0..<count).map { place in user.score(values.map { $0[place] }) }
  }

  private func choice(_ scores: [Double], _ random: inout CounterRandom) -> Int {
    let best = scores.indices.max { (scores[$0], -$0) < (scores[$1], -$1) } ?? 0
    guard rule == .draw else { return best }
    let weights = scores.map { Glibc.exp($0 - scores[best]) }
    var left = random.uniform() * weights.reduce(0, +)
    for (place, weight) in weights.enumerated() {
      left -= weight
      if left < 0 { return place }
    }
    return best
  }
}
