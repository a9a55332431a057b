public import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseTensor

/// `kind: curate`: rounds of labelling and two models' filter of the rest (`CurationLoop`), with reward models trained by
/// the recipe.
///
/// - Source: Liu et al. 2025, "Skywork-Reward-V2", arXiv 2507.01352; the oracle stands for people and judging models.
public struct CurateStage: PipelineStage, ConfigSection {
  public static let kind = "curate"
  public static let summary = "pairs without those that two models and an oracle doubt"

  public let name: String
  private let data: String
  private let gold: String
  private let silver: Double
  private let oracle: StageReward?
  private let column: String?
  private let trusts: Bool
  private let training: StageRecipe
  private let loop: CurationLoop

  public init(from reader: inout SectionReader) {
    name = reader.stageName()
    data = reader.artefact("data", "Pairs, some of them trusted.")
    gold = reader.value(
      "gold", default: "gold", .nonEmpty, "The column that is true of trusted pairs.")
    silver = reader.value(
      "silver", default: 0.2, .between(0, 1),
      "Share of the other pairs to begin training with; the rest is the pool.")
    oracle =
      reader.variants(
        "oracle", discriminator: "kind", options: StageReward.options, isRequired: false,
        "A reward that is asked about single pairs: it agrees where it finds the chosen completion better."
      ).first
    column = reader.optional(
      "oracle_column", String.self, .nonEmpty,
      "In place of a reward, a column that is true where the recorded label is right.")
    trusts = reader.value(
      "trust_oracle", default: false, "Whether what the oracle labelled counts as trusted.")
    training = StageRecipe(from: &reader)
    var loop = CurationLoop()
    loop.iterations = reader.value(
      "iterations", default: 4, .closed(1...100), "Rounds of labelling at most.")
    loop.mostNeighbours = reader.value(
      "neighbours", default: 8, .closed(1...1000),
      "Pairs of the pool that a trusted pair asks about at most, all of them where the model gets it wrong."
    )
    loop.filter.mode = reader.choice(
      "filter", default: .goldConsistent,
      "What of the pool is kept: what models of trusted and of all pairs agree with (gold), or what the best model is "
        + "sure of, and of the rest what the oracle says (ask).")
    loop.filter.recycles = reader.value(
      "recycle", default: false, "Keeps what would be discarded with its sides exchanged.")
    loop.filter.confidence = reader.value(
      "confidence", default: 0.5, .range(0.5..<1),
      "A model agrees with a label above this probability.")
    self.loop = loop
    if (oracle == nil) == (column == nil) {
      reader.report("oracle", "give one reward as oracle, or an oracle_column")
    }
  }

  public func recipe(_ shop: Workshop) throws -> (node: ConfigNode, folder: String)? {
    let read = try training.read(shop, run: "\(name)-1", data: shop.path(data))
    return (read.resolved, read.folder)
  }

  public func run(_ shop: Workshop) throws -> StageResult {
    let pairs = try RecordedPairs(shop.path(data))
    let trusted = try flags(gold, pairs, default: false)
    let goldRows = pairs.rows.rows.indices.filter { trusted[$0] }.map { CurationLoop.Row($0) }
    var rest = pairs.rows.rows.indices.filter { !trusted[$0] }
    if goldRows.isEmpty || rest.isEmpty {
      throw DataError(
        .invalid, file: pairs.rows.path,
        "column \(gold) is true of \(goldRows.count) of \(pairs.count) pairs; some must be trusted, others not"
      )
    }
    var random = CounterRandom(seed: shop.seed, stream: "curate")
    random.shuffle(&rest)
    let silverRows = rest.prefix(max(1, Int(silver * Double(rest.count)))).sorted()
      .map { CurationLoop.Row($0) }
    let agrees = try opinions(pairs, shop)
    let (embeddings, width) = pairs.embeddings()
    var trained = 0
    let result = try loop.run(
      gold: goldRows, silver: silverRows, count: pairs.count, embeddings: embeddings, width: width,
      score: { rows in
        trained += 1
        return try pairs.margins(trainedOn: rows, training, shop, run: "\(name)-\(trained)")
      },
      label: { CurationLoop.Label(agrees: agrees[$0], isTrusted: trusts) })
    let parts = [("gold", result.gold), ("silver", result.silver), ("kept", result.kept)]
    let made = parts.flatMap { part, rows in
      rows.map { row in
        pairs.row(
          row,
          [
            .init(key: "curation", value: part.configNode),
            .init(key: "turned", value: row.isTurned.configNode),
          ])
      }
    }
    let output = shop.file(name)
    try StageRows.write(made, to: output)
    let asked = result.rounds.reduce(0) { $0 + $1.labelled }
    return StageResult(
      products: [(name, output)],
      figures: parts.map { ($0.0, Double($0.1.count)) } + [
        ("discarded", Double(result.discarded.count)), ("asked", Double(asked)),
        ("turned", Double(result.training.count { $0.isTurned })),
        ("rounds", Double(result.rounds.count)),
        ("gold accuracy", result.rounds.last?.bestAccuracy ?? 0),
      ])
  }

  /// Whether the oracle agrees with each recorded label.
  private func opinions(_ pairs: RecordedPairs, _ shop: Workshop) throws -> [Bool] {
    if let column { return try flags(column, pairs, default: nil) }
    guard let oracle else { return [] }
    let texts = pairs.sides.map { [$0.chosen, $0.rejected] }
    return try StageJudge(oracle, shop).values(pairs.rows, texts).map { $0[0] > $0[1] }
  }

  private func flags(_ key: String, _ pairs: RecordedPairs, default absent: Bool?) throws -> [Bool]
  {
    try pairs.rows.rows.indices.map { row in
      switch pairs.rows.rows[row][key]?.value {
      case .bool(let flag): return flag
      case nil where absent != nil: return absent == true
      default: throw pairs.rows.refusal(row, "\(key): expected true or false")
      }
    }
  }
}
