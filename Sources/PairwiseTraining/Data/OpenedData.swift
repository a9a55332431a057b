internal import PairwiseData
internal import PairwiseModels
internal import PairwiseObjectives

/// One data file of a run, with what objective and model make of it.
struct OpenedData {
  let file: DataFile
  let plan: SequencePlan
  let columns: ColumnPlan
  private(set) var reader: any PairReader
  private let margins: MarginRewards?

  /// - Parameters:
  ///   - known: the file, if it is open already.
  ///   - facts: what the model knows of the training data; nil where this is the training data.
  /// - Throws: `DataError` for the file, `RunError.unsuitable` if it lacks what objective or model need.
  init(
    _ path: String, _ config: RunConfig, _ blueprint: any ModelBlueprint,
    _ margins: MarginRewards?, known: DataFile? = nil, facts: DataFacts? = nil,
    locate: (String) -> String, cache: String
  ) throws {
    let objective = config.objective
    let name = type(of: objective).name
    let computed =
      margins == nil ? [] : [MarginRewards.columns.chosen, MarginRewards.columns.rejected]
    let wanted = try SequencePlan(objective)
    var demand = ColumnDemand(objective, wanted, computed: Set(computed))
    demand.numbers.formUnion(blueprint.reader.needs.columns.subtracting(PairColumn.builtIn))
    // Readers of tokens ask for conversations; to them the empty text is an answer like any other.
    file =
      try known
      ?? DataFile.open(
        locate(path), dropInvalid: config.data.dropInvalid,
        dropIdentical: config.data.dropIdentical,
        keepEmpty: blueprint.reader.needs.messages, columns: demand,
        rows: wanted.slate == nil ? .automatic : .slates, cache: cache)
    let source = file.source
    plan = try SequencePlan(objective, texts: source.completionColumns, file.path)
    if let problem = plan.problem(with: objective) {
      throw RunError.unsuitable("\(file.path): \(problem)")
    }
    if source.isUnpaired, !plan.isUnpaired {
      throw RunError.unsuitable(
        "\(file.path): objective \(name) learns from pairs, the data has single completions with labels"
      )
    }
    if let problem = blueprint.problem(with: DataFacts(source)) {
      throw RunError.unsuitable("\(file.path): \(problem)")
    }
    guard let reader = blueprint.reader.carrying(plan.extras) else {
      throw RunError.unsuitable(
        plan.scores.isEmpty
          ? "\(file.path): objective \(name) needs a language model for the data"
          : "\(file.path): objective \(name) reads further completions or prompts of each row, which this "
            + "model or its head cannot")
    }
    self.reader = try reader.knowing(facts ?? DataFacts(source)).bound(to: source)
    self.margins = margins
    let view = plan.view(source, .range(0..<0))
    columns = try ColumnPlan(
      objective, plan, margins?.planned(view) ?? view, ties: config.data.ties, file.path)
  }

  /// Goes by the names of a training set from here on: what nobody judged in it, the model cannot know.
  ///
  /// - Returns: what the model is to know.
  /// - Throws: `RunError.unsuitable` if the model needs names and the set has none.
  mutating func learnNames(
    of train: inout PairSet, _ blueprint: any ModelBlueprint
  ) throws -> DataFacts {
    var facts = DataFacts(file.source)
    for (column, names) in facts.names where reader.needs.columns.contains(column) {
      let ids = Set(try train.values(of: column).filter { $0 >= 0 }.map { Int($0) })
      facts.names[column] = names.indices.filter(ids.contains).map { names[$0] }
    }
    if let problem = blueprint.problem(with: facts) {
      throw RunError.unsuitable("\(file.path): \(problem)")
    }
    reader = try reader.knowing(facts).bound(to: file.source)
    train.reader = reader
    return facts
  }

  /// Refuses a set with somebody in it whom the model must know and does not.
  func refuseStrangers(in set: PairSet) throws(DataError) {
    try reader.refuseStrangers(
      in: set.source, set.rows, of: file,
      "expected one of the training pairs'; model.head.new_user: uniform takes new ones, "
        + "and score --context FILE gets to know them")
  }

  /// Rows of the file, checked and ready to be read; what becomes of each is added to the ledger.
  func set(
    _ rows: RowSet, _ config: RunConfig, _ ledger: inout [(name: String, value: Int)],
    _ what: String
  ) throws -> PairSet {
    let base = file.source
    let (kept, leftOut) = try columns.withoutLeftOut(
      try columns.withoutTies(rows, of: base), of: base)
    ledger += leftOut.map { ("\(what): \($0.name)", $0.value) }
    let source = plan.view(base, kept)
    let all = source.isUnpaired == base.isUnpaired ? kept : .range(0..<source.count)
    try columns.check(all, of: source)
    try plan.checkFurther(all, of: source, file.path)
    let screened = try ScreenedRows(all, of: source, reader)
    ledger += screened.ledger.map { ("\(what): \($0.name)", $0.value) }
    var set = PairSet(
      source: margins?.planned(source) ?? source, rows: screened.rows, reader: reader,
      columns: columns.wanted,
      matrices: columns.matrices, lengths: screened.lengths, plan: plan,
      mismatchRun: config.trainer.mismatchRun)
    set.readsOutcome = columns.readsOutcome
    if config.data.ties == .breakRandom { set.tieSeed = UInt64(bitPattern: Int64(config.run.seed)) }
    return set
  }
}

extension SequencePlan {
  /// The source as its objective reads it: pairs as single completions where it takes those, slates of one size.
  fileprivate func view(_ source: any PairSource, _ rows: RowSet) -> any PairSource {
    if slate != nil && source.columns.contains(.slateSize) { return PaddedSlates(source) }
    return isUnpaired && !source.isUnpaired ? UnpairedPairs(source, rows: rows) : source
  }
}

extension TrainerSection {
  /// Rows in a run that exchange completions: a batch, or whatever takes its place.
  fileprivate var mismatchRun: Int {
    accumulation == .microbatch ? min(batchSize, microbatchSize ?? batchSize) : batchSize
  }
}
