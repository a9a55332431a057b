extension PreferenceLayout {
  /// Recognises one of the two forms of preference file.
  ///
  /// - Parameter rows: which rows of a file to read that may have several kinds.
  init(_ file: HDF5File, rows: PreferenceRows) throws(DataError) {
    let finder = DatasetFinder(file: file)
    if file.catalogue.attribute("format") != nil {
      try Self.checkVersion(finder)
      if SegmentLayout.isTarget(finder) {
        try self.init(segments: finder)
      } else {
        try self.init(schema: finder, rows)
      }
    } else if file.catalogue.dataset("chosen") != nil, file.catalogue.dataset("rejected") != nil {
      try self.init(dense: finder)
    } else {
      throw finder.error(
        nil,
        "expected a preference file (root attribute 'format') or datasets 'chosen' and 'rejected', "
          + "found neither")
    }
    guard count <= Int(Int32.max) else {
      throw finder.error(nil, "more than \(Int32.max) pairs")
    }
  }

  /// Root datasets `chosen` and `rejected`, `[N, D]`, perhaps with columns `[N]` beside them.
  private init(dense finder: DatasetFinder) throws(DataError) {
    guard let chosen = try finder.matrix("chosen", rows: nil),
      let rejected = try finder.matrix("rejected", rows: chosen.rows)
    else { throw finder.error(nil, "no datasets 'chosen' and 'rejected'") }
    guard chosen.width == rejected.width else {
      throw finder.error(
        "rejected", "expected \(chosen.width) features as in 'chosen', found \(rejected.shape)")
    }
    count = chosen.rows
    sides = .dense(chosen: chosen, rejected: rejected)
    width = chosen.width
    try findColumns(finder, prefix: "")
  }

  /// The groups `/prompts`, `/responses` and `/pairs` of the schema.
  private init(schema finder: DatasetFinder, _ rows: PreferenceRows) throws(DataError) {
    let prompts = try Self.length("prompts/id", "n_prompts", finder)
    let responses = try Self.length("responses/id", "n_responses", finder)
    let a = try finder.require("pairs/a")
    count = a.rows
    let declared = try Self.declared("n_pairs", finder)
    guard declared == count else {
      throw finder.error(
        "pairs/a", "expected extents [\(declared)] as n_pairs says, found \(a.shape)")
    }
    promptCount = prompts
    responseCount = responses
    responsePrompt = try Self.required("responses/prompt", responses, finder)
    features = try finder.matrix("responses/features", rows: responses)
    width = features?.width
    goldReward = try finder.column("responses/gold_reward", .numbers, count: responses)
    promptTexts = try finder.bytes("prompts/text", count: prompts)
    responseTexts = try finder.bytes("responses/text", count: responses)
    promptMessages = try finder.bytes("prompts/messages", count: prompts)
    responseMessages = try finder.bytes("responses/messages", count: responses)
    if SlateLayout.isThere(finder), rows == .slates || rows == .automatic && count == 0 {
      let slates = try SlateLayout(finder)
      (count, sides) = (slates.items.count, .slates(slates))
      try findSlates(finder)
      return
    }
    guard let a = try finder.column("pairs/a", .integers, count: count),
      let b = try finder.column("pairs/b", .integers, count: count)
    else { throw finder.error("pairs/b", "no such dataset") }
    sides = .responses(a: a, b: b)
    prompt = try Self.required("pairs/prompt", count, finder)
    promptB = try finder.column("pairs/prompt_b", .integers, count: count)
    extra = try finder.bytes("pairs/extra", count: count)
    try findColumns(finder, prefix: "pairs/")
    guard label != nil else { throw finder.error("pairs/label", "no such dataset") }
    try findDerived(finder)
    try findTexts(finder)
  }

  /// Rows that are orders of several responses, in `/rankings`.
  private mutating func findSlates(_ finder: DatasetFinder) throws(DataError) {
    prompt = try Self.required("rankings/prompt", count, finder)
    extra = try finder.bytes("rankings/extra", count: count)
    try findColumns(finder, prefix: "rankings/")
    label = nil
    try findTexts(finder, prefix: "rankings/")
  }

  /// Pairs of trajectory segments, with no responses.
  private init(segments finder: DatasetFinder) throws(DataError) {
    count = try finder.require("pairs/a").rows
    let declared = try Self.declared("n_pairs", finder)
    guard declared == count, let a = try finder.column("pairs/a", .integers, count: count),
      let b = try finder.column("pairs/b", .integers, count: count)
    else {
      throw finder.error(
        "pairs/a", "expected \(declared) rows, as n_pairs says, in pairs/a and pairs/b")
    }
    sides = .segments(a: a, b: b, try SegmentLayout(finder))
    extra = try finder.bytes("pairs/extra", count: count)
    try findColumns(finder, prefix: "pairs/")
    guard label != nil else { throw finder.error("pairs/label", "no such dataset") }
    try findTexts(finder)
  }

  /// Groups of bytes under `pairs`, with a text for each pair, and reasons.
  private mutating func findTexts(
    _ finder: DatasetFinder, prefix: String = "pairs/"
  ) throws(DataError) {
    for group in finder.file.catalogue.groups where group.hasPrefix(prefix) {
      let column = PairColumn(String(group.dropFirst(prefix.count)))
      guard column.isPlain, column != "extra", !PreferenceSchema.isReserved(group),
        finder.file.catalogue.dataset(group + "/values")?.element == .uint8
      else { continue }
      texts[column] = try finder.bytes(group, count: count)
    }
    guard prefix == "pairs/", finder.file.catalogue.dataset("rationales/text/values") != nil
    else { return }
    let pair = try finder.require("rationales/pair")
    try finder.check(pair, .integers)
    if let ragged = try finder.bytes("rationales/text", count: pair.rows) {
      rationales = (pair, ragged)
    }
  }

  private mutating func findColumns(_ finder: DatasetFinder, prefix: String) throws(DataError) {
    label = try finder.column(prefix + "label", .integers, count: count)
    labelProbability = try finder.column(prefix + "label_prob", .numbers, count: count)
    margin = try finder.column(prefix + "margin", .numbers, count: count)
    weight = try finder.column(prefix + "weight", .numbers, count: count)
    group = try finder.column(prefix + "group", .integers, count: count)
    annotator = try finder.column(prefix + "annotator", .integers, count: count)
    flags = try finder.column(prefix + "flags", .integers, count: count)
    goldLabel = try finder.column(prefix + "gold_label", .integers, count: count)
    findNumbers(finder, prefix: prefix)
  }

  /// Every other dataset of numbers that has a row for each pair.
  private mutating func findNumbers(_ finder: DatasetFinder, prefix: String) {
    for dataset in finder.file.catalogue.datasets where dataset.path.hasPrefix(prefix) {
      let name = String(dataset.path.dropFirst(prefix.count))
      let column = PairColumn(name)
      guard column.isPlain,
        !PreferenceSchema.isReserved((prefix.isEmpty ? "pairs/" : prefix) + name),
        !(prefix.isEmpty && ["chosen", "rejected"].contains(name)),
        dataset.element.isInteger || dataset.element.isFloat,
        (1...2).contains(dataset.extents.count), dataset.rows == count,
        (1...PairColumn.maxWidth).contains(dataset.width)
      else { continue }
      numbers[column] = dataset
    }
  }

  private static func required(
    _ path: String, _ count: Int, _ finder: DatasetFinder
  ) throws(DataError) -> HDF5Dataset {
    guard let dataset = try finder.column(path, .integers, count: count) else {
      throw finder.error(path, "no such dataset")
    }
    return dataset
  }

  /// The value of an integer root attribute that must be there.
  private static func declared(
    _ name: String, _ finder: DatasetFinder
  ) throws(DataError) -> Int {
    guard case .integers(let values)? = finder.file.catalogue.attribute(name), values.count == 1
    else { throw finder.error("root attribute \(name)", "expected one integer") }
    return Int(values[0])
  }

  private static func length(
    _ path: String, _ attribute: String, _ finder: DatasetFinder
  ) throws(DataError) -> Int {
    let dataset = try finder.require(path)
    try finder.check(dataset, .integers)
    let declared = try Self.declared(attribute, finder)
    guard dataset.extents == [declared] else {
      throw finder.error(
        path, "expected extents [\(declared)] as \(attribute) says, found \(dataset.shape)")
    }
    guard declared <= Int(Int32.max) else {
      throw finder.error(path, "more than \(Int32.max) rows")
    }
    return declared
  }

  private static func checkVersion(_ finder: DatasetFinder) throws(DataError) {
    let format = try finder.text("format")
    guard format == PreferenceSchema.format else {
      throw finder.error(
        "root attribute format", "expected '\(PreferenceSchema.format)', found '\(format)'")
    }
    for name in ["schema_version", "min_reader_version"] {
      let text = try finder.text(name)
      guard let version = PreferenceSchema.numbers(ofVersion: text) else {
        throw finder.error(
          "root attribute \(name)", "expected a version like 1.0.0, found '\(text)'")
      }
      let own = PreferenceSchema.numbers(ofVersion: PreferenceSchema.version) ?? []
      let isNewer =
        name == "schema_version" ? version[0] > own[0] : own.lexicographicallyPrecedes(version)
      guard !isNewer else {
        throw finder.error(
          "root attribute \(name)",
          "written in format \(text), this program reads up to \(PreferenceSchema.version): "
            + "use a newer version of it")
      }
      guard name != "schema_version" || version[0] == own[0] else {
        throw finder.error(
          "root attribute \(name)", "expected major version \(own[0]), found '\(text)'")
      }
    }
    let orientation = try finder.text("orientation")
    guard orientation == PreferenceSchema.orientation else {
      throw finder.error(
        "root attribute orientation",
        "expected '\(PreferenceSchema.orientation)', found '\(orientation)'")
    }
  }
}

extension DatasetFinder {
  /// A root attribute that must be a text, without control characters and not too long to show.
  func text(_ name: String) throws(DataError) -> String {
    guard case .text(let bytes)? = file.catalogue.attribute(name) else {
      throw error("root attribute \(name)", "expected a text")
    }
    guard bytes.count <= 200, bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
      throw error("root attribute \(name)", "expected a short plain text")
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
