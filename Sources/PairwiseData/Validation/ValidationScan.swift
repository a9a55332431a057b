internal import PairwiseTensor

/// The running state of one validation.
struct ValidationScan {
  /// Fingerprints of one row. Small: there is one for every row of the file.
  struct Entry {
    /// Prompt and both sides, whichever is preferred.
    var pair: StableHash
    var row: Int32
    /// The annotator, −1 unknown.
    var annotator: Int32
    /// Whether the side with the smaller fingerprint is preferred.
    var isForward: Bool
    var judgement: Judgement
  }

  enum Judgement {
    case preference, tie, none
  }

  /// The unit that must not be in two splits.
  struct Unit {
    var hash: StableHash
    var row: Int32
  }

  private let source: any PairSource
  private let options: Validator.Options
  private let needs: PairNeeds
  /// Columns without a meaning of their own.
  private let ownColumns: [PairColumn]
  private let splitOfRow: SplitMap
  private var entries: [Entry] = []
  private var units: [Unit] = []
  private var log = FindingLog()
  private var lengths = LengthCount()

  init(_ source: any PairSource, _ options: Validator.Options) {
    self.source = source
    self.options = options
    // A missing margin is an error to whoever reads margins; the others are read and looked at.
    let columns = source.columns.subtracting([.margin, .group, .chosenGold, .rejectedGold])
    needs = PairNeeds(
      features: source.featureWidth != nil, texts: source.hasTexts, columns: columns,
      textColumns: source.textColumns, allowsUnlabelled: true)
    ownColumns = columns.subtracting(PairColumn.builtIn).sorted { $0.rawValue < $1.rawValue }
    splitOfRow = SplitMap(source)
    entries.reserveCapacity(source.count)
  }

  /// Reads some rows; where that fails because of their content, half of them at a time, so that only
  /// the bad ones are left out.
  mutating func read(_ rows: Range<Int>) throws(DataError) {
    do {
      let block = try source.read(Array(rows), needs)
      var judgements = [Judgement](repeating: .preference, count: block.count)
      for index in block.ties { judgements[index] = .tie }
      for index in block.unlabelled { judgements[index] = .none }
      for index in 0..<block.count { take(block, index, judgements[index]) }
    } catch {
      guard error.kind == .invalid else { throw error }
      if rows.count == 1 {
        log.add(.unreadable, row: rows.lowerBound, example: error.message)
        return
      }
      let middle = rows.lowerBound + rows.count / 2
      try read(rows.lowerBound..<middle)
      try read(middle..<rows.upperBound)
    }
  }

  // MARK: One row

  private mutating func take(_ block: PairBlock, _ index: Int, _ judgement: Judgement) {
    let row = block.rows[index]
    var chosen = StableHasher()
    var rejected = StableHasher()
    var prompt = StableHasher()
    var hasPrompt = false
    if let texts = block.texts {
      prompt.update(texts.prompt(index))
      hasPrompt = !texts.prompt(index).isEmpty
      chosen.update(texts.chosen(index))
      rejected.update(texts.rejected(index))
      checkTexts(texts, index, isUnpaired: block.isUnpaired, row: row)
    }
    if let features = block.features {
      let width = features.shape.rowLength
      features.withSpan { values in
        var isFinite = true
        for (side, start) in [(0, 2 * index * width), (1, (2 * index + 1) * width)] {
          for offset in start..<start + width {
            isFinite = isFinite && values[offset].isFinite
            let bits = UInt64(values[offset].bitPattern)
            if side == 0 { chosen.update(bits) } else { rejected.update(bits) }
          }
        }
        if !isFinite { log.add(.nonFinite, row: row, example: "features") }
      }
    }
    let isForward =
      block.isUnpaired ? block.columns[.label]?[index] == 1 : nil
    remember(
      row: row, isForward: isForward, chosen: chosen.finish(), rejected: rejected.finish(),
      prompt: prompt.finish(),
      hasPrompt: hasPrompt, annotator: block.columns[.annotator]?[index],
      judgement)
    checkColumns(block, index, judgement, row: row)
  }

  private mutating func checkTexts(
    _ texts: PairTexts, _ index: Int, isUnpaired: Bool, row: Int
  ) {
    let prompt = texts.prompt(index).count
    let chosen = texts.chosen(index).count
    let rejected = texts.rejected(index).count
    if prompt == 0 { log.add(.emptyPrompt, row: row) }
    if chosen == 0 || rejected == 0 && !isUnpaired { log.add(.emptyCompletion, row: row) }
    if max(prompt, chosen, rejected) > options.longText {
      log.add(.longText, row: row, example: "\(max(prompt, chosen, rejected)) bytes")
    }
    lengths.add(chosen: chosen, rejected: rejected)
  }

  private mutating func checkColumns(
    _ block: PairBlock, _ index: Int, _ judgement: Judgement, row: Int
  ) {
    for column in [PairColumn.weight, .labelProbability] {
      if let value = block.columns[column]?[index], !value.isFinite {
        log.add(.nonFinite, row: row, example: column.rawValue)
      }
    }
    // NaN through a whole row is a value that is not given.
    for column in ownColumns {
      guard let values = block.numbers(column, of: index) else { continue }
      if values.contains(where: \.isInfinite)
        || values.contains(where: \.isNaN) && !values.allSatisfy(\.isNaN)
      {
        log.add(.nonFinite, row: row, example: column.rawValue)
      }
    }
    if judgement == .tie { log.add(.tie, row: row) }
    if judgement == .preference, let probability = block.columns[.labelProbability]?[index],
      probability < 0.5
    {
      log.add(.labelDisagreement, row: row, example: "label_prob \(probability)")
    }
  }

  private mutating func remember(
    row: Int, isForward: Bool?, chosen: StableHash, rejected: StableHash, prompt: StableHash,
    hasPrompt: Bool,
    annotator: Float?, _ judgement: Judgement
  ) {
    if chosen == rejected, isForward == nil { log.add(.identicalSides, row: row) }
    // Which side is preferred, or whether the only one is desirable.
    let isFirst = chosen < rejected
    let isForward = isForward ?? isFirst
    var pair = StableHasher()
    pair.update(prompt)
    pair.update(isFirst ? chosen : rejected)
    pair.update(isFirst ? rejected : chosen)
    let hash = pair.finish()
    entries.append(
      Entry(
        pair: hash, row: Int32(clamping: row),
        annotator: annotator.flatMap { Int32(exactly: $0) } ?? -1, isForward: isForward,
        judgement: judgement))
    if splitOfRow.isNeeded {
      units.append(Unit(hash: hasPrompt ? prompt : hash, row: Int32(clamping: row)))
    }
  }

  // MARK: All rows

  mutating func report() -> ValidationReport {
    findRepeats()
    findLeaks()
    return ValidationReport(
      rows: source.count, findings: log.findings(rows: source.count),
      lengthBias: source.hasTexts && !source.isUnpaired ? lengths.bias : nil)
  }

  private mutating func findRepeats() {
    entries.sort { ($0.pair, $0.row) < ($1.pair, $1.row) }
    forEachRun(entries, same: { $0.pair == $1.pair }) { run in
      let judged = run.filter { $0.judgement == .preference }
      if judged.contains(where: \.isForward), judged.contains(where: { !$0.isForward }) {
        for entry in judged { log.add(.contradiction, row: Int(entry.row)) }
      }
      var seen: Set<[Int32]> = []
      for entry in run {
        let isJudged = entry.judgement == .preference
        let direction: Int32 = isJudged ? (entry.isForward ? 1 : -1) : 0
        if !seen.insert([entry.annotator, direction]).inserted {
          log.add(.duplicate, row: Int(entry.row))
        }
      }
    }
    entries = []
  }

  private mutating func findLeaks() {
    guard splitOfRow.isNeeded else { return }
    for row in splitOfRow.rowsInSeveral { log.add(.leakage, row: row) }
    units.sort { ($0.hash, $0.row) < ($1.hash, $1.row) }
    forEachRun(units, same: { $0.hash == $1.hash }) { run in
      let splits = Set(run.map { splitOfRow[$0.row] }).subtracting([SplitMap.none])
      guard splits.count > 1 else { return }
      for unit in run {
        let split = splitOfRow[unit.row]
        if split != SplitMap.none, split != splitOfRow.train {
          log.add(.leakage, row: Int(unit.row))
        }
      }
    }
    units = []
  }

  /// Calls `body` with each run of at least two equal neighbours.
  private func forEachRun<Element>(
    _ elements: [Element], same: (Element, Element) -> Bool, _ body: (ArraySlice<Element>) -> Void
  ) {
    var start = 0
    while start < elements.count {
      var end = start + 1
      while end < elements.count, same(elements[start], elements[end]) { end += 1 }
      if end - start > 1 { body(elements[start..<end]) }
      start = end
    }
  }
}
