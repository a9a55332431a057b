/// Writes preference pairs to an HDF5 file of the schema: row by row, with bounded memory.
///
/// The file gets its name only in `finish()`, whole and durable; a writer that is dropped before
/// leaves nothing behind. A class because it owns the unfinished file.
public final class PreferenceFileWriter: RecordSink {
  public let path: String
  /// Pairs so far.
  public private(set) var count = 0
  let info: PreferenceFileInfo
  let output: HDF5Output
  private(set) var columns: PreferenceColumns
  var features: HDF5Column<Float>?
  private(set) var featureWidth: Int?
  private(set) var hasTexts = false
  /// Whether the records are single completions.
  private(set) var isUnpaired = false
  /// Whether they rank several completions.
  private(set) var isSlates = false
  private var segments: SegmentColumns?
  var groups = NameIndex()
  var annotators = NameIndex()
  private var prompts = 0
  private var responses = 0
  private var lastPrompt: PreferenceText?
  private var splits: [(name: String, rows: RowSet)] = []
  private var attributes: [(name: String, text: String)] = []

  /// Starts a file.
  ///
  /// - Throws: `.cannotCreate` if it cannot be made, or exists and `overwrite` is false.
  public init(
    creating path: String, info: PreferenceFileInfo, overwrite: Bool = false
  ) throws(DataError) {
    self.path = path
    self.info = info
    output = try HDF5Output(creating: path, overwrite: overwrite)
    columns = PreferenceColumns(output, isFiltered: info.compression != .none)
  }

  /// Adds one pair. The prompts of consecutive records with the same text are stored once.
  ///
  /// - Throws: `.invalid` if some records have texts or features and others don't, or widths differ;
  ///   `.inputOutput` if the file cannot be written, which removes it.
  public func append(_ record: PreferenceRecord) throws(DataError) {
    try checkForm(record)
    if count == Int(Int32.max) / 2 {
      throw DataError(.invalid, file: path, "more than \(Int32.max / 2) pairs")
    }
    if !info.holdsSegments { try appendPrompt(record.prompt) }
    let prompt = prompts - 1
    var other: Int?
    if let text = record.texts[.rejectedPrompt] {
      try appendPrompt(.plain(text))
      // A prompt of its own, or the same one.
      if prompts - 1 > prompt { other = prompts - 1 }
    }
    let row = PairRow(
      label: record.isDesirable.map { $0 ? 1 : -1 } ?? record.label,
      labelProbability: record.labelProbability, margin: record.margin,
      weight: record.weight, group: groups.index(of: record.group),
      annotator: annotators.index(of: record.annotator),
      goldLabel: record.goldLabel, isSynthetic: info.isSynthetic, isUnpaired: isUnpaired)
    if let order = record.slate {
      let first = responses
      try appendSlate(record, order, prompt: prompt)
      try columns.append(row, order, prompt: prompt, responses: first, slate: count)
    } else {
      if let segments {
        try segments.append(record)
      } else {
        try appendResponses(record, prompts: (prompt, other ?? prompt))
      }
      try columns.append(numbers: record.numbers)
      try columns.append(texts: record.texts)
      try columns.append(row, prompt: prompt, promptB: other, pair: count)
    }
    try columns.extra.append(record.extra.isEmpty ? nil : record.extraJSON)
    count += 1
  }

  /// Names rows as a split, written by `finish()`. Without any split all rows are `train`.
  ///
  /// - Throws: if the name is no plain word or was used already.
  public func setSplit(_ name: String, rows: RowSet) throws(DataError) {
    let isPlain =
      !name.isEmpty && name.utf8.count <= 64
      && name.utf8.allSatisfy {
        $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
          || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
          || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0
          || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
      }
    guard isPlain else {
      throw DataError(
        .invalid, file: path, place: "split", "expected a name of letters, digits, '_' and '-'")
    }
    guard !splits.contains(where: { $0.name == name }) else {
      throw DataError(.invalid, file: path, place: "split \(name)", "named twice")
    }
    splits.append((name, rows))
  }

  /// Adds a text to the root, such as the ledger of an import as JSON. At most 1 MiB.
  public func setAttribute(_ name: String, _ text: String) throws(DataError) {
    guard text.utf8.count <= 1 << 20 else {
      throw DataError(
        .invalid, file: path, place: "root attribute \(name)",
        "expected at most 1 MiB, found \(text.utf8.count) bytes")
    }
    attributes.removeAll { $0.name == name }
    attributes.append((name, text))
  }

  /// Writes what is left, makes the file durable and gives it its name.
  ///
  /// - Throws: `.invalid` without pairs or for splits that name rows there are not; `.inputOutput` if
  ///   the file cannot be written. Nothing is left behind then.
  public func finish() throws(DataError) {
    do throws(DataError) {
      guard count > 0 else { throw DataError(.invalid, file: path, "no pairs to write") }
      try columns.finish(hasTexts: hasTexts)
      try features?.finish()
      try segments?.finish()
      try writeSplits()
      try writeAttributes()
      try output.finish()
    } catch {
      output.abandon()
      throw error
    }
  }

  // MARK: Rows

  private func checkForm(_ record: PreferenceRecord) throws(DataError) {
    let place = "record of line \(record.origin)"
    let isText = record.chosen != nil && (record.rejected != nil) != record.isUnpaired
    let width = record.chosenFeatures?.count
    guard isText || width != nil, width == record.rejectedFeatures?.count,
      (record.chosen != nil) == (record.rejected != nil) || record.isUnpaired && isText
    else {
      throw DataError(
        .invalid, file: path, place: place,
        "expected texts or as many features on both sides")
    }
    let isSlate = record.slate != nil
    if count == 0 {
      if isSlate {
        isSlates = true
        columns = PreferenceColumns(
          output, group: "rankings", isFiltered: info.compression != .none)
      }
      begin(hasTexts: isText, width: width, isUnpaired: record.isUnpaired)
    }
    guard isText == hasTexts, width == featureWidth, record.isUnpaired == isUnpaired,
      isSlate == isSlates, !info.holdsSegments || !isText && !isSlate
    else {
      throw DataError(
        .invalid, file: path, place: place,
        "expected \(formWords) as in the first record")
    }
  }

  private var formWords: String {
    if info.holdsSegments { return "segments as features, without texts," }
    if isSlates { return "ranked candidates" }
    if isUnpaired { return "a prompt with one completion and its label" }
    let parts = [hasTexts ? "texts" : nil, featureWidth.map { "\($0) features" }]
    return parts.compactMap { $0 }.joined(separator: " and ")
  }

  func begin(hasTexts: Bool, width: Int?, isUnpaired: Bool = false) {
    (self.hasTexts, self.isUnpaired) = (hasTexts, isUnpaired)
    featureWidth = width
    if info.holdsSegments {
      segments = SegmentColumns(output, path, isFiltered: info.compression != .none)
    } else if let width {
      features = HDF5Column(
        output, "responses/features", width: width, isFiltered: info.compression == .all)
    }
  }

  /// The index of the prompt is `prompts − 1` afterwards. Pairs without prompt share none.
  private func appendPrompt(_ prompt: PreferenceText?) throws(DataError) {
    if let prompt, let last = lastPrompt, prompts > 0, prompt.hasSameBytes(as: last) { return }
    lastPrompt = prompt
    try columns.promptID.append(Int64(prompts))
    prompts += 1
    guard hasTexts else { return }
    try columns.promptText.append(Array((prompt?.text ?? "").utf8))
    try columns.promptMessages.append(prompt?.messagesJSON)
  }

  private func appendResponses(
    _ record: PreferenceRecord, prompts: (chosen: Int, rejected: Int)
  ) throws(DataError) {
    let sides = [
      (record.chosen, record.chosenFeatures, record.chosenGoldReward),
      (record.rejected, record.rejectedFeatures, record.rejectedGoldReward),
    ]
    for (index, (text, values, gold)) in sides.prefix(isUnpaired ? 1 : 2).enumerated() {
      try appendResponse(
        text, values, gold, prompt: index == 0 ? prompts.chosen : prompts.rejected)
    }
  }

  func appendResponse(
    _ text: PreferenceText?, _ values: [Float]?, _ gold: Double?, prompt: Int
  ) throws(DataError) {
    guard responses < Int(Int32.max) else {
      throw DataError(.invalid, file: path, "more than \(Int32.max) responses")
    }
    try columns.responseID.append(Int64(responses))
    try columns.responsePrompt.append(Int32(prompt))
    try columns.goldReward.append(optional: gold)
    if let values { try features?.append(contentsOf: values) }
    if let text {
      try columns.responseText.append(Array(text.text.utf8))
      try columns.responseMessages.append(text.messagesJSON)
    }
    responses += 1
  }

  /// Counts pairs and prompts of a block that was written in bulk.
  func counted(pairs: Int, prompts newPrompts: Int) {
    count += pairs
    responses += 2 * pairs
    prompts += newPrompts
    lastPrompt = nil
  }

  var promptCount: Int { prompts }

  // MARK: End

  private var splitGroup: String { isSlates ? "splits_rankings" : "splits" }

  private func writeSplits() throws(DataError) {
    let all = splits.isEmpty ? [("train", RowSet.range(0..<count))] : splits
    for (name, rows) in all {
      let column = HDF5Column<Int64>(
        output, "\(splitGroup)/\(name)", isFiltered: info.compression != .none)
      for position in 0..<rows.count {
        let row = rows[position]
        guard row >= 0, row < count else {
          throw DataError(
            .invalid, file: path, place: "split \(name)",
            "expected rows 0 to \(count - 1), found \(row)")
        }
        try column.append(Int64(row))
      }
      try column.finish()
    }
    try output.setAttribute("unit", of: splitGroup, info.splitUnit.rawValue)
    if isSlates {
      try HDF5Column<Int64>(output, "splits/train", isFiltered: false).finish()
      try output.setAttribute("unit", of: "splits", info.splitUnit.rawValue)
    }
  }

  private func writeAttributes() throws(DataError) {
    var kinds: [String] = []
    if hasTexts { kinds.append("text") }
    if segments != nil {
      kinds.append("segments")
      try output.setAttribute("target", of: "pairs", "segments")
    } else if featureWidth != nil {
      kinds.append("features")
    }
    if isSlates { kinds.append("rankings") }
    var texts = [
      ("format", PreferenceSchema.format),
      ("schema_version", PreferenceSchema.version),
      ("min_reader_version", isUnpaired ? PreferenceSchema.version : "1.0.0"),
      ("created_utc", info.createdUTC), ("generator", info.generator), ("source", info.source),
      ("license", info.license), ("content_kinds", PreferenceSchema.json(kinds)),
      ("orientation", PreferenceSchema.orientation),
    ]
    if let digest = info.parentSHA256 { texts.append(("parent_sha256", digest)) }
    for (name, names) in [("group_names", groups.names), ("annotator_names", annotators.names)]
    where !names.isEmpty {
      let text = PreferenceSchema.json(names)
      guard text.utf8.count <= PreferenceSchema.maxNameBytes else {
        throw DataError(
          .invalid, file: path, place: "root attribute \(name)",
          "\(names.count) names need \(text.utf8.count) bytes, there is room for "
            + "\(PreferenceSchema.maxNameBytes)")
      }
      texts.append((name, text))
    }
    for (name, text) in texts + attributes { try output.setAttribute(name, text) }
    try output.setAttribute("n_prompts", prompts)
    try output.setAttribute("n_responses", responses)
    try output.setAttribute("n_pairs", isSlates ? 0 : count)
  }
}
