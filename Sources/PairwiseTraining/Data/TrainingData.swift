internal import PairwiseConfig
internal import PairwiseData
public import PairwiseModels
internal import PairwiseObjectives

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
  /// - Parameters:
  ///   - known: the training pairs, if they are open already; nil: what `data.train` names.
  ///   - locate: where a path of the config leads.
  /// - Throws: `DataError` for the data, `RunError.unsuitable` when something is missing in them.
  public static func open(
    _ config: RunConfig, _ blueprint: any ModelBlueprint, known: DataFile? = nil,
    locate: @escaping @Sendable (String) -> String,
    cache: String
  ) throws -> TrainingData {
    let margins = MarginRewards(config.data.marginRewards, locate: locate)
    var opened = try OpenedData(
      config.data.train, config, blueprint, margins, known: known, locate: locate, cache: cache)
    let (trainFile, plan) = (opened.file, opened.plan)
    if margins != nil && !opened.columns.wanted.contains(MarginRewards.columns.chosen) {
      throw RunError.unsuitable(
        "data.margin_rewards: objective \(type(of: config.objective).name) reads no margin rewards")
    }
    let rows = try trainRows(trainFile.source, config)
    var ledger = trainFile.ledger
    var train = try opened.set(rows.train, config, &ledger, "train")
    let unit = plan.isUnpaired ? "rows" : "pairs"
    guard train.count > 0 else {
      throw RunError.unsuitable("\(trainFile.path): no training \(unit)")
    }
    let facts = try opened.learnNames(of: &train, blueprint)
    try opened.refuseStrangers(in: train)
    if plan.isMismatched, train.count < 2 {
      throw RunError.unsuitable(
        "\(trainFile.path): objective \(type(of: config.objective).name) needs at least 2 rows")
    }
    ledger.append(("train \(unit)", train.count))
    var validation: PairSet?
    if let path = config.data.validation {
      let other = try OpenedData(
        path, config, blueprint, margins, facts: facts, locate: locate, cache: cache)
      let source = other.file.source
      let all = source.splits[config.data.validationSplit] ?? .range(0..<source.count)
      ledger += other.file.ledger
      let held = try other.set(all, config, &ledger, "validation")
      try other.refuseStrangers(in: held)
      validation = held
    } else if let held = rows.validation, held.count > 0 {
      let held = try opened.set(held, config, &ledger, "validation")
      try opened.refuseStrangers(in: held)
      validation = held
    }
    validation?.contexts = try PairContexts(train)
    if let validation { ledger.append(("validation \(unit)", validation.count)) }
    let used = train.count + (config.data.validation == nil ? validation?.count ?? 0 : 0)
    let all = (plan.isUnpaired && !trainFile.source.isUnpaired ? 2 : 1) * trainFile.source.count
    ledger.append(("not used", all - used))
    return TrainingData(
      train: train, validation: validation, ledger: ledger,
      fingerprint: "\(trainFile.fingerprint)/\(train.count)", facts: facts,
      needsReference: opened.columns.needsReference, margins: margins)
  }

  /// What the objective has to say of these data before training.
  func remarks(_ objective: any Objective) throws(DataError) -> [String] {
    guard train.plan.isUnpaired else { return [] }
    let labels = try train.values(of: .label)
    let desirable = labels.count { $0 == 1 }
    let remark = objective.remark(desirable: desirable, undesirable: labels.count - desirable)
    return remark.map { [$0] } ?? []
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

extension RowSet {
  fileprivate func prefix(_ limit: Int) -> RowSet {
    switch self {
    case .range(let range): .range(range.prefix(limit))
    case .list(let rows): .list(Array(rows.prefix(limit)))
    }
  }
}
