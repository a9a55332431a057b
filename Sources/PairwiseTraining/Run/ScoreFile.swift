internal import PairwiseConfig
public import PairwiseData
public import PairwiseEvaluation
internal import SystemPackage

/// What scoring a file found, besides the file it wrote.
public struct ScoreSummary: Sendable {
  public var pairs: Int
  public var wins: Int
  public var ties: Int
  /// 95 % Wilson interval of the accuracy; nil without pairs.
  public var interval: Interval?
  public var seconds: Double
  /// What the user should know of whom the model does not; nil: nothing.
  public var remark: String?
  /// Of a file of ranked candidates; then there are no pairs.
  public var slates: SlateReport?
  /// Of a file of single completions; then there are no pairs.
  public var completions: Completions?

  /// What scoring single completions found.
  public struct Completions: Sendable {
    public var count: Int
    /// How often a desirable one has the larger score, with its 95 % interval; nil without both kinds.
    public var area: AreaUnderCurve?
    public var interval: Interval?
  }

  /// Share of pairs whose chosen side scores strictly higher.
  public var accuracy: Double { Double(wins) / Double(max(1, pairs)) }
}

/// Scores a file of pairs, of ranked candidates or of single completions, into JSON Lines: one line a row in input order, memory
/// bounded by a batch (and 8 bytes a single completion).
public struct ScoreFile {
  private let scorer: PairScorer
  private let batchSize: Int
  private let similarity: Bool
  private let progress: (Int) -> Void

  /// - Parameter similarity: whether each line says how alike the two completions look to the model that
  ///   training starts from (`PairSimilarity`).
  public init(
    _ scorer: PairScorer, batchSize: Int = 256, similarity: Bool = false,
    progress: @escaping (Int) -> Void = { _ in }
  ) {
    self.scorer = scorer
    self.batchSize = batchSize
    self.similarity = similarity
    self.progress = progress
  }

  /// Writes `index, score_chosen, score_rejected, margin, probability` and the input's own further
  /// columns; of ranked candidates `index, scores, log_likelihood, kendall_tau, top_1`, scores in the order of the
  /// ranking; of single completions `index, score, label`, of policies `logps` and `ref_logps`. The output is
  /// there in full or not at all.
  public func run(input: String, output: String) throws(DataError) -> ScoreSummary {
    if similarity, let problem = scorer.similarityProblem {
      throw DataError(.invalid, file: "model", problem)
    }
    let started = RunEnvironment.monotonicSeconds()
    var summary = ScoreSummary(pairs: 0, wins: 0, ties: 0, interval: nil, seconds: 0)
    try FileAccess.replace(output) { (file) throws(DataError) in
      var sink = Sink(scorer, batchSize, similarity, file, output, input, progress)
      let name = input.lowercased()
      if DataFile.textEndings.contains(where: name.hasSuffix) {
        var options = ImportOptions()
        (options.keepEmptyCompletions, options.keepIdenticalCompletions) = (true, true)
        // Columns go to the output as they came.
        let further = Set(PairColumn.furtherRejected)
        (options.numberColumns, options.textColumns) = (further, further.union([.rejectedPrompt]))
        _ = try Importer.run(source: input, into: &sink, options: options)
      } else {
        try sink.copy(try PreferenceFile(path: input))
      }
      try sink.finish()
      summary = sink.summary
      summary.remark = scorer.remark(on: sink.strangers)
      summary.completions = sink.completions
      summary.slates = try? SlateReport(sink.slates)
    }
    summary.interval = try? Interval.wilson(successes: summary.wins, of: summary.pairs)
    summary.seconds = RunEnvironment.monotonicSeconds() - started
    return summary
  }

  /// Collects pairs until a batch is full, scores it and writes its lines.
  struct Sink: RecordSink {
    let scorer: PairScorer
    let batchSize: Int
    let similarity: Bool
    let file: FileDescriptor
    let output: String
    let input: String
    let progress: (Int) -> Void
    var summary = ScoreSummary(pairs: 0, wins: 0, ties: 0, interval: nil, seconds: 0)
    /// Scores of single completions by label.
    var sides: (desirable: [Double], undesirable: [Double]) = ([], [])
    /// Whether the rows are single completions; nil before the first.
    var isUnpaired: Bool?
    /// Whom the model does not know.
    var strangers: Set<String> = []
    /// What was found of slates.
    var slates: [ScoredSlate] = []
    private var isSlates: Bool?
    private var records: [PreferenceRecord] = []
    var writer = JSONWriter()
    private var pending: [UInt8] = []

    init(
      _ scorer: PairScorer, _ batchSize: Int, _ similarity: Bool, _ file: FileDescriptor,
      _ output: String, _ input: String, _ progress: @escaping (Int) -> Void
    ) {
      self.scorer = scorer
      self.batchSize = batchSize
      self.similarity = similarity
      self.file = file
      self.output = output
      self.input = input
      self.progress = progress
    }

    mutating func append(_ record: PreferenceRecord) throws(DataError) {
      records.append(record)
      if records.count == batchSize { try scoreRecords() }
    }

    private mutating func scoreRecords() throws(DataError) {
      if records.isEmpty { return }
      let source = try InMemoryPairs(records)
      if let problem = problem(source) {
        throw DataError(.invalid, file: input, place: "line \(records[0].origin)", problem)
      }
      let lines = records.map(\.origin)
      try scorer.refuseStrangers(in: source, file: input) { "line \(lines[$0])" }
      var needs = source.slateCount == nil ? scorer.needs : scorer.slateNeeds(source)
      needs.columns.formUnion(source.columns.intersection([.label]))
      let block = try source.read(Array(records.indices), needs)
      let carried = records.map { $0.carried(beside: ours) }
      try write(block, of: source) { carried[$0] }
      records.removeAll(keepingCapacity: true)
    }

    mutating func copy(_ source: any PairSource) throws(DataError) {
      if let problem = problem(source) { throw DataError(.invalid, file: input, problem) }
      try scorer.refuseStrangers(in: source, file: input) { "row \($0)" }
      var needs = source.slateCount == nil ? scorer.needs : scorer.slateNeeds(source)
      needs.columns.formUnion(source.columns.intersection([.group, .annotator, .label]))
      var start = 0
      while start < source.count {
        let rows = Array(start..<min(source.count, start + batchSize))
        let block = try source.read(rows, needs)
        try write(block, of: source) { pair in source.names(of: block, pair: pair) }
        start += rows.count
      }
    }

    /// Why these rows cannot be scored, or nil.
    private mutating func problem(_ source: any PairSource) -> String? {
      if let problem = scorer.problem(withRows: source) { return problem }
      guard source.isUnpaired == isUnpaired ?? source.isUnpaired else {
        return "pairs and single completions in one file"
      }
      guard (source.slateCount != nil) == isSlates ?? (source.slateCount != nil) else {
        return "pairs and ranked candidates in one file"
      }
      isSlates = source.slateCount != nil
      if source.isUnpaired || isSlates == true, similarity {
        return "the likeness of completions needs pairs, the data has "
          + (source.isUnpaired ? "single completions" : "ranked candidates")
      }
      isUnpaired = source.isUnpaired
      return nil
    }

    /// Columns of this program's own in every line.
    private var ours: Set<String> {
      if isUnpaired == true { return Sink.completionNames }
      if isSlates == true { return Sink.slateNames }
      let names = ["index", "score_chosen", "score_rejected", "margin", "probability"]
      return Set(names + (similarity ? PairSimilarity.names : []))
    }

    private mutating func write(
      _ block: PairBlock, of source: any PairSource, _ carried: (Int) -> [ConfigNode.Entry]
    ) throws(DataError) {
      if block.isUnpaired || isSlates == true {
        if block.isUnpaired {
          try writeCompletions(block, of: source, carried)
        } else {
          try writeSlates(block, of: source, carried)
        }
        progress(summary.pairs)
        if pending.count > 1 << 18 { try flush() }
        return
      }
      strangers.formUnion(scorer.strangers(in: source))
      let scores = try scorer.bound(to: source).score(block)
      let margins = scores.margins
      let similarities = similarity ? try scorer.similarities(of: block) : nil
      for pair in scores.chosen.indices {
        let (chosen, rejected) = (scores.chosen[pair], scores.rejected[pair])
        guard chosen.isFinite, rejected.isFinite else {
          throw DataError(
            .invalid, file: input, place: "pair \(summary.pairs)", "gets a score that is not finite"
          )
        }
        let margin = margins[pair]
        writer.removeAll()
        writer.beginObject()
        writer.key("index")
        writer.value(summary.pairs)
        writer.key("score_chosen")
        writer.value(chosen)
        writer.key("score_rejected")
        writer.value(rejected)
        writer.key("margin")
        writer.value(margin)
        writer.key("probability")
        writer.value(scorer.probability(margin: margin))
        for (name, value) in similarities?[pair].named ?? [] {
          writer.key(name)
          writer.value(value)
        }
        endLine(carried(pair))
        if margin > 0 { summary.wins += 1 } else if margin == 0 { summary.ties += 1 }
      }
      progress(summary.pairs)
      if pending.count > 1 << 18 { try flush() }
    }

    /// Ends a row's line with the input's own columns.
    mutating func endLine(_ carried: [ConfigNode.Entry]) {
      for entry in carried {
        writer.key(entry.key)
        writer.write(entry.value)
      }
      writer.endObject()
      writer.endLine()
      pending += writer.bytes
      summary.pairs += 1
    }

    private mutating func flush() throws(DataError) {
      try FileAccess.append(pending, to: file, output)
      pending.removeAll(keepingCapacity: true)
    }

    mutating func finish() throws(DataError) {
      try scoreRecords()
      try flush()
      if summary.pairs == 0 { throw DataError(.invalid, file: input, "holds nothing to score") }
    }
  }
}

extension PreferenceRecord {
  /// Columns that go to the output as they came; a name of ours gets `data_` in front.
  fileprivate func carried(beside ours: Set<String>) -> [ConfigNode.Entry] {
    var entries: [ConfigNode.Entry] = []
    if let group { entries.append(.init(key: "group", value: group.configNode)) }
    if let annotator { entries.append(.init(key: "annotator", value: annotator.configNode)) }
    if slate == nil {
      // Only candidates are scored; further completions of pairs go through.
      for column in PairColumn.furtherRejected {
        if let text = texts[column] {
          entries.append(.init(key: column.rawValue, value: text.configNode))
        } else if let values = numbers[column] {
          let items = values.map { ConfigNode(.number(Double($0))) }
          entries.append(.init(key: column.rawValue, value: ConfigNode(.list(items))))
        }
      }
    }
    let taken = ours.union(entries.map(\.key))
    for entry in extra {
      let key = taken.contains(entry.key) ? "data_" + entry.key : entry.key
      entries.append(.init(key: key, value: entry.value))
    }
    return entries
  }
}

extension PairSource {
  /// Group and annotator of a pair of a block, by name.
  fileprivate func names(of block: PairBlock, pair: Int) -> [ConfigNode.Entry] {
    var entries: [ConfigNode.Entry] = []
    for (column, key, names) in [
      (PairColumn.group, "group", groupNames), (.annotator, "annotator", annotatorNames),
    ] {
      guard let value = block.columns[column]?[pair], value >= 0, Int(value) < names.count else {
        continue
      }
      entries.append(.init(key: key, value: names[Int(value)].configNode))
    }
    return entries
  }
}
