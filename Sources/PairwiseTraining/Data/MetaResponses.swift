internal import PairwiseAutodiff
internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseModels
internal import PairwiseObjectives
internal import PairwiseTensor

/// Prompts with responses that nobody has judged, as MetaRM reads them: some for every step.
struct MetaResponses: Sendable {
  let pairs: PairSet
  /// η·s, how far ahead the gradient is taken.
  let rate: Double
  /// Identifies the responses; a resumed run must find the same.
  let fingerprint: String
  private let batchSize: Int
  private let seed: UInt64

  /// - Parameters:
  ///   - data: what the run trains on; prompts that are held out must not be among the responses'.
  /// - Throws: `DataError` for the file, `RunError.unsuitable` if it or the model cannot be used that way.
  init(
    _ section: MetaSection, at path: String, _ config: RunConfig, _ blueprint: any ModelBlueprint,
    _ data: TrainingData, cache: String
  ) throws {
    rate =
      section.direction.sign * (section.learningRate ?? 0.1 * config.optimizer.learningRate)
    (batchSize, seed) = (section.batchSize, UInt64(config.run.seed))
    let file = try DataFile.open(
      path, dropInvalid: config.data.dropInvalid, keepEmpty: blueprint.reader.needs.messages,
      columns: ColumnDemand(
        numbers: Set(PairColumn.furtherRejected), texts: PairColumn.customaryTexts),
      cache: cache)
    let source = file.source
    guard !source.isUnpaired, source.count > 0 else {
      throw RunError.unsuitable(
        "\(path): meta.data needs rows with completions or candidates, two at least")
    }
    if blueprint.gives.contains(RewardOutput.joint) {
      throw RunError.unsuitable(
        "meta: the model judges a completion beside the other one of its pair, so responses have no scores of "
          + "their own")
    }
    let plan = SequencePlan(responsesIn: source.completionColumns, atMost: section.responses)
    if let wanted = section.responses, plan.responsePlaces.count < wanted {
      throw RunError.unsuitable(
        "\(path): meta.meta_k is \(wanted), the rows have \(plan.responsePlaces.count) responses")
    }
    if let problem = blueprint.problem(with: data.facts.besides(DataFacts(source))) {
      throw RunError.unsuitable("\(path): \(problem)")
    }
    guard let reader = blueprint.reader.carrying(plan.extras) else {
      throw RunError.unsuitable(
        "\(path): meta.data has several responses in each row, which this model or its head cannot read"
      )
    }
    let all = RowSet.range(0..<source.count)
    try plan.checkFurther(all, of: source, path)
    let bound = try reader.knowing(data.facts).bound(to: source)
    try bound.refuseStrangers(
      in: source, all, of: file,
      "the model goes by those of the training pairs; model.head.new_user: uniform takes new ones")
    let screened = try ScreenedRows(all, of: source, bound)
    guard screened.rows.count > 0 else {
      throw RunError.unsuitable("\(path): meta.data has no row that the model can read")
    }
    pairs = PairSet(
      source: source, rows: screened.rows, reader: bound, columns: [], matrices: [],
      lengths: screened.lengths, plan: plan, mismatchRun: 1)
    fingerprint = "\(file.fingerprint)/\(pairs.count)"
    if let held = data.validation { try checkApart(from: held, path) }
  }

  /// The responses of every step: a pure function of the step.
  var stream: BatchStream {
    BatchStream(
      pairs,
      order: BatchOrder(
        count: pairs.count, batchSize: min(batchSize, pairs.count), lastBatch: .wrap, shuffle: true,
        seed: seed ^ 0x4D65_7461, window: pairs.window))
  }

  /// What is held out judges the model, so that nothing may be learned from its prompts.
  private func checkApart(from held: PairSet, _ path: String) throws {
    guard held.source.hasTexts, pairs.source.hasTexts else { return }
    var rows: [StableHash: Int] = [:]
    try MetaResponses.prompts(of: held) { hash, row in rows[hash] = row }
    try MetaResponses.prompts(of: pairs) { hash, row in
      guard let other = rows[hash] else { return }
      throw RunError.unsuitable(
        "\(path): meta.data row \(row) has the prompt of the held-out row \(other)")
    }
  }

  private static func prompts(
    of pairs: PairSet, _ body: (StableHash, Int) throws -> Void
  ) throws {
    var start = 0
    while start < pairs.count {
      let end = min(pairs.count, start + 4096)
      let block = try pairs.source.read(
        (start..<end).map { pairs.rows[$0] }, PairNeeds(texts: true))
      if let texts = block.texts {
        for row in 0..<block.count where !texts.prompt(row).isEmpty {
          try body(StableHash(texts.prompt(row), seed: 0), block.rows[row])
        }
      }
      start = end
    }
  }
}

extension DataFacts {
  /// What the model knows of its training data, with the kind of input of other data.
  fileprivate func besides(_ other: DataFacts) -> DataFacts {
    var facts = self
    (facts.featureWidth, facts.hasTexts) = (other.featureWidth, other.hasTexts)
    return facts
  }
}

extension SequencePlan {
  /// Responses to one prompt side by side, as many as there are columns of them.
  init(responsesIn columns: Set<PairColumn>, atMost limit: Int?) {
    self = .pairs
    let further: [[PairColumn]] = [
      PairColumn.furtherRejected, (3...PairColumn.mostCompletions).map(PairColumn.completion),
    ]
    for column in further.first(where: { columns.contains($0[0]) }) ?? [] {
      if !columns.contains(column) || extras.count + 2 == limit { break }
      extras.append(.completion(.column(column), under: .own))
      scores[InputName("\(column.rawValue)_scores")] = 2 * extras.count
    }
  }

  /// Where the scores of the responses lie among those of a row.
  var responsePlaces: [Int] { [0, 1] + extras.indices.map { 2 * ($0 + 1) } }
}

extension Batch {
  /// Scores of the responses of each row, `[b, k]`, from those of all its sequences.
  func responseScores(_ scores: Variable) -> Variable {
    let columns = plan.responsePlaces.map {
      scores.strided(from: $0, by: sequencesPerRow).reshaped([count, 1])
    }
    return .concatenated(columns, axis: 1)
  }
}
