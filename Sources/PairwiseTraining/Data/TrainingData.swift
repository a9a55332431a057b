internal import PairwiseConfig
internal import PairwiseData
public import PairwiseModels
internal import PairwiseObjectives
internal import PairwiseTensor

/// The pairs of a run: where they come from, how they are split, and an account of every row.
public struct TrainingData: Sendable {
  public var train: PairSet
  public var validation: PairSet?
  /// What became of each row of each file, for `data-ledger.json`.
  public var ledger: [(name: String, value: Int)]
  /// Identifies the pairs and their split; a resumed run must find the same.
  public var fingerprint: String
  public var facts: DataFacts
  /// Whether the objective reads log-probs of a reference that the data does not have.
  public var needsReference: Bool
  /// Further rewards that are to be computed for every pair.
  let margins: MarginRewards?

  /// Opens the data of a config and checks that model and objective can be fed from them.
  ///
  /// - Parameter locate: where a path of the config leads.
  /// - Throws: `DataError` for the data, `RunError.unsuitable` when something is missing in them.
  public static func open(
    _ config: RunConfig, _ blueprint: any ModelBlueprint,
    locate: @escaping @Sendable (String) -> String,
    cache: String
  ) throws -> TrainingData {
    let plan = try SequencePlan(config.objective)
    guard let reader = blueprint.reader.carrying(plan.extras) else {
      throw RunError.unsuitable(
        "objective \(type(of: config.objective).name) needs a language model")
    }
    let trainFile = try open(config.data.train, config, plan, reader, locate: locate, cache: cache)
    let facts = DataFacts(trainFile.source)
    if let problem = blueprint.problem(with: facts) {
      throw RunError.unsuitable("\(trainFile.path): \(problem)")
    }
    let margins = MarginRewards(config.data.marginRewards, locate: locate)
    func planned(_ source: any PairSource) -> any PairSource { margins?.planned(source) ?? source }
    let columns = try ColumnPlan(
      config.objective, plan, planned(plan.view(trainFile.source, .range(0..<0))),
      ties: config.data.ties, trainFile.path)
    if margins != nil && !columns.wanted.contains(MarginRewards.columns.chosen) {
      throw RunError.unsuitable(
        "data.margin_rewards: objective \(type(of: config.objective).name) reads no margin rewards")
    }
    var rows = try trainRows(trainFile.source, config)
    rows.train = try columns.withoutTies(rows.train, of: trainFile.source)
    var ledger = trainFile.ledger
    func set(_ rows: RowSet, _ base: any PairSource, _ columns: ColumnPlan, _ what: String)
      throws -> PairSet
    {
      let source = plan.view(base, rows)
      let rows = source.isUnpaired == base.isUnpaired ? rows : .range(0..<source.count)
      try columns.check(rows, of: source)
      let screened = try ScreenedRows(rows, of: source, reader)
      ledger += screened.ledger.map { ("\(what): \($0.name)", $0.value) }
      return PairSet(
        source: planned(source), rows: screened.rows, reader: reader, columns: columns.wanted,
        matrices: columns.matrices, lengths: screened.lengths, plan: plan,
        mismatchRun: config.trainer.mismatchRun)
    }
    let train = try set(rows.train, trainFile.source, columns, "train")
    let unit = plan.isUnpaired ? "rows" : "pairs"
    guard train.count > 0 else {
      throw RunError.unsuitable("\(trainFile.path): no training \(unit)")
    }
    if plan.isMismatched, train.count < 2 {
      throw RunError.unsuitable(
        "\(trainFile.path): objective \(type(of: config.objective).name) needs at least 2 rows")
    }
    ledger.append(("train \(unit)", train.count))
    var validation: PairSet?
    if let path = config.data.validation {
      let file = try open(path, config, plan, reader, locate: locate, cache: cache)
      let columns = try ColumnPlan(
        config.objective, plan, planned(plan.view(file.source, .range(0..<0))),
        ties: config.data.ties, file.path)
      let all = file.source.splits[config.data.validationSplit] ?? .range(0..<file.source.count)
      ledger += file.ledger
      validation = try set(
        try columns.withoutTies(all, of: file.source), file.source, columns,
        "validation")
    } else if let held = rows.validation, held.count > 0 {
      validation = try set(
        try columns.withoutTies(held, of: trainFile.source), trainFile.source,
        columns, "validation")
    }
    if let validation { ledger.append(("validation \(unit)", validation.count)) }
    let used = train.count + (config.data.validation == nil ? validation?.count ?? 0 : 0)
    let all = (plan.isUnpaired && !trainFile.source.isUnpaired ? 2 : 1) * trainFile.source.count
    ledger.append(("not used", all - used))
    return TrainingData(
      train: train, validation: validation, ledger: ledger,
      fingerprint: "\(trainFile.fingerprint)/\(train.count)", facts: facts,
      needsReference: columns.needsReference, margins: margins)
  }

  private static func open(
    _ path: String, _ config: RunConfig, _ plan: SequencePlan, _ reader: any PairReader,
    locate: (String) -> String, cache: String
  ) throws -> DataFile {
    // Readers of tokens ask for conversations; to them the empty text is an answer like any other.
    let margins = MarginRewards.columns
    let computed: Set = config.data.marginRewards.isEmpty ? [] : [margins.chosen, margins.rejected]
    let file = try DataFile.open(
      locate(path), dropInvalid: config.data.dropInvalid, dropIdentical: config.data.dropIdentical,
      keepEmpty: reader.needs.messages,
      columns: ColumnDemand(config.objective, plan, computed: computed), cache: cache)
    if file.source.isUnpaired, !plan.isUnpaired {
      throw RunError.unsuitable(
        "\(file.path): objective \(type(of: config.objective).name) learns from pairs, the data has "
          + "single completions with labels")
    }
    return file
  }

  /// Training and held-out rows: the file's own splits, or a share of its prompts.
  private static func trainRows(_ source: any PairSource, _ config: RunConfig) throws
    -> (train: RowSet, validation: RowSet?)
  {
    let data = config.data
    if !source.splits.isEmpty, source.splits[data.trainSplit] == nil {
      let known = source.splits.keys.sorted().joined(separator: ", ")
      throw RunError.unsuitable(
        "data.train_split: no split '\(data.trainSplit)'; the file has \(known)")
    }
    var rows = source.splits[data.trainSplit] ?? .range(0..<source.count)
    if let limit = data.maxRows, limit < rows.count { rows = rows.prefix(limit) }
    if data.validation != nil { return (rows, nil) }
    if data.validationFraction > 0 {
      let (train, held) = try SplitAssignment.split(
        source, rows: rows, fraction: data.validationFraction, seed: UInt64(config.run.seed))
      return (.list(train), .list(held))
    }
    return (rows, source.splits[data.validationSplit])
  }
}

extension SequencePlan {
  /// The source as its objective reads it: pairs as single completions where it takes those.
  fileprivate func view(_ source: any PairSource, _ rows: RowSet) -> any PairSource {
    isUnpaired && !source.isUnpaired ? UnpairedPairs(source, rows: rows) : source
  }
}

extension TrainerSection {
  /// Rows in a run that exchange completions: a batch, or whatever takes its place.
  fileprivate var mismatchRun: Int {
    accumulation == .microbatch ? min(batchSize, microbatchSize ?? batchSize) : batchSize
  }
}

extension RowSet {
  fileprivate func prefix(_ limit: Int) -> RowSet {
    switch self {
    case .range(let range): .range(range.prefix(limit))
    case .list(let rows): .list(Array(rows.prefix(limit)))
    }
  }
}
