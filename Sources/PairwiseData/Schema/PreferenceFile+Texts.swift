extension PreferenceFile {
  /// Prompt, chosen and rejected text of each pair.
  func texts(
    _ order: HDF5RowOrder, _ sides: HDF5RowOrder, _ orientation: Orientation
  ) throws(DataError) -> PairTexts {
    guard let responses = layout.responseTexts else { return PairTexts() }
    let texts = try ragged(
      order, sides, orientation, prompts: layout.promptTexts, responses: responses)
    try checkUTF8(texts, order)
    return texts
  }

  /// The messages of each pair; nil if all of its texts are plain.
  func messages(
    _ order: HDF5RowOrder, _ sides: HDF5RowOrder, _ orientation: Orientation
  ) throws(DataError) -> PairTexts? {
    guard let responses = layout.responseMessages else { return nil }
    let texts = try ragged(
      order, sides, orientation, prompts: layout.promptMessages, responses: responses)
    return texts.bytes.isEmpty ? nil : texts
  }

  /// The columns of texts that were asked for.
  func readTexts(
    _ wanted: Set<PairColumn>, _ order: HDF5RowOrder, _ orientation: Orientation,
    into block: inout PairBlock
  ) throws(DataError) {
    for column in wanted.intersection(textColumns) {
      var texts = TextColumn()
      switch column {
      case .rationale where !rationales.isEmpty:
        guard let (_, ragged) = layout.rationales else { continue }
        let places = order.rows.indices.filter { rationales[order.rows[$0]] >= 0 }
        let found = try file.ragged(
          HDF5RowOrder(places.map { Int(rationales[order.rows[$0]]) }), of: ragged)
        var next = 0
        for place in order.rows.indices {
          let isThere = next < places.count && places[next] == place
          texts.append(isThere ? found[next] : [])
          if isThere { next += 1 }
        }
      case .rejectedPrompt where layout.promptB != nil:
        guard let prompts = layout.promptTexts else { continue }
        let rows = try promptRows(order, orientation, ofChosen: false)
        let found = try file.ragged(HDF5RowOrder(rows), of: prompts)
        let own = try promptRows(order, orientation)
        for place in rows.indices { texts.append(rows[place] == own[place] ? [] : found[place]) }
      default:
        guard let ragged = layout.texts[column] else { continue }
        let found = try file.ragged(order, of: ragged)
        for place in order.rows.indices { texts.append(found[place]) }
      }
      try checkUTF8(texts, column, order)
      block.textColumns[column] = texts
    }
  }

  private func checkUTF8(
    _ texts: TextColumn, _ column: PairColumn, _ order: HDF5RowOrder
  ) throws(DataError) {
    for place in 0..<texts.count
    where String(validating: texts[place], as: UTF8.self) == nil {
      throw DataError(
        .invalid, file: path, place: "pair \(order.rows[place])",
        "\(column.rawValue) is not valid UTF-8")
    }
  }

  private func ragged(
    _ order: HDF5RowOrder, _ sides: HDF5RowOrder, _ orientation: Orientation,
    prompts ragged: PreferenceLayout.Ragged?,
    responses: PreferenceLayout.Ragged
  ) throws(DataError) -> PairTexts {
    let answers = try file.ragged(sides, of: responses)
    var prompts: RaggedBytes?
    if let ragged {
      prompts = try file.ragged(HDF5RowOrder(try promptRows(order, orientation)), of: ragged)
    }
    var texts = PairTexts()
    texts.bytes.reserveCapacity(answers.bytes.count + (prompts?.bytes.count ?? 0))
    texts.offsets.reserveCapacity(3 * order.rows.count + 1)
    for pair in 0..<order.rows.count {
      let first = isUnpaired ? pair : 2 * pair
      texts.append(
        prompt: prompts?[pair] ?? [], chosen: answers[first],
        rejected: isUnpaired ? [] : answers[first + 1])
    }
    return texts
  }

  /// The prompt of each row's chosen side, or of the other one.
  func promptRows(
    _ order: HDF5RowOrder, _ orientation: Orientation, ofChosen: Bool = true
  ) throws(DataError) -> [Int] {
    var rows = try promptRows(order)
    guard let dataset = layout.promptB else { return rows }
    for (pair, index) in try file.integers(.order(order), of: dataset).enumerated()
    where index >= 0 && orientation.isSwapped(pair) == ofChosen {
      guard index < Int64(layout.promptCount) else {
        throw error(dataset, order.rows[pair], "the file changed while it was being read")
      }
      rows[pair] = Int(index)
    }
    return rows
  }

  /// The prompt of each row's first side.
  func promptRows(_ order: HDF5RowOrder) throws(DataError) -> [Int] {
    guard let dataset = layout.prompt else { return [] }
    var rows: [Int] = []
    for (pair, index) in try file.integers(.order(order), of: dataset).enumerated() {
      guard index >= 0, index < Int64(layout.promptCount) else {
        throw error(dataset, order.rows[pair], "the file changed while it was being read")
      }
      rows.append(Int(index))
    }
    return rows
  }

  func refuseTwoPrompts(_ order: HDF5RowOrder) throws(DataError) {
    guard let dataset = layout.promptB else { return }
    for (pair, index) in try file.integers(.order(order), of: dataset).enumerated()
    where index >= 0 {
      throw error(
        dataset, order.rows[pair],
        "pairs whose sides have different prompts cannot be read as texts")
    }
  }

  private func checkUTF8(_ texts: PairTexts, _ order: HDF5RowOrder) throws(DataError) {
    let span = texts.bytes.span
    for i in 0..<(3 * texts.count) {
      let text = span.extracting(texts.offsets[i]..<texts.offsets[i + 1])
      if (try? UTF8Span(validating: text)) == nil {
        let side = ["prompt", "chosen text", "rejected text"][i % 3]
        throw DataError(
          .invalid, file: path, place: "pair \(order.rows[i / 3])", "\(side) is not valid UTF-8")
      }
    }
  }
}

/// Several byte strings one after another.
struct RaggedBytes {
  var bytes: [UInt8]
  /// One more than there are strings.
  var offsets: [Int]

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[offsets[index]..<offsets[index + 1]] }
}

extension HDF5File {
  /// The given rows of ragged bytes, in the given order.
  func ragged(
    _ order: HDF5RowOrder, of ragged: PreferenceLayout.Ragged
  ) throws(DataError) -> RaggedBytes {
    let starts = try integers(.order(order), of: ragged.offsets)
    let ends = try integers(.order(HDF5RowOrder(order.rows.map { $0 + 1 })), of: ragged.offsets)
    var result = RaggedBytes(bytes: [], offsets: [0])
    result.offsets.reserveCapacity(starts.count + 1)
    var total = 0
    for i in 0..<starts.count {
      // Opening checked the offsets; a file that changed since must not get past here, either.
      guard starts[i] >= 0, starts[i] <= ends[i], ends[i] <= Int64(ragged.values.rows),
        ends[i] - starts[i] <= PreferenceSchema.maxTextBytes
      else {
        throw DataError(
          .invalid, file: path, place: "\(ragged.values.path) row \(order.rows[i])",
          "expected a text of at most \(PreferenceSchema.maxTextBytes) bytes")
      }
      total += Int(ends[i] - starts[i])
      result.offsets.append(total)
    }
    result.bytes = [UInt8](repeating: 0, count: total)
    try fill(&result, order, starts, ends, of: ragged.values)
    return result
  }

  /// Texts that lie near each other in the file are read together.
  private func fill(
    _ result: inout RaggedBytes, _ order: HDF5RowOrder, _ starts: [Int64], _ ends: [Int64],
    of values: HDF5Dataset
  ) throws(DataError) {
    var i = 0
    while i < starts.count {
      let first = Int(starts[order[i]])
      var last = Int(ends[order[i]])
      var next = i + 1
      while next < starts.count {
        let start = Int(starts[order[next]])
        let end = Int(ends[order[next]])
        guard start >= first, start <= last + 4096, end - first <= 1 << 20 else { break }
        last = max(last, end)
        next += 1
      }
      let block = try bytes(first..<last, of: values)
      for j in i..<next {
        let at = order[j]
        let source = Int(starts[at]) - first..<Int(ends[at]) - first
        let target = result.offsets[at]..<result.offsets[at + 1]
        result.bytes.replaceSubrange(target, with: block[source])
      }
      i = next
    }
  }
}
