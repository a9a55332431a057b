public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `kind: pairs`: preferences between scored completions.
public struct PairsStage: PipelineStage {
  public static let kind = "pairs"
  public static let summary = "preferences between scored completions of a prompt"

  enum Judge: String, CaseIterable {
    /// The higher score wins.
    case exact
    /// It wins with probability σ(gap).
    case bradleyTerry = "bradley_terry"
  }

  public let name: String
  private let data: String
  private let column: String
  private let builder: PairBuilder
  private let judge: Judge
  private let flipRate: Double

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Rows with scored completions.")
    column = reader.value("by", default: "rewards", .nonEmpty, "The column of scores.")
    var builder = PairBuilder()
    builder.rule = reader.choice(
      "rule", default: .bestWorst, "Which completions of a prompt meet. Equal scores make no pair.")
    builder.smallestGap = reader.value(
      "min_gap", default: 0, .atLeast(0), "Only pairs whose scores are further apart.")
    self.builder = builder
    judge = reader.choice(
      "judge", default: .exact,
      "Who wins: the higher score (exact), or by chance with the sigmoid of the gap (bradley_terry)."
    )
    flipRate = reader.value(
      "flip_rate", default: 0, .closed(0...1), "Share of the judgements that are turned round.")
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let rows = try StageRows(shop.path(data))
    var builder = builder
    builder.seed = shop.seed
    var random = CounterRandom(seed: shop.seed, stream: "judge")
    var made: [(prompt: PreferenceText, columns: [ConfigNode.Entry])] = []
    var (without, gaps) = (0, 0.0)
    for row in rows.rows.indices {
      let texts = try rows.completions(row)
      let scores = try rows.numbers(column, row, count: texts.count)
      let pairs = try builder.pairs(of: scores, prompt: row)
      if pairs.isEmpty { without += 1 }
      for pair in pairs {
        var sides = (pair.chosen, pair.rejected)
        if judge == .bradleyTerry, random.uniform() >= Logistic.sigmoid(pair.gap) {
          swap(&sides.0, &sides.1)
        }
        if flipRate > 0, random.uniform() < flipRate { swap(&sides.0, &sides.1) }
        gaps += pair.gap
        let columns: [ConfigNode.Entry] = [
          .init(key: "chosen", value: rows.answer(texts[sides.0], row)),
          .init(key: "rejected", value: rows.answer(texts[sides.1], row)),
          .init(key: "chosen_score", value: scores[sides.0].configNode),
          .init(key: "rejected_score", value: scores[sides.1].configNode),
        ]
        let carried = rows.carried(row, without: ["chosen_score", "rejected_score"])
        made.append((rows.rows[row].prompt, columns + carried))
      }
    }
    if made.isEmpty {
      throw DataError(
        .invalid, file: rows.path, "no usable pairs: the completions of every prompt score alike")
    }
    let output = shop.file(name)
    try StageRows.write(made, to: output)
    return StageResult(
      products: [(name, output)],
      figures: [
        ("pairs", Double(made.count)), ("gap", gaps / Double(made.count)),
        ("prompts without", Double(without)),
      ])
  }
}
