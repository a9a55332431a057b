internal import PairwiseConfig
internal import PairwiseTensor

extension PreferenceFile {
  /// Whole records of the given rows, with everything the file says about them: for showing and
  /// checking rows, and for copying a file. Slower than `read`.
  ///
  /// - Throws: as `read`; pairs without a label come with label −128.
  public func records(_ rows: [Int]) throws(DataError) -> [PreferenceRecord] {
    let order = HDF5RowOrder(rows)
    let needs = PairNeeds(
      features: featureWidth != nil, texts: hasTexts,
      columns: Set(slates?.further ?? []).union([.chosenGold, .rejectedGold])
        .union(layout.derived.keys),
      textColumns: textColumns, allowsUnlabelled: true)
    let block = try read(rows, needs)
    let labels = try layout.label.map { dataset throws(DataError) in
      try file.integers(.order(order), of: dataset)
    }
    var records: [PreferenceRecord] = []
    for (pair, row) in rows.enumerated() {
      var record = PreferenceRecord(origin: row)
      if let label = labels?[pair] {
        if isUnpaired, abs(label) == 1 { record.isDesirable = label == 1 }
        record.label = label == -1 ? 1 : Int8(clamping: label)
      }
      record.chosenGoldReward = block.columns[.chosenGold].map { Double($0[pair]) }
      record.rejectedGoldReward = block.columns[.rejectedGold].map { Double($0[pair]) }
      record.chosenFeatures = block.features?.rows(2 * pair..<2 * pair + 1).array
      record.rejectedFeatures = block.features?.rows(2 * pair + 1..<2 * pair + 2).array
      for (column, texts) in block.textColumns where !texts[pair].isEmpty {
        record.texts[column] = String(decoding: texts[pair], as: UTF8.self)
      }
      for column in layout.derived.keys {
        if let own = block.numbers(column, of: pair), own.contains(where: { !$0.isNaN }) {
          record.numbers[column] = Array(own)
        }
      }
      records.append(record)
    }
    let items = try slateItems(order)
    if let items { fillSlates(&records, items, block) }
    try fillColumns(&records, order, labels)
    try fillTexts(&records, order, block.texts, labels, items)
    try fillExtra(&records, order)
    return records
  }

  private func fillColumns(
    _ records: inout [PreferenceRecord], _ order: HDF5RowOrder, _ labels: [Int64]?
  ) throws(DataError) {
    for (dataset, key) in [
      (layout.margin, \PreferenceRecord.margin), (layout.weight, \.weight),
      (layout.labelProbability, \.labelProbability),
    ] {
      guard let dataset else { continue }
      for (pair, value) in try file.floats(.order(order), of: dataset).enumerated()
      where !value.isNaN { records[pair][keyPath: key] = value }
    }
    for (dataset, names, key) in [
      (layout.group, groupNames, \PreferenceRecord.group),
      (layout.annotator, annotatorNames, \.annotator),
    ] {
      guard let dataset else { continue }
      for (pair, index) in try file.integers(.order(order), of: dataset).enumerated()
      where index >= 0 {
        records[pair][keyPath: key] = index < names.count ? names[Int(index)] : "\(index)"
      }
    }
    for pair in 0..<records.count where labels?[pair] == -1 && !isUnpaired {
      records[pair].labelProbability = records[pair].labelProbability.map { 1 - $0 }
    }
    for (column, dataset) in layout.numbers {
      let width = dataset.width
      let values = try numbers(.order(order), of: dataset)
      for pair in 0..<records.count {
        let row = Array(values[pair * width..<(pair + 1) * width])
        if row.contains(where: { !$0.isNaN }) { records[pair].numbers[column] = row }
      }
    }
    guard let dataset = layout.goldLabel, let labels else { return }
    for (pair, gold) in try file.integers(.order(order), of: dataset).enumerated()
    where gold != PreferenceSchema.unlabelled { records[pair].flipped = gold != labels[pair] }
  }

  private func fillTexts(
    _ records: inout [PreferenceRecord], _ order: HDF5RowOrder, _ texts: PairTexts?,
    _ labels: [Int64]?, _ items: SlateItems?
  ) throws(DataError) {
    guard let texts else { return }
    var prompts: RaggedBytes?
    if let ragged = layout.promptMessages {
      prompts = try file.ragged(HDF5RowOrder(try promptRows(order)), of: ragged)
    }
    var answers: RaggedBytes?
    if let ragged = layout.responseMessages {
      var sides: [Int] = items?.sides ?? []
      if items == nil { sides = try recordSides(order, labels) }
      answers = try file.ragged(HDF5RowOrder(sides), of: ragged)
    }
    for pair in 0..<records.count {
      if layout.promptTexts != nil {
        records[pair].prompt = try text(texts.prompt(pair), prompts?[pair], order.rows[pair])
      }
      records[pair].chosen = try text(texts.chosen(pair), answers?[2 * pair], order.rows[pair])
      if isUnpaired { continue }
      records[pair].rejected = try text(
        texts.rejected(pair), answers?[2 * pair + 1], order.rows[pair])
    }
  }

  /// The responses of each row, the preferred one first.
  private func recordSides(
    _ order: HDF5RowOrder, _ labels: [Int64]?
  ) throws(DataError) -> [Int] {
    guard case .responses(let a, let b) = layout.sides else { return [] }
    let first = try file.integers(.order(order), of: a)
    let second = isUnpaired ? first : try file.integers(.order(order), of: b)
    var sides: [Int] = []
    for pair in 0..<first.count {
      let isSwapped = labels?[pair] == -1 && !isUnpaired
      sides.append(Int(isSwapped ? second[pair] : first[pair]))
      sides.append(Int(isSwapped ? first[pair] : second[pair]))
    }
    return sides
  }

  private func text(
    _ plain: ArraySlice<UInt8>, _ json: ArraySlice<UInt8>?, _ row: Int
  ) throws(DataError) -> PreferenceText {
    guard let text = PreferenceText(plain: plain, json: json) else {
      throw DataError(
        .invalid, file: path, place: "pair \(row)", "its messages are no JSON list of messages")
    }
    return text
  }

  private func fillExtra(
    _ records: inout [PreferenceRecord], _ order: HDF5RowOrder
  ) throws(DataError) {
    guard let ragged = layout.extra else { return }
    let objects = try file.ragged(order, of: ragged)
    for pair in 0..<records.count where !objects[pair].isEmpty {
      guard let document = try? JSON.parse(objects[pair]), case .table(let entries) = document.value
      else {
        throw DataError(
          .invalid, file: path, place: "pair \(order.rows[pair])",
          "its extra columns are no JSON object")
      }
      records[pair].extra = entries
    }
  }
}
