internal import PairwiseConfig
internal import PairwiseData
internal import PairwiseEvaluation
internal import PairwiseModels
internal import PairwiseText

/// Pairs of a file as recorded, and reward models trained on some of them.
struct RecordedPairs {
  let rows: StageRows
  /// Chosen and rejected text of each.
  let sides: [(chosen: String, rejected: String)]

  /// - Throws: for a row that is no pair.
  init(_ path: String) throws(DataError) {
    rows = try StageRows(path)
    var sides: [(chosen: String, rejected: String)] = []
    for row in rows.rows.indices {
      guard rows.rows[row]["chosen"] != nil, rows.rows[row]["rejected"] != nil else {
        throw rows.refusal(row, "is no pair of chosen and rejected")
      }
      let texts = try rows.completions(row)
      sides.append((texts[0], texts[1]))
    }
    self.sides = sides
  }

  var count: Int { sides.count }

  /// A row, its sides exchanged where that is asked for, with further columns.
  func row(_ pick: CurationLoop.Row, _ more: [ConfigNode.Entry] = []) -> (
    prompt: PreferenceText, columns: [ConfigNode.Entry]
  ) {
    let pair = sides[pick.index]
    let (chosen, rejected) =
      pick.isTurned ? (pair.rejected, pair.chosen) : (pair.chosen, pair.rejected)
    let columns: [ConfigNode.Entry] = [
      .init(key: "chosen", value: rows.answer(chosen, pick.index)),
      .init(key: "rejected", value: rows.answer(rejected, pick.index)),
    ]
    return (
      rows.rows[pick.index].prompt,
      columns + more + rows.carried(pick.index, without: Set(more.map(\.key)))
    )
  }

  /// r(chosen) − r(rejected) of every pair as recorded, `[count]`, under a reward model trained on some of them.
  ///
  /// A run of the same config on the same pairs that is there already is not made again.
  ///
  /// - Parameter further: keys of the recipe to replace, each as `key=value`.
  func margins(
    trainedOn picks: [CurationLoop.Row], _ recipe: StageRecipe, _ shop: Workshop, run: String,
    further: [String] = []
  ) throws -> [Double] {
    let data = shop.file("\(run).pairs")
    let before = FileAccess.exists(data) ? try Manifest.digest(data).sha256 : ""
    try StageRows.write(picks.map { row($0) }, to: data)
    let isSame = try Manifest.digest(data).sha256 == before
    let model = try recipe.train(
      shop, run: run, data: data, further: further, mayResume: shop.mayResume && isSame
    ).model
    return try margins(PairScorer(model: model))
  }

  /// r(chosen) − r(rejected) of every pair under a scorer.
  func margins(_ scorer: PairScorer) throws(DataError) -> [Double] {
    var margins: [Double] = []
    for start in stride(from: 0, to: count, by: 64) {
      var records: [PreferenceRecord] = []
      for row in start..<min(count, start + 64) {
        var record = PreferenceRecord(origin: row)
        record.prompt = rows.rows[row].prompt
        record.chosen = text(sides[row].chosen, row)
        record.rejected = text(sides[row].rejected, row)
        records.append(record)
      }
      let source = try InMemoryPairs(records)
      if let problem = scorer.problem(with: source) {
        throw DataError(.invalid, file: rows.path, problem)
      }
      let block = try source.read(Array(records.indices), scorer.needs)
      margins += try scorer.bound(to: source).score(block).margins
    }
    if let bad = margins.firstIndex(where: { !$0.isFinite }) {
      throw rows.refusal(bad, "gets a score that is not finite")
    }
    return margins
  }

  private func text(_ text: String, _ row: Int) -> PreferenceText {
    switch rows.rows[row].prompt {
    case .plain: .plain(text)
    case .messages: .messages([ChatMessage(role: "assistant", content: text)])
    }
  }

  /// Vectors for telling which pairs are alike: hashed words and letters of prompt and both completions together,
  /// `[count, width]`.
  func embeddings(width bits: Int = 8) -> (values: [Double], width: Int) {
    var options = TextHashOptions()
    (options.bucketBits, options.extrasWeight, options.promptWeight) = (bits, 0, 1)
    var hasher = TextHasher(options)
    var sparse = hasher.makeRows()
    for row in sides.indices {
      let prompt =
        if case .plain(let text) = rows.rows[row].prompt { text } else { "" }
      hasher.appendRow(
        prompt: prompt, completion: sides[row].chosen + "\n" + sides[row].rejected, to: &sparse)
    }
    let width = sparse.width
    var values = [Double](repeating: 0, count: count * width)
    for row in 0..<count {
      for entry in sparse.entries(ofRow: row) {
        values[row * width + Int(sparse.indices[entry])] += Double(sparse.values[entry])
      }
    }
    return (values, width)
  }
}
